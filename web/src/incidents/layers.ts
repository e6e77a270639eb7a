import { LABEL_FONT, tiles, type MapLayer, type Sources } from "../core/map";
import type { TokenReader } from "../core/tokens";

export const INCIDENT = "incident";
export const INCIDENT_CLUSTER = "incident-cluster";
export const SELECTED_INCIDENT = "incident-selected";
export const INCIDENT_LAYERS = [INCIDENT, INCIDENT_CLUSTER, "incident-count"];

const SOURCE = { source: "incidents", "source-layer": "incidents" } as const;

export function incidentSources(): Sources {
  return { incidents: tiles("incidents", 5, 16) };
}

/** Open incidents stand out, finished ones step back. */
function statusColour(c: TokenReader): never {
  return [
    "match",
    ["get", "status"],
    "reported",
    c("incident-open"),
    ["accepted", "dispatched"],
    c("incident-doing"),
    c("incident-done"),
  ] as never;
}

const finished: never = [
  "in",
  ["get", "status"],
  ["literal", ["resolved", "closed", "rejected"]],
] as never;

function clusters(c: TokenReader): MapLayer[] {
  const n: never = ["to-number", ["get", "n"]] as never;
  return [
    {
      id: INCIDENT_CLUSTER,
      type: "circle",
      ...SOURCE,
      filter: ["has", "n"],
      paint: {
        "circle-color": c("incident-cluster"),
        "circle-opacity": 0.38,
        "circle-radius": ["interpolate", ["linear"], ["sqrt", n], 1, 2, 10, 10, 30, 20],
        "circle-blur": 0.15,
      },
    },
    {
      id: "incident-count",
      type: "symbol",
      ...SOURCE,
      filter: [">=", n, 40],
      layout: {
        "text-field": ["to-string", ["get", "n"]],
        "text-font": LABEL_FONT,
        "text-size": 11,
        "symbol-sort-key": ["-", 0, n],
      },
      paint: {
        "text-color": c("ink"),
        "text-halo-color": c("map-label-halo"),
        "text-halo-width": 1.2,
      },
    },
  ];
}

export function incidentLayers(c: TokenReader): MapLayer[] {
  return [
    ...clusters(c),
    {
      id: INCIDENT,
      type: "circle",
      ...SOURCE,
      filter: ["!", ["has", "n"]],
      layout: { "circle-sort-key": ["case", finished, 0, 1] as never },
      paint: {
        "circle-color": statusColour(c),
        "circle-opacity": ["case", finished, 0.7, 1] as never,
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 2.4, 15, 4.6, 18, 7],
        "circle-stroke-color": c("incident-halo"),
        "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 12, 0.4, 15, 1.2],
      },
    },
    {
      id: SELECTED_INCIDENT,
      type: "circle",
      ...SOURCE,
      filter: ["==", ["get", "code"], ""],
      paint: {
        "circle-color": "transparent",
        "circle-radius": 12,
        "circle-stroke-color": c("accent"),
        "circle-stroke-width": 3,
      },
    },
  ];
}
