import { type Expression, LABEL_FONT, tiles, type MapLayer, type Sources } from "./map";
import type { TokenReader } from "./tokens";

/* The calm base: land, greens, settlements, water, railways and the road hierarchy, all from our
   own tiles. Nothing here competes with the territory drawn on top. */

export function baseSources(): Sources {
  return { base: tiles("base", 5, 15), land: tiles("townships", 4, 13) };
}

const SOURCE = { source: "base", "source-layer": "base" } as const;

/* Road classes by tier, the widest first; a class not listed here is a street. */
const TIERS = [
  ["motorway", "高速"],
  ["trunk", "national", "国道"],
  ["primary", "provincial", "省道"],
  ["secondary", "main", "县道"],
  ["tertiary", "county", "乡道"],
];
const MAIN = TIERS.flat();
const isKind = (kind: string): ["==", ["get", "kind"], string] => ["==", ["get", "kind"], kind];
const isMain: ["in", ["get", "class"], ["literal", string[]]] = [
  "in",
  ["get", "class"],
  ["literal", MAIN],
];

/* Widths in pixels, one for each tier. */
function mainWidth(extra: number): Expression {
  const byClass = (widths: number[]): never =>
    [
      "match",
      ["get", "class"],
      ...TIERS.flatMap((names, index) => [names, (widths[index] ?? 1) + extra]),
      1 + extra,
    ] as never;
  return [
    "interpolate",
    ["exponential", 1.5],
    ["zoom"],
    8,
    byClass([1.6, 1.3, 1, 0.7, 0.4]),
    12,
    byClass([3.6, 3.2, 2.6, 2, 1.4]),
    15,
    byClass([8, 7.5, 7, 6, 4.5]),
    18,
    byClass([26, 24, 22, 20, 16]),
  ];
}

function streetWidth(extra: number): Expression {
  const at = (zoom: number, width: number): number[] => [zoom, width + extra];
  const stops = [at(12, 0.4), at(14, 1.6), at(16, 5), at(18, 13)].flat();
  return ["interpolate", ["exponential", 1.5], ["zoom"], ...stops] as never;
}

function ground(c: TokenReader): MapLayer[] {
  return [
    { id: "outside", type: "background", paint: { "background-color": c("map-outside") } },
    {
      id: "land",
      type: "fill",
      source: "land",
      "source-layer": "townships",
      paint: { "fill-color": c("map-land"), "fill-antialias": false },
    },
    {
      id: "green",
      type: "fill",
      ...SOURCE,
      filter: isKind("green"),
      paint: { "fill-color": c("map-green"), "fill-antialias": false },
    },
    {
      id: "settlement",
      type: "fill",
      ...SOURCE,
      filter: isKind("settlement"),
      paint: {
        "fill-color": c("map-settlement"),
        "fill-outline-color": c("map-settlement-line"),
      },
    },
  ];
}

function water(c: TokenReader): MapLayer[] {
  return [
    {
      id: "water",
      type: "fill",
      ...SOURCE,
      filter: ["all", isKind("water"), ["==", ["geometry-type"], "Polygon"]],
      paint: { "fill-color": c("map-water") },
    },
    {
      id: "river",
      type: "line",
      ...SOURCE,
      filter: isKind("river"),
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": c("map-water"),
        "line-width": [
          "interpolate",
          ["exponential", 1.4],
          ["zoom"],
          8,
          ["match", ["get", "class"], "stream", 0.5, 1.6],
          13,
          ["match", ["get", "class"], "stream", 1.4, 5],
          17,
          ["match", ["get", "class"], "stream", 4, 18],
        ],
      },
    },
  ];
}

function railway(c: TokenReader): MapLayer[] {
  const shared = { ...SOURCE, type: "line", filter: isKind("railway"), minzoom: 9 } as const;
  return [
    {
      id: "wall",
      type: "line",
      ...SOURCE,
      filter: isKind("wall"),
      minzoom: 14,
      paint: { "line-color": c("map-wall"), "line-width": 1 },
    },
    { id: "railway", ...shared, paint: { "line-color": c("map-railway"), "line-width": 2 } },
    {
      id: "railway-ties",
      ...shared,
      paint: { "line-color": c("map-land"), "line-width": 1.1, "line-dasharray": [5, 5] },
    },
  ];
}

function roads(c: TokenReader): MapLayer[] {
  const road = isKind("road");
  const street = ["all", road, ["!", isMain]] as never;
  const main = ["all", road, isMain] as never;
  const layout = { "line-cap": "round", "line-join": "round" } as const;
  const colour = (low: string, mid: string, high: string): never =>
    ["match", ["get", "class"], TIERS.slice(0, 2).flat(), high, TIERS[2], mid, low] as never;
  const line = (id: string, filter: never, width: Expression, paint: string | never): MapLayer => ({
    id,
    type: "line",
    ...SOURCE,
    filter,
    minzoom: filter === street ? 12 : 7,
    layout,
    paint: { "line-color": paint, "line-width": width },
  });
  const casing = c("map-road-casing");
  const mainCasing = c("map-road-main-casing");
  return [
    line("street-casing", street, streetWidth(1.4), casing),
    line("road-casing", main, mainWidth(1.6), colour(casing, mainCasing, mainCasing)),
    line("street", street, streetWidth(0), c("map-road")),
    line(
      "road",
      main,
      mainWidth(0),
      colour(c("map-road"), c("map-road-main"), c("map-road-motorway")),
    ),
  ];
}

export function baseLayers(c: TokenReader): MapLayer[] {
  return [...ground(c), ...water(c), ...railway(c), ...roads(c)];
}

export function baseLabels(c: TokenReader): MapLayer[] {
  const named = (kinds: string[]): never =>
    ["all", ["in", ["get", "kind"], ["literal", kinds]], ["!=", ["get", "name"], ""]] as never;
  const along = (id: string, filter: never, minzoom: number, colour: string): MapLayer => ({
    id,
    type: "symbol",
    ...SOURCE,
    filter,
    minzoom,
    layout: {
      "symbol-placement": "line",
      "symbol-spacing": 420,
      "text-field": ["get", "name"],
      "text-font": LABEL_FONT,
      "text-size": 11.5,
      "text-letter-spacing": 0.08,
      "text-padding": 12,
    },
    paint: {
      "text-color": colour,
      "text-halo-color": c("map-label-halo"),
      "text-halo-width": 1.4,
    },
  });
  return [
    along("river-label", named(["river"]), 10, c("map-label-water")),
    along("road-label", ["all", named(["road"]), isMain] as never, 12, c("map-label-soft")),
    along(
      "street-label",
      ["all", named(["road"]), ["!", isMain]] as never,
      15,
      c("map-label-soft"),
    ),
  ];
}
