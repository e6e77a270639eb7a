import { GRID_LAYERS, gridFills, selectedOutlines } from "../areas/layers";
import { baseLabels, baseLayers, baseSources } from "../core/basemap";
import { t } from "../core/i18n";
import type { LegendGroup } from "../core/legend";
import { points, type MapLayer, type Sources } from "../core/map";
import {
  gridBorders,
  gridLabels,
  territorySources,
  TOWNSHIP_LAYERS,
  unitBorders,
  unitLabels,
  VILLAGE_LAYERS,
} from "../core/territory";
import { token } from "../core/tokens";
import { DONE_LAYERS, incidentLayers, incidentSources, OPEN_LAYERS } from "../incidents/layers";
import {
  BUILDING_LAYERS,
  buildingLabels,
  buildingLayers,
  buildingSources,
} from "../premises/layers";

/* A place the URL points at: a broken link of the chain, say. */
export const MARK = "mark";

export const GROUP_LAYERS: Record<string, string[]> = {
  townships: TOWNSHIP_LAYERS,
  villages: VILLAGE_LAYERS,
  grids: GRID_LAYERS,
  buildings: BUILDING_LAYERS,
  incidents: OPEN_LAYERS,
  finished: DONE_LAYERS,
};

/** What an account needs to find anything on a layer; without it the layer is not offered. */
export const RIGHT_OF: Record<string, string> = {
  buildings: "premises",
  incidents: "incidents",
  finished: "incidents",
};

export function mapSources(): Sources {
  return {
    ...baseSources(),
    ...territorySources(),
    ...buildingSources(),
    ...incidentSources(),
    [MARK]: points(),
  };
}

/** All layers of the grid map from the ground up. */
export function mapLayers(): MapLayer[] {
  return [
    ...baseLayers(token),
    ...gridFills(token),
    ...buildingLayers(token),
    ...gridBorders(token),
    ...unitBorders(token),
    ...selectedOutlines(token),
    ...baseLabels(token),
    ...buildingLabels(token),
    ...gridLabels(token),
    ...unitLabels(token),
    ...incidentLayers(token),
    markLayer(),
  ];
}

function markLayer(): MapLayer {
  return {
    id: MARK,
    type: "circle",
    source: MARK,
    paint: {
      "circle-color": token("accent"),
      "circle-radius": 8,
      "circle-stroke-color": token("incident-halo"),
      "circle-stroke-width": 3,
    },
  };
}

export function legendGroups(): LegendGroup[] {
  return [
    {
      id: "incidents",
      label: t("layer.incidents"),
      swatches: [
        { shape: "dot", token: "incident-open", label: t("legend.open") },
        { shape: "dot", token: "incident-doing", label: t("legend.doing") },
        { shape: "dot", token: "incident-resolved", label: t("legend.resolved") },
      ],
    },
    {
      id: "finished",
      label: t("layer.finished"),
      swatches: [{ shape: "dot", token: "incident-done", label: t("legend.done") }],
    },
    {
      id: "buildings",
      label: t("layer.buildings"),
      swatches: [{ shape: "area", token: "map-building", label: t("legend.building") }],
    },
    {
      id: "grids",
      label: t("layer.grids"),
      swatches: [
        { shape: "outline", token: "map-grid", label: t("grid.kind.general") },
        { shape: "outline", token: "map-special", label: t("grid.kind.special") },
        { shape: "outline", token: "map-micro", label: t("grid.kind.micro") },
      ],
    },
    {
      id: "villages",
      label: t("layer.villages"),
      swatches: [{ shape: "line", token: "map-village", label: t("legend.village") }],
    },
    {
      id: "townships",
      label: t("layer.townships"),
      swatches: [{ shape: "line", token: "map-township", label: t("legend.township") }],
    },
  ];
}
