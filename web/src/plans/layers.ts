import { baseLabels, baseLayers, baseSources } from "../core/basemap";
import { points, tiles, type MapFilter, type MapLayer, type Sources } from "../core/map";
import { byZoom } from "../core/territory";
import { token as c } from "../core/tokens";
import { balanceLayers, BALANCE_SOURCES } from "./balance/layers";
import { loadColour } from "./load";
import { fill, flag, line, names } from "./painting";

/* What the editor draws itself, by source. */
export const VILLAGE = "plan-village";
export const AROUND = "plan-around";
export const GRIDS = "plan-grids";
export const MOVING = "plan-moving";
export const ARCS = "plan-arcs";
export const HANDLES = "plan-handles";
export const ANCHORS = "plan-anchors";
export const LABELS = "plan-labels";
export const THEIRS = "plan-theirs";
export const PLACE = "plan-place";
export const BLOCKS = "plan-blocks";
export const PAINTED = "plan-painted";
export const LINES = "plan-lines";
const OWN = [
  ...[VILLAGE, AROUND, GRIDS, MOVING, ARCS, HANDLES, ANCHORS, LABELS, THEIRS, PLACE],
  ...[BLOCKS, PAINTED, LINES],
];

/* Grids at rest; those that move are drawn by the moving layers instead. */
export const RESTING = [`${GRIDS}-fill`, `${GRIDS}-halo`, `${GRIDS}-line`];

export const editorSources = (): Sources => ({
  ...baseSources(),
  buildings: tiles("buildings", 12, 16),
  ...Object.fromEntries([...OWN, ...BALANCE_SOURCES].map((source) => [source, points()])),
});

/** All but these grids. */
export const withoutCodes = (codes: readonly string[]): MapFilter =>
  ["!", ["in", ["get", "code"], ["literal", [...codes]]]] as never;

const HALO = byZoom(12, 2.4, 17, 5);
const WIDTH = byZoom(12, 1, 17, 2.2);

function grids(): MapLayer[] {
  const selected = ["boolean", ["get", "selected"], false];
  const opacity = ["case", selected, 0.62, 0.4] as never;
  const moving = flag("fault", c("bad"), c("accent"));
  const tint = ["case", ["boolean", ["get", "fault"], false], c("bad"), loadColour(c)] as never;
  const halo = c("map-territory-halo");
  return [
    line({ id: AROUND, source: AROUND, colour: c("map-village"), width: 1, opacity: 0.45 }),
    fill(GRIDS, loadColour(c), opacity),
    fill(MOVING, tint, 0.55),
    fill(PAINTED, loadColour(c), 0.85),
    line({ id: `${GRIDS}-halo`, source: GRIDS, colour: halo, width: HALO, opacity: 0.7 }),
    line({ id: `${GRIDS}-line`, source: GRIDS, colour: c("map-grid"), width: WIDTH }),
    line({ id: `${MOVING}-halo`, source: MOVING, colour: halo, width: 6, opacity: 0.8 }),
    line({ id: `${MOVING}-line`, source: MOVING, colour: moving, width: 2.6 }),
    line({ id: VILLAGE, source: VILLAGE, colour: c("map-village"), width: byZoom(12, 2, 17, 3.4) }),
  ];
}

function buildings(): MapLayer[] {
  return [
    {
      id: "footprints",
      type: "fill",
      source: "buildings",
      "source-layer": "buildings",
      minzoom: 14,
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: {
        "fill-color": c("map-building"),
        "fill-outline-color": c("map-building-line"),
        "fill-opacity": 0.85,
      },
    },
    {
      id: ANCHORS,
      type: "circle",
      source: ANCHORS,
      paint: {
        "circle-color": c("ink-2"),
        "circle-opacity": byZoom(12, 0.35, 15, 0.8),
        "circle-radius": byZoom(12, 0.8, 14, 1.4, 17, 2.8),
      },
    },
  ];
}

/* What the brush paints on, and the lines that would pull a border. */
function offered(): MapLayer[] {
  const chosen = flag("chosen", c("accent"), c("map-special"));
  const halo = c("map-territory-halo");
  return [
    line({ id: BLOCKS, source: BLOCKS, colour: c("accent"), width: 1.4, dashed: true }),
    line({ id: `${PAINTED}-halo`, source: PAINTED, colour: halo, width: 5, opacity: 0.8 }),
    line({ id: `${PAINTED}-line`, source: PAINTED, colour: c("accent"), width: 2.6 }),
    line({ id: `${LINES}-halo`, source: LINES, colour: halo, width: 8, opacity: 0.9 }),
    line({ id: LINES, source: LINES, colour: chosen, width: flag("chosen", 5, 2.8) }),
  ];
}

/* Above all: what is in somebody's hand, and what a refusal is about. */
function tools(): MapLayer[] {
  const kind = ["get", "kind"];
  const halo = c("map-territory-halo");
  return [
    line({ id: `${ARCS}-halo`, source: ARCS, colour: halo, width: 7, opacity: 0.9 }),
    line({ id: ARCS, source: ARCS, colour: c("accent"), width: 3 }),
    line({ id: THEIRS, source: THEIRS, colour: c("map-special"), width: 3, dashed: true }),
    {
      id: HANDLES,
      type: "circle",
      source: HANDLES,
      paint: {
        "circle-radius": ["match", kind, "junction", 6.5, "vertex", 5.5, 4] as never,
        "circle-color": [
          "case",
          ["boolean", ["get", "selected"], false],
          c("bad"),
          ["match", kind, "junction", c("accent"), "fixed", c("ink-faint"), halo],
        ] as never,
        "circle-stroke-color": ["match", kind, ["fixed", "junction"], halo, c("accent")] as never,
        "circle-stroke-width": ["match", kind, "middle", 1.4, 2.2] as never,
        "circle-opacity": ["match", kind, "middle", 0.75, 1] as never,
      },
    },
    fill(PLACE, c("bad"), 0.35),
    line({ id: PLACE, source: PLACE, colour: c("bad"), width: 4 }),
    {
      id: `${PLACE}-point`,
      type: "circle",
      source: PLACE,
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-color": "transparent",
        "circle-radius": 13,
        "circle-stroke-color": c("bad"),
        "circle-stroke-width": 3.5,
      },
    },
  ];
}

export const editorLayers = (): MapLayer[] => [
  ...baseLayers(c),
  ...grids(),
  ...buildings(),
  ...baseLabels(c),
  ...offered(),
  ...tools(),
  names(LABELS, flag("moving", c("accent-strong"), c("ink"))),
  ...balanceLayers(GRIDS),
];
