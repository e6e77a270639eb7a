import { computed, ref, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import { metresPerPixel } from "../core/geometry";
import { tileUrl, type Hit, type MapView } from "../core/map";
import { tileQuery, type Question } from "./api";
import { HEAT, OPACITY, weight } from "./layers";
import { densest, intensityFor, radiusAt, reach, roundUp, type Weighed } from "./scale";

export interface HeatScale {
  /** Incidents in one place that reach the last colour. */
  most: Ref<number>;
  /** Metres around a place within which incidents count for its colour. */
  reach_m: Ref<number>;
}

/**
 * Keep the map's heat in step with the question and the frame. The frame only changes the weight
 * expression: no tile is asked for again. The scale is the same for all frames of a question at
 * one zoom, so that a quiet week looks quiet.
 */
export function useHeatSync(
  map: ShallowRef<MapView | undefined>,
  question: ComputedRef<Question | undefined>,
  frame: Ref<number | null>,
  frames: ComputedRef<number>,
): HeatScale {
  const most = ref(0);
  const reach_m = ref(0);
  const found = new Map<string, number>();
  const query = computed(() => (question.value ? tileQuery(question.value) : ""));

  function rescale(): void {
    const view = map.value?.view();
    if (!map.value || !view) return;
    const radius = radiusAt(view.zoom);
    reach_m.value = reach(radius, metresPerPixel(view.lat, view.zoom));
    const key = [query.value, frame.value === null, Math.round(view.zoom * 2)].join("|");
    const points = weigh(
      map.value.loadedPoints(HEAT, HEAT),
      view.zoom,
      frame.value === null ? 0 : frames.value,
    );
    const now = Math.max(found.get(key) ?? 0, densest(points, radius));
    if (now === 0) return;
    found.set(key, now);
    most.value = roundUp(now);
  }

  watch(query, (next) => map.value?.setTiles(HEAT, tileUrl("heat", next)));
  watch([map, frame], () => {
    map.value?.setPaint(HEAT, "heatmap-weight", weight(frame.value));
  });
  watch(
    () => frame.value === null,
    () => rescale(),
  );
  watch(most, (now) => {
    map.value?.setPaint(HEAT, "heatmap-intensity", intensityFor(now));
    map.value?.setPaint(HEAT, "heatmap-opacity", OPACITY);
  });
  watch(map, (opened) => {
    rescale();
    opened?.onSettled((settled) => settled && rescale());
  });
  return { most, reach_m };
}

/** Cells as pixels of the world at a zoom, with a count for each frame; one count for 0 frames. */
function weigh(hits: Hit[], zoom: number, frames: number): Weighed[] {
  const world = 512 * 2 ** zoom;
  return hits.map(({ lonLat: [lon, lat], properties }) => {
    const sine = Math.sin((lat * Math.PI) / 180);
    const counts = frames
      ? Array.from({ length: frames }, (_, index) => Number(properties[`f${index}`] ?? 0))
      : [Number(properties.n ?? 0)];
    return {
      x: ((lon + 180) / 360) * world,
      y: (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * world,
      counts,
    };
  });
}
