import type { Feature } from "geojson";
import { baseLabels, baseLayers, baseSources } from "../core/basemap";
import { feature } from "../core/features";
import type { Box } from "../core/geometry";
import { points, type MapLayer, type Sources } from "../core/map";
import { byZoom } from "../core/territory";
import { token as c } from "../core/tokens";
import type { Named, PlanRow } from "./api";
import type { Area } from "./arcs/mesh";
import { fill, flag, line, names } from "./painting";
import { boxOf, labelPlace } from "./places";

/** A grid as a department drew it; on ground that it shares with another, both count who lives there. */
export interface KeptGrid {
  code: string;
  name: string | null;
  area_m2: number;
  buildings: number;
  households: number;
  residents: number;
  geometry: Area;
}

/** The grids of a department over the villages of a unit. */
export interface KeptNetwork {
  plan: string;
  network: string;
  villages: (Named & { geometry: Area })[];
  grids: KeptGrid[];
}

export const plansOf = (rows: readonly PlanRow[]): PlanRow[] =>
  rows.filter(({ network }) => network === null);

/** The networks of departments by unit and department, the newest of each first. */
export function networksOf(rows: readonly PlanRow[]): PlanRow[] {
  const kept = rows.filter(({ network }) => network !== null);
  const unit = (plan: PlanRow): string => plan.unit?.code ?? "";
  return kept.sort(
    (a, b) =>
      unit(a).localeCompare(unit(b)) ||
      a.network!.localeCompare(b.network!) ||
      b.recorded_on.localeCompare(a.recorded_on) ||
      b.code.localeCompare(a.code, undefined, { numeric: true }),
  );
}

export const nameOf = ({ code, name }: KeptGrid): string => name ?? code;

/** Where a network lies, and the villages under it. */
export const boxOfNetwork = ({ grids, villages }: KeptNetwork): Box =>
  boxOf(...[...grids, ...villages].map(({ geometry }) => geometry));

const VILLAGES = "network-villages";
const GRIDS = "network-grids";
const LABELS = "network-labels";
/** The layer in which a click finds a grid, by its `code`. */
export const CLICKABLE = `${GRIDS}-fill`;

export const networkSources = (): Sources => ({
  ...baseSources(),
  ...Object.fromEntries([VILLAGES, GRIDS, LABELS].map((source) => [source, points()])),
});

export function networkLayers(): MapLayer[] {
  const opacity = ["case", ["boolean", ["get", "selected"], false], 0.45, 0.14] as never;
  const label = names(LABELS, c("map-grid-label"));
  return [
    ...baseLayers(c),
    fill(GRIDS, c("map-grid-fill"), opacity),
    line({ id: `${GRIDS}-halo`, source: GRIDS, colour: c("map-territory-halo"), width: 3.6, opacity: 0.7 }), // prettier-ignore
    line({ id: `${GRIDS}-line`, source: GRIDS, colour: flag("selected", c("accent"), c("map-grid")), width: byZoom(12, 1.2, 17, 2.6) }), // prettier-ignore
    line({ id: VILLAGES, source: VILLAGES, colour: c("map-village"), width: 1.6, dashed: true }),
    ...baseLabels(c),
    { ...label, layout: { ...label.layout, "text-allow-overlap": false } } as MapLayer,
  ];
}

/** What the map draws, by source. */
export function drawn(network: KeptNetwork, selected: string): Record<string, Feature[]> {
  return {
    [VILLAGES]: network.villages.map(({ geometry }) => feature(geometry)),
    [GRIDS]: network.grids.map(({ code, geometry }) =>
      feature(geometry, { code, selected: code === selected }),
    ),
    [LABELS]: network.grids.map((grid) =>
      feature({ type: "Point", coordinates: labelPlace(grid.geometry) }, { text: nameOf(grid) }),
    ),
  };
}
