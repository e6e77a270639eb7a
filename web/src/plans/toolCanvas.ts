import type { Feature } from "geojson";
import { watch, type ShallowRef } from "vue";
import { feature, features } from "../core/features";
import type { MapView } from "../core/map";
import type { Standing } from "./division";
import { BLOCKS, LINES, PAINTED } from "./layers";
import { loadOf } from "./load";
import type { Tools } from "./tools";

interface Shown {
  map: ShallowRef<MapView | undefined>;
  standing: ShallowRef<Standing | undefined>;
  tools: Tools;
}

/** Keep the map in step with what the brush and the snapping offer and hold. */
export function useToolCanvas({ map, standing, tools }: Shown): void {
  const { brush, pulls, to } = tools;
  const draw = (source: string, list: Feature[]): void =>
    map.value?.setPoints(source, features(list));

  watch([map, brush.load.data], () =>
    draw(
      BLOCKS,
      (brush.load.data.value ?? []).map(({ geometry }) => feature(geometry)),
    ),
  );
  watch([map, brush.painted, brush.moving, standing], () => {
    const load = loadAfter();
    draw(
      PAINTED,
      brush.painted.value.map(({ geometry }) => feature(geometry, { load })),
    );
  });
  watch([map, pulls.load.data, pulls.chosen], () =>
    draw(
      LINES,
      (pulls.load.data.value?.lines ?? []).map((line) =>
        feature(line.geometry, { chosen: line === pulls.chosen.value }),
      ),
    ),
  );

  /* The colour that the grid would have with what is painted. */
  function loadAfter(): string {
    const { grids, size_limits } = standing.value?.division ?? {};
    const grid = grids?.find(({ code }) => code === to.value);
    if (!grid || !size_limits) return "none";
    const households = grid.households + brush.moving.value.households;
    return loadOf({ ...grid, households }, size_limits);
  }
}
