import type { Feature, Geometry } from "geojson";
import { watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import { count } from "../core/format";
import { locale, t } from "../core/i18n";
import { feature, features } from "../core/features";
import type { MapView } from "../core/map";
import type { Changed, Division, Grid } from "./api";
import type { Area } from "./arcs/mesh";
import type { Standing } from "./division";
import type { Live } from "./dragging";
import { type Handle } from "./handles";
import {
  ANCHORS,
  ARCS,
  AROUND,
  GRIDS,
  HANDLES,
  LABELS,
  MOVING,
  PLACE,
  RESTING,
  THEIRS,
  VILLAGE,
  withoutCodes,
} from "./layers";
import { loadOf } from "./load";
import { labelPlace } from "./places";
import { shortName } from "./words";

interface Shown {
  map: ShallowRef<MapView | undefined>;
  standing: ShallowRef<Standing | undefined>;
  selected: Ref<readonly string[]>;
  arcs: ComputedRef<readonly number[]>;
  handles: ComputedRef<readonly Handle[]>;
  /** The handle that was pressed last. */
  marked: Ref<Handle | null>;
  live: ShallowRef<Live | null>;
  place: ComputedRef<Geometry | null>;
  theirs: ComputedRef<readonly Changed[]>;
}

/** Keep what the map draws in step with the division, the selection and what moves. */
export function useCanvas(shown: Shown): void {
  const { map, standing, selected, arcs, handles, marked, live, place, theirs } = shown;
  const draw = (source: string, list: Feature[]): void =>
    map.value?.setPoints(source, features(list));

  watch([map, standing], () => {
    const division = standing.value?.division;
    if (!map.value || !division) return;
    draw(VILLAGE, [feature(division.village.geometry)]);
    draw(
      AROUND,
      division.around.map(({ geometry }) => feature(geometry)),
    );
    draw(ANCHORS, anchors(division));
  });
  watch([map, standing, selected], () => {
    const division = standing.value?.division;
    if (!map.value || !division) return;
    draw(
      GRIDS,
      division.grids.map((grid) => gridFeature(division, grid, selected.value)),
    );
  });
  watch([map, standing, live, locale], () => {
    const now = standing.value;
    if (!map.value || !now) return;
    draw(MOVING, movingFeatures(now.division, live.value));
    draw(LABELS, labelFeatures(now.division, live.value));
  });
  /* Only when other grids begin to move, not at every step. */
  watch([map, standing, () => live.value?.codes.join()], () => {
    const filter = withoutCodes(live.value?.codes ?? []);
    for (const layer of RESTING) map.value?.setFilter(layer, filter);
  });
  watch([map, standing, arcs, handles, marked, () => live.value === null], () => {
    const now = standing.value;
    if (!map.value || !now) return;
    const still = live.value === null;
    const { mesh } = now.scene;
    const path = (arc: number): Feature => {
      const { vertices } = mesh.arcs[arc]!;
      return feature({ type: "LineString", coordinates: mesh.ring(vertices) });
    };
    draw(ARCS, still ? arcs.value.map(path) : []);
    draw(HANDLES, still ? handles.value.map((handle) => dot(handle, marked.value)) : []);
  });
  watch([map, place], () => draw(PLACE, place.value ? [feature(place.value)] : []));
  watch([map, theirs], () =>
    draw(
      THEIRS,
      theirs.value.flatMap(({ grid }) => (grid ? [feature(grid.geometry)] : [])),
    ),
  );
}

function gridFeature(division: Division, grid: Grid, selected: readonly string[]): Feature {
  const load = loadOf(grid, division.size_limits);
  const { code } = grid;
  return feature(grid.geometry, { code, load, selected: selected.includes(code) });
}

function movingFeatures({ grids, size_limits }: Division, live: Live | null): Feature[] {
  return (live?.grids ?? []).map(({ code, households, geometry }) => {
    const grid = grids.find((one) => one.code === code);
    const load = grid ? loadOf({ ...grid, households }, size_limits) : "none";
    return feature(geometry, { code, load, fault: live?.fault !== null });
  });
}

const places = new WeakMap<Area, [number, number]>();

/* A label keeps its place while its grid moves, so that the figures can be read. */
function labelFeatures({ grids, village }: Division, live: Live | null): Feature[] {
  const moving = new Map(live?.grids.map((draft) => [draft.code, draft]));
  return grids.map(({ code, name, geometry, households }) => {
    let at = places.get(geometry);
    if (!at) places.set(geometry, (at = labelPlace(geometry)));
    const draft = moving.get(code);
    const n = draft?.households ?? households;
    const text = `${shortName(name, village.name)}\n${t("plan.households", { n: count(n) })}`;
    return feature({ type: "Point", coordinates: at }, { code, text, moving: draft !== undefined });
  });
}

function anchors({ buildings: { lon, lat } }: Division): Feature[] {
  const coordinates = lon.map((x, n) => [x, lat[n]!]);
  return [feature({ type: "MultiPoint", coordinates })];
}

function dot(handle: Handle, marked: Handle | null): Feature {
  const { at, kind } = handle;
  const selected = marked?.kind === kind && marked.at[0] === at[0] && marked.at[1] === at[1];
  return feature({ type: "Point", coordinates: at }, { kind, selected });
}
