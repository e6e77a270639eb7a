import {
  type Expression,
  LABEL_FONT,
  LABEL_FONT_BOLD,
  points,
  tiles,
  type MapFilter,
  type MapLayer,
  type Sources,
} from "../core/map";
import type { TokenReader } from "../core/tokens";

/* Drawn only for the selected grid, township or village. */
export const SELECTED_GRID = ["grid-selected-fill", "grid-selected-halo", "grid-selected"];
export const AREA_OUTLINES = ["township-selected", "village-selected"];
export const LABELS = "area-labels";

/* Layers switched on and off together by the layer panel. */
export const TOWNSHIP_LAYERS = ["township-line", "township-label"];
export const VILLAGE_LAYERS = ["village-halo", "village-line", "village-label"];
export const GRID_LAYERS = ["grid-fill", "grid-halo", "grid-line", "grid-label"];

export function areaSources(): Sources {
  return {
    townships: tiles("townships", 4, 14),
    villages: tiles("villages", 8, 15),
    grids: tiles("grids", 9, 16),
    [LABELS]: points(),
  };
}

const byZoom = (...stops: number[]): Expression =>
  ["interpolate", ["linear"], ["zoom"], ...stops] as never;

/* A line that goes round a polygon is drawn by both neighbours, so its dashes must be solid. */
function border(
  id: string,
  layer: string,
  colour: string,
  width: Expression,
  opacity = 1,
): MapLayer {
  return {
    id,
    type: "line",
    source: layer,
    "source-layer": layer,
    layout: { "line-join": "round", "line-cap": "round" },
    paint: { "line-color": colour, "line-width": width, "line-opacity": opacity },
  };
}

function selected(id: string, layer: string, colour: string, scale: number): MapLayer[] {
  const line = border(id, layer, colour, byZoom(8, 2 * scale, 16, 4 * scale));
  return [{ ...line, filter: isGrid("") } as MapLayer];
}

export function isGrid(code: string): MapFilter {
  return ["==", ["get", "code"], code];
}

const kindColour = (c: TokenReader, other: string): never =>
  ["match", ["get", "kind"], "special", c("map-special"), "micro", c("map-micro"), other] as never;

/** Tints that lie under buildings. */
export function areaFills(c: TokenReader): MapLayer[] {
  const hovered = ["boolean", ["feature-state", "hover"], false];
  const plain = ["match", ["get", "kind"], "general", 0.03, 0.16];
  return [
    {
      id: "grid-fill",
      type: "fill",
      source: "grids",
      "source-layer": "grids",
      paint: {
        "fill-color": kindColour(c, c("map-grid-fill")),
        "fill-opacity": ["case", hovered, 0.2, plain] as never,
        "fill-antialias": false,
      },
    },
    {
      id: "grid-selected-fill",
      type: "fill",
      source: "grids",
      "source-layer": "grids",
      filter: isGrid(""),
      paint: { "fill-color": c("accent"), "fill-opacity": 0.16 },
    },
  ];
}

/** Borders, from the smallest territory to the largest. */
export function areaBorders(c: TokenReader): MapLayer[] {
  const halo = c("map-territory-halo");
  return [
    border("grid-halo", "grids", halo, byZoom(10, 1, 14, 4, 17, 6), 0.55),
    border(
      "grid-line",
      "grids",
      kindColour(c, c("map-grid")),
      byZoom(9, 0.4, 12, 0.9, 15, 1.8, 18, 2.6),
    ),
    border("village-halo", "villages", halo, byZoom(9, 1.5, 13, 4.5, 17, 7), 0.6),
    border("village-line", "villages", c("map-village"), byZoom(8, 0.5, 12, 1.5, 16, 3)),
    border("township-line", "townships", c("map-township"), byZoom(6, 1, 10, 2, 14, 3.4)),
    ...selected("township-selected", "townships", c("accent"), 0.8),
    ...selected("village-selected", "villages", c("accent"), 0.8),
    ...selected("grid-selected-halo", "grids", halo, 2),
    ...selected("grid-selected", "grids", c("accent"), 1),
  ];
}

interface LabelStyle {
  id: string;
  level: string;
  zooms: [number, number];
  size: number[];
  font: string[];
  colour: string;
  field: unknown;
}

function label(c: TokenReader, style: LabelStyle): MapLayer {
  return {
    id: style.id,
    type: "symbol",
    source: LABELS,
    minzoom: style.zooms[0],
    maxzoom: style.zooms[1],
    filter: ["==", ["get", "level"], style.level],
    layout: {
      "text-field": style.field as never,
      "text-font": style.font,
      "text-size": ["interpolate", ["linear"], ["zoom"], ...style.size] as never,
      "text-letter-spacing": 0.06,
      "text-max-width": 9,
      "text-line-height": 1.25,
      "text-padding": 6,
      "symbol-sort-key": ["get", "rank"],
    },
    paint: {
      "text-color": style.colour,
      "text-halo-color": c("map-label-halo"),
      "text-halo-width": 1.6,
    },
  };
}

export function areaLabels(c: TokenReader): MapLayer[] {
  const name = ["get", "name"];
  const grid = ["format", name, {}, "\n", {}, ["get", "tail"], { "font-scale": 0.82 }];
  return [
    label(c, {
      id: "grid-label",
      level: "grid",
      zooms: [13, 24],
      size: [13, 11.5, 17, 14],
      font: LABEL_FONT,
      colour: c("map-grid"),
      field: grid,
    }),
    label(c, {
      id: "village-label",
      level: "community_level",
      zooms: [10.2, 13.6],
      size: [10, 11.5, 14, 14],
      font: LABEL_FONT,
      colour: c("map-label"),
      field: name,
    }),
    label(c, {
      id: "township-label",
      level: "township_level",
      zooms: [7, 12.4],
      size: [8, 12.5, 12, 17],
      font: LABEL_FONT_BOLD,
      colour: c("map-county"),
      field: name,
    }),
  ];
}
