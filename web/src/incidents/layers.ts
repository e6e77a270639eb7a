import { LABEL_FONT, tiles, type Expression, type MapLayer, type Sources } from "../core/map";
import { queryString } from "../core/http";
import type { TokenReader } from "../core/tokens";

export const SELECTED_INCIDENT = ["incident-selected-open", "incident-selected-done"];
export const OPEN_LAYERS = ["incident-cells-open", "incident-count-open", "incident-open"];
export const DONE_LAYERS = ["incident-cells-done", "incident-count-done", "incident-done"];
/* Topmost first, for clicks and tooltips. */
export const CLICKABLE_INCIDENTS = [...OPEN_LAYERS, ...DONE_LAYERS].filter(
  (id) => !id.includes("count"),
);

/* Open incidents are what a county works on; finished ones are many and stay apart. */
type Part = "open" | "done";
const STATUSES: Record<Part, string[]> = {
  open: ["reported", "accepted", "dispatched", "resolved"],
  done: ["closed", "rejected"],
};
const sourceOf = (part: Part): { source: string; "source-layer": string } => ({
  source: `incidents-${part}`,
  "source-layer": "incidents",
});

export function incidentSources(): Sources {
  const of = (part: Part): Sources[string] =>
    tiles("incidents", 5, 16, queryString({ status: STATUSES[part] }));
  return { "incidents-open": of("open"), "incidents-done": of("done") };
}

function statusColour(c: TokenReader): Expression {
  return [
    "match",
    ["get", "status"],
    "reported",
    c("incident-open"),
    ["accepted", "dispatched"],
    c("incident-doing"),
    "resolved",
    c("incident-resolved"),
    c("incident-done"),
  ];
}

/** Below the zoom of single points the server counts them in cells with `n`. */
function cells(c: TokenReader, part: Part): MapLayer[] {
  const n: Expression = ["to-number", ["get", "n"]];
  return [
    {
      id: `incident-cells-${part}`,
      type: "circle",
      ...sourceOf(part),
      filter: ["has", "n"],
      paint: {
        "circle-color": c(part === "open" ? "incident-open" : "incident-done"),
        "circle-opacity": part === "open" ? 0.62 : 0.4,
        "circle-radius": ["interpolate", ["linear"], ["sqrt", n], 1, 3, 3, 8, 10, 14, 30, 22],
      },
    },
    {
      id: `incident-count-${part}`,
      type: "symbol",
      ...sourceOf(part),
      filter: [">=", n, part === "open" ? 3 : 30],
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

function single(c: TokenReader, part: Part): MapLayer {
  const small = part === "done";
  return {
    id: `incident-${part}`,
    type: "circle",
    ...sourceOf(part),
    filter: ["!", ["has", "n"]],
    paint: {
      "circle-color": statusColour(c),
      "circle-opacity": small ? 0.65 : 1,
      "circle-radius": [
        "interpolate",
        ["linear"],
        ["zoom"],
        12,
        small ? 1.6 : 3.2,
        15,
        small ? 3 : 5.5,
        18,
        small ? 5 : 8,
      ],
      "circle-stroke-color": c("incident-halo"),
      "circle-stroke-width": small ? 0.5 : 1.4,
    },
  };
}

function selected(c: TokenReader, part: Part): MapLayer {
  return {
    id: `incident-selected-${part}`,
    type: "circle",
    ...sourceOf(part),
    filter: ["==", ["get", "code"], ""],
    paint: {
      "circle-color": "transparent",
      "circle-radius": 12,
      "circle-stroke-color": c("accent"),
      "circle-stroke-width": 3,
    },
  };
}

export function incidentLayers(c: TokenReader): MapLayer[] {
  return [
    ...cells(c, "done"),
    single(c, "done"),
    ...cells(c, "open"),
    single(c, "open"),
    selected(c, "done"),
    selected(c, "open"),
  ];
}
