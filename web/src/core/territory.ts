import {
  type Expression,
  LABEL_FONT,
  LABEL_FONT_BOLD,
  type MapLayer,
  type Sources,
  tiles,
} from "./map";
import type { TokenReader } from "./tokens";

/* Borders and names of townships, villages and grids: the ground every page of the app shares. */

export const TOWNSHIP_LAYERS = ["township-line", "township-label"];
export const VILLAGE_LAYERS = ["village-halo", "village-line", "village-label"];

export function territorySources(): Sources {
  return {
    townships: tiles("townships", 4, 14),
    villages: tiles("villages", 8, 15),
    grids: tiles("grids", 9, 16),
  };
}

export const byZoom = (...stops: number[]): Expression =>
  ["interpolate", ["linear"], ["zoom"], ...stops] as never;

/** A border line of every polygon of a territory layer. */
export function border(
  id: string,
  layer: string,
  colour: string | Expression,
  width: Expression,
  opacity: number | Expression = 1,
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

/** The colour of a grid by its kind; `general` is the colour of the ordinary ones. */
export function kindColour(c: TokenReader, general: string): Expression {
  const kinds = ["special", c("map-special"), "micro", c("map-micro")];
  return ["match", ["get", "kind"], ...kinds, general] as never;
}

export function gridBorders(c: TokenReader): MapLayer[] {
  const colour = kindColour(c, c("map-grid"));
  const width = byZoom(9, 0.5, 12, 0.9, 15, 1.8, 18, 2.6);
  return [
    border("grid-halo", "grids", c("map-territory-halo"), byZoom(10, 1, 14, 4, 17, 6), 0.55),
    border("grid-line", "grids", colour, width, byZoom(9, 0.35, 11, 0.6, 13, 1)),
  ];
}

export function unitBorders(c: TokenReader): MapLayer[] {
  const halo = c("map-territory-halo");
  return [
    border("village-halo", "villages", halo, byZoom(9, 1.2, 13, 4.5, 17, 7), 0.6),
    border(
      "village-line",
      "villages",
      c("map-village"),
      byZoom(8, 0.5, 12, 1.5, 16, 3),
      byZoom(8, 0.4, 11, 1),
    ),
    border("township-line", "townships", c("map-township"), byZoom(6, 1, 10, 1.8, 14, 3.4)),
  ];
}

interface LabelStyle {
  id: string;
  layer: string;
  zooms: [number, number];
  size: number[];
  font: string[];
  colour: string;
  field: Expression;
}

function label(c: TokenReader, style: LabelStyle): MapLayer {
  return {
    id: style.id,
    type: "symbol",
    source: style.layer,
    "source-layer": `${style.layer}_labels`,
    minzoom: style.zooms[0],
    maxzoom: style.zooms[1],
    layout: {
      "text-field": style.field,
      "text-font": style.font,
      "text-size": byZoom(...style.size),
      "text-letter-spacing": 0.06,
      "text-max-width": 9,
      "text-line-height": 1.25,
      "text-padding": 6,
    },
    paint: {
      "text-color": style.colour,
      "text-halo-color": c("map-label-halo"),
      "text-halo-width": 1.6,
    },
  };
}

/**
 * A grid's name with the last three digits of its code. Grids are numbered within their village
 * (东街村第一网格), whose name stands on the map already: the number is enough.
 */
export function gridLabels(c: TokenReader): MapLayer[] {
  const tail = ["slice", ["get", "code"], -3];
  const number = ["index-of", "第", ["get", "name"]];
  const name = ["case", [">", number, 0], ["slice", ["get", "name"], number], ["get", "name"]];
  const field = ["format", name, {}, "\n", {}, tail, { "font-scale": 0.85 }] as never;
  const style = { layer: "grids", font: LABEL_FONT, colour: c("map-grid-label") };
  return [
    label(c, { ...style, id: "grid-label", zooms: [13.6, 24], size: [13, 11, 17, 14], field }),
  ];
}

export function unitLabels(c: TokenReader): MapLayer[] {
  const field: Expression = ["get", "name"];
  return [
    label(c, {
      id: "village-label",
      layer: "villages",
      zooms: [10.2, 14.4],
      size: [10, 11.5, 14, 14],
      font: LABEL_FONT,
      colour: c("map-label"),
      field,
    }),
    label(c, {
      id: "township-label",
      layer: "townships",
      zooms: [7, 12.2],
      size: [8, 12.5, 12, 17],
      font: LABEL_FONT_BOLD,
      colour: c("map-township-label"),
      field,
    }),
  ];
}
