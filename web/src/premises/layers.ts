import { LABEL_FONT, tiles, type MapLayer, type Sources } from "../core/map";
import type { TokenReader } from "../core/tokens";

export const SELECTED_BUILDING = "building-selected";
export const BUILDING_LAYERS = ["building", "building-point", "building-label"];

const SOURCE = { source: "buildings", "source-layer": "buildings", minzoom: 13 } as const;

export function buildingSources(): Sources {
  return { buildings: tiles("buildings", 13, 16) };
}

export function buildingLayers(c: TokenReader): MapLayer[] {
  const hovered = ["boolean", ["feature-state", "hover"], false];
  const colour = ["case", hovered, c("map-building-active"), c("map-building")] as never;
  return [
    {
      id: "building",
      type: "fill",
      ...SOURCE,
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": colour, "fill-outline-color": c("map-building-line") },
    },
    {
      id: "building-point",
      type: "circle",
      ...SOURCE,
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-color": colour,
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 13, 1.5, 17, 5],
        "circle-stroke-color": c("map-building-line"),
        "circle-stroke-width": 0.8,
      },
    },
    {
      id: SELECTED_BUILDING,
      type: "line",
      ...SOURCE,
      filter: ["==", ["get", "code"], ""],
      layout: { "line-join": "round" },
      paint: { "line-color": c("accent"), "line-width": 3 },
    },
  ];
}

export function buildingLabels(c: TokenReader): MapLayer[] {
  return [
    {
      id: "building-label",
      type: "symbol",
      ...SOURCE,
      minzoom: 16.6,
      layout: {
        "text-field": ["get", "name"],
        "text-font": LABEL_FONT,
        "text-size": 11,
        "text-max-width": 7,
        "text-padding": 4,
      },
      paint: {
        "text-color": c("map-label-soft"),
        "text-halo-color": c("map-label-halo"),
        "text-halo-width": 1.2,
      },
    },
  ];
}
