import { computed, watch, type ComputedRef, type ShallowRef } from "vue";
import type { Area, GridRow } from "../areas/api";
import { hasCode, SELECTED_GRID, SELECTED_UNIT } from "../areas/layers";
import type { Box, LonLat } from "../core/geometry";
import type { MapView, Padding, Points } from "../core/map";
import { change, query } from "../core/router";
import { SELECTED_INCIDENT } from "../incidents/layers";
import { SELECTED_BUILDING } from "../premises/layers";
import { GROUP_LAYERS, MARK } from "./layers";
import { selected } from "./selection";

const CLOSE_ZOOM = 17;

const OFF_AT_FIRST = "finished";
const NONE_OFF = "none";

/** Layer groups that are off: those the URL names, at first the finished incidents. */
export const hidden: ComputedRef<ReadonlySet<string>> = computed(
  () => new Set((query.value.off ?? OFF_AT_FIRST).split(",")),
);

export function toggleGroup(id: string): void {
  const next = new Set(hidden.value);
  if (!next.delete(id)) next.add(id);
  next.delete(NONE_OFF);
  const off = [...next].join(",") || NONE_OFF;
  change({ off: off === OFF_AT_FIRST ? undefined : off }, "replace");
}

export const mark: ComputedRef<LonLat | null> = computed(() => {
  const [lon, lat] = (query.value.mark ?? "").split(",").map(Number);
  return Number.isFinite(lon) && Number.isFinite(lat) ? [lon as number, lat as number] : null;
});

interface Inputs {
  map: ShallowRef<MapView | undefined>;
  areas: ShallowRef<Area[] | undefined>;
  grids: ShallowRef<GridRow[] | undefined>;
  padding: ComputedRef<Padding>;
}

/** Keep the map in step with the URL: hidden layers, the selected thing, the mark. */
export function useMapSync({ map, areas, grids, padding }: Inputs): void {
  watch([map, hidden], () => {
    for (const [id, layers] of Object.entries(GROUP_LAYERS)) {
      map.value?.show(layers, !hidden.value.has(id));
    }
  });
  watch([map, selected], () => {
    const code = (type: string): string =>
      selected.value?.type === type ? selected.value.code : "";
    for (const layer of SELECTED_GRID) map.value?.setFilter(layer, hasCode(code("grid")));
    for (const layer of SELECTED_UNIT) map.value?.setFilter(layer, hasCode(code("area")));
    map.value?.setFilter(SELECTED_BUILDING, hasCode(code("building")));
    for (const layer of SELECTED_INCIDENT) map.value?.setFilter(layer, hasCode(code("incident")));
  });
  watch([map, mark], () => {
    map.value?.setPoints(MARK, markPoints(mark.value));
    if (mark.value && !query.value.v) map.value?.flyTo(mark.value, CLOSE_ZOOM, padding.value);
  });
  watch([map, selected, areas, grids], () => {
    const box = selectedBox(areas.value ?? [], grids.value ?? []);
    if (box && !query.value.v) map.value?.fit(box, padding.value);
  });
}

function selectedBox(areas: Area[], grids: GridRow[]): Box | null {
  const { type, code } = selected.value ?? {};
  const rows = type === "grid" ? grids : type === "area" ? areas : [];
  return rows.find((row) => row.code === code)?.bbox ?? null;
}

function markPoints(at: LonLat | null): Points {
  const feature = (coordinates: LonLat): Points["features"][number] => ({
    type: "Feature",
    geometry: { type: "Point", coordinates },
    properties: {},
  });
  return { type: "FeatureCollection", features: at ? [feature(at)] : [] };
}
