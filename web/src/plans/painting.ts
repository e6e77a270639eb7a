import { LABEL_FONT_BOLD, type Expression, type MapLayer } from "../core/map";
import { byZoom } from "../core/territory";
import { token as c } from "../core/tokens";

/* How the editor draws areas, lines and names of its own. */

export const flag = <T extends string | number>(name: string, yes: T, no: T): Expression =>
  ["case", ["boolean", ["get", name], false], yes, no] as never;

export function fill(
  source: string,
  colour: string | Expression,
  opacity: number | Expression,
): MapLayer {
  return {
    id: `${source}-fill`,
    type: "fill",
    source,
    paint: { "fill-color": colour, "fill-opacity": opacity, "fill-antialias": false },
  };
}

interface Line {
  id: string;
  source: string;
  colour: string | Expression;
  width: Expression | number;
  opacity?: number;
  dashed?: boolean;
}

export function line({ id, source, colour, width, opacity = 1, dashed = false }: Line): MapLayer {
  return {
    id,
    type: "line",
    source,
    layout: { "line-join": "round", "line-cap": dashed ? "butt" : "round" },
    paint: {
      "line-color": colour,
      "line-width": width,
      "line-opacity": opacity,
      ...(dashed ? { "line-dasharray": [2, 1.4] } : {}),
    },
  };
}

/** Names in the middle of what they name: the `text` of its features. */
export function names(source: string, colour: string | Expression): MapLayer {
  return {
    id: source,
    type: "symbol",
    source,
    layout: {
      "text-field": ["get", "text"],
      "text-font": LABEL_FONT_BOLD,
      "text-size": byZoom(11, 10.5, 14, 13, 17, 15),
      "text-line-height": 1.3,
      "text-allow-overlap": true,
      "text-ignore-placement": true,
    },
    paint: {
      "text-color": colour,
      "text-halo-color": c("map-label-halo"),
      "text-halo-width": 2,
    },
  };
}
