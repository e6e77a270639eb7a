import type { MapLayer } from "../../core/map";
import { byZoom } from "../../core/territory";
import { token as c } from "../../core/tokens";
import { loadColour } from "../load";
import { fill, line, names } from "../painting";

type SymbolLayer = Extract<MapLayer, { type: "symbol" }>;

/* What balancing draws over the editor's map, by source. */
export const PROPOSED = "balance-proposed";
export const PROPOSED_LABELS = "balance-labels";
export const KEPT = "balance-kept";
export const KEPT_LABELS = "balance-kept-labels";
export const BALANCE_SOURCES = [PROPOSED, PROPOSED_LABELS, KEPT, KEPT_LABELS];

/** The borders of today, under a proposal. */
export const TODAY = "balance-today";

/** Above everything else; `today` is the source of the grids of the draft. */
export function balanceLayers(today: string): MapLayer[] {
  const halo = c("map-territory-halo");
  const is = (name: string): never => ["boolean", ["get", name], false] as never;
  const opacity = ["case", is("picked"), 0.78, is("hovered"), 0.66, 0.5] as never;
  const width = ["case", is("picked"), 5, is("hovered"), 4, 2.6] as never;
  return [
    fill(PROPOSED, loadColour(c), opacity),
    line({ id: `${PROPOSED}-halo`, source: PROPOSED, colour: halo, width: 6, opacity: 0.85 }),
    {
      ...line({ id: TODAY, source: today, colour: c("ink"), width: 1.6, dashed: true }),
      layout: { "line-join": "round", visibility: "none" },
    } as MapLayer,
    line({ id: `${PROPOSED}-line`, source: PROPOSED, colour: c("accent"), width }),
    line({ id: KEPT, source: KEPT, colour: c("ink"), width: byZoom(12, 2.5, 16, 4.5) }),
    names(PROPOSED_LABELS, c("ink")),
    kept(),
  ];
}

/** White on dark, below the two lines of a grid's name. */
function kept(): MapLayer {
  const label = names(KEPT_LABELS, c("surface")) as SymbolLayer;
  return {
    ...label,
    layout: { ...label.layout, "text-offset": [0, 1.95] },
    paint: { ...label.paint, "text-halo-color": c("ink"), "text-halo-width": 3 },
  };
}
