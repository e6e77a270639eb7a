import { baseLabels, baseLayers, baseSources } from "../core/basemap";
import {
  byZoom,
  gridBorders,
  gridLabels,
  territorySources,
  unitBorders,
  unitLabels,
} from "../core/territory";
import { type Expression, type MapLayer, type Sources, tiles } from "../core/map";
import type { TokenReader } from "../core/tokens";
import { RADIUS_STOPS } from "./scale";

export const HEAT = "heat";
/* The heat stays unseen until its scale is known. */
export const OPACITY = 0.86;

/**
 * Where the ramp's colours stand on the scale from nothing to `most`. A town has a hundred times
 * a village's incidents: even steps would show the town alone.
 */
export const RAMP: [number, string][] = [
  [0.005, "heat-1"],
  [0.02, "heat-2"],
  [0.06, "heat-3"],
  [0.18, "heat-4"],
  [0.45, "heat-5"],
  [1, "heat-6"],
];

export function heatSources(query: string): Sources {
  return { ...baseSources(), ...territorySources(), [HEAT]: tiles("heat", 4, 15, query) };
}

/** The weight of one frame; of the whole period when `frame` is null. */
export function weight(frame: number | null): Expression {
  return frame === null ? ["get", "n"] : ["coalesce", ["get", `f${frame}`], 0];
}

function heat(c: TokenReader): MapLayer {
  const ramp = RAMP.flatMap(([at, name]) => [at, c(name)]);
  return {
    id: HEAT,
    type: "heatmap",
    source: HEAT,
    "source-layer": HEAT,
    paint: {
      "heatmap-weight": weight(null),
      "heatmap-radius": byZoom(...RADIUS_STOPS.flat()),
      "heatmap-opacity": 0,
      "heatmap-color": [
        "interpolate",
        ["linear"],
        ["heatmap-density"],
        0,
        c("heat-0"),
        0.001,
        c("heat-0"),
        ...ramp,
      ] as never,
    },
  };
}

/* Pales the base, so that the faintest heat is still seen on woods and fields. */
function veil(c: TokenReader): MapLayer {
  return {
    id: "veil",
    type: "background",
    paint: { "background-color": c("map-outside"), "background-opacity": 0.45 },
  };
}

/** The calm base, paled, the heat on it, then borders and names so that a hot place can be named. */
export function heatLayers(c: TokenReader): MapLayer[] {
  return [
    ...baseLayers(c),
    veil(c),
    heat(c),
    ...gridBorders(c).map((layer) => ({ ...layer, minzoom: 12 })),
    ...unitBorders(c),
    ...baseLabels(c),
    ...gridLabels(c),
    ...unitLabels(c),
  ];
}
