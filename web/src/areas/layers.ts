import type { MapFilter, MapLayer } from "../core/map";
import { border, byZoom, kindColour } from "../core/territory";
import type { TokenReader } from "../core/tokens";

/* Switched on and off together by the layer panel. */
export const GRID_LAYERS = ["grid-fill", "grid-halo", "grid-line", "grid-label"];
/* Drawn only for the selected grid, township or village. */
export const SELECTED_GRID = ["grid-selected-fill", "grid-selected-halo", "grid-selected"];
export const SELECTED_UNIT = ["township-selected", "village-selected"];

export function hasCode(code: string): MapFilter {
  return ["==", ["get", "code"], code];
}

/** Tints that lie under the buildings. */
export function gridFills(c: TokenReader): MapLayer[] {
  const source = { source: "grids", "source-layer": "grids" } as const;
  const hovered = ["boolean", ["feature-state", "hover"], false];
  const plain = ["match", ["get", "kind"], "general", 0.03, 0.16];
  return [
    {
      id: "grid-fill",
      type: "fill",
      ...source,
      paint: {
        "fill-color": kindColour(c, c("map-grid-fill")),
        "fill-opacity": ["case", hovered, 0.2, plain] as never,
        "fill-antialias": false,
      },
    },
    {
      id: "grid-selected-fill",
      type: "fill",
      ...source,
      filter: hasCode(""),
      paint: { "fill-color": c("accent"), "fill-opacity": 0.1 },
    },
  ];
}

function outline(id: string, layer: string, colour: string, scale: number): MapLayer {
  const line = border(id, layer, colour, byZoom(8, 2 * scale, 16, 4 * scale));
  return { ...line, filter: hasCode("") } as MapLayer;
}

/** Outlines of the selected territory, above all other borders. */
export function selectedOutlines(c: TokenReader): MapLayer[] {
  return [
    outline("township-selected", "townships", c("accent"), 1),
    outline("village-selected", "villages", c("accent"), 1),
    outline("grid-selected-halo", "grids", c("map-territory-halo"), 2),
    outline("grid-selected", "grids", c("accent"), 1),
  ];
}
