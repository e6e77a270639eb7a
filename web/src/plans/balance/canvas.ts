import type { Feature } from "geojson";
import { computed, watch, type ComputedRef, type ShallowRef } from "vue";
import { count } from "../../core/format";
import { feature, features } from "../../core/features";
import type { LonLat } from "../../core/geometry";
import { locale, t } from "../../core/i18n";
import type { MapView } from "../../core/map";
import type { Grid } from "../api";
import { gridAt } from "../arcs/buildings";
import { Mesh, NOBODY } from "../arcs/mesh";
import type { Standing } from "../division";
import { LABELS, RESTING } from "../layers";
import { labelPlace } from "../places";
import { shortName } from "../words";
import type { Proposed } from "./api";
import type { Balance } from "./balance";
import { KEPT, KEPT_LABELS, PROPOSED, PROPOSED_LABELS, TODAY } from "./layers";
import { loadIn } from "./rows";

interface Shown {
  map: ShallowRef<MapView | undefined>;
  standing: ShallowRef<Standing | undefined>;
  balance: Balance;
}

export interface Overlay {
  /** The grids of the proposal that lies on the map; null where the draft itself is shown. */
  grids: ComputedRef<Proposed[] | null>;
  /** The grid that is shown at a place. */
  at: (at: LonLat) => string | null;
}

/** Keep the map in step with the proposal that is shown on it, and with what is locked. */
export function useOverlay({ map, standing, balance }: Shown): Overlay {
  const { open, shown, proposal, picked, hovered, wish } = balance;
  const grids = computed(() =>
    open.value && shown.value && shown.value !== "present" ? (proposal.value?.grids ?? null) : null,
  );
  const mesh = computed(() => {
    const now = standing.value;
    if (!now || !grids.value) return now?.scene.mesh;
    return new Mesh(grids.value, now.division.village.geometry);
  });
  const draw = (source: string, list: Feature[]): void =>
    map.value?.setPoints(source, features(list));

  watch([map, grids], () => {
    map.value?.show([...RESTING, LABELS], grids.value === null);
    map.value?.show([TODAY], grids.value !== null);
  });
  watch([map, grids, picked, hovered, balance.limits], () =>
    draw(PROPOSED, areasOf(grids.value ?? [], balance)),
  );
  watch([map, grids, standing, locale], () => {
    const village = standing.value?.division.village.name ?? "";
    draw(
      PROPOSED_LABELS,
      (grids.value ?? []).map((grid) => labelOf(grid, village)),
    );
  });
  watch([map, standing, open, () => wish.locked], () => {
    const all = open.value ? (standing.value?.division.grids ?? []) : [];
    const kept = all.filter(({ code }) => wish.locked.includes(code));
    draw(
      KEPT,
      kept.map(({ geometry }) => feature(geometry)),
    );
    draw(KEPT_LABELS, kept.map(keptLabel));
  });

  watch(map, (drawn) =>
    drawn?.onPointer((place) => {
      if (open.value) hovered.value = place && at(place);
    }),
  );

  function at([lon, lat]: LonLat): string | null {
    const shapes = mesh.value;
    if (!shapes) return null;
    const grid = gridAt(shapes, shapes.codes.keys(), lon, lat);
    return grid === NOBODY ? null : shapes.codes[grid]!;
  }
  return { grids, at };
}

function areasOf(grids: readonly Proposed[], { limits, picked, hovered }: Balance): Feature[] {
  return grids.map((grid) =>
    feature(grid.geometry, {
      load: limits.value ? loadIn(grid, limits.value) : "none",
      picked: picked.value.includes(grid.code),
      hovered: hovered.value === grid.code,
    }),
  );
}

function labelOf({ name, geometry, households }: Proposed, village: string): Feature {
  const text = `${shortName(name, village)}\n${t("plan.households", { n: count(households) })}`;
  return feature({ type: "Point", coordinates: labelPlace(geometry) }, { text });
}

const keptLabel = ({ geometry }: Grid): Feature =>
  feature({ type: "Point", coordinates: labelPlace(geometry) }, { text: t("balance.kept") });
