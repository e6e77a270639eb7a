import {
  TerraDraw,
  TerraDrawFreehandMode,
  TerraDrawLineStringMode,
  TerraDrawPolygonMode,
} from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import type { LonLat } from "./geometry";

/** What is drawn: a line, an area by its corners, or an area in one sweep. */
export type Drawing = "line" | "polygon" | "lasso";

const MODE: Record<Drawing, string> = {
  line: "linestring",
  polygon: "polygon",
  lasso: "freehand",
};
const CLOSE_PX = 14;

/**
 * Have a line or an area drawn on a map and hand over its positions, once; the first of an area is
 * not repeated. Escape begins anew. What it returns stops the drawing.
 */
export function capture(
  map: object,
  drawing: Drawing,
  colour: string,
  done: (drawn: LonLat[]) => void,
): () => void {
  const draw = new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: 9 }),
    modes: [modeOf(drawing, colour as `#${string}`)],
  });
  draw.on("finish", (id) => {
    const geometry = draw.getSnapshotFeature(id)?.geometry;
    if (geometry?.type === "LineString") done(geometry.coordinates as LonLat[]);
    if (geometry?.type === "Polygon") done(geometry.coordinates[0]!.slice(0, -1) as LonLat[]);
  });
  draw.start();
  draw.setMode(MODE[drawing]);
  return () => draw.enabled && draw.stop();
}

function modeOf(
  drawing: Drawing,
  colour: `#${string}`,
): TerraDrawLineStringMode | TerraDrawPolygonMode | TerraDrawFreehandMode {
  const area = { fillColor: colour, fillOpacity: 0.12, outlineColor: colour, outlineWidth: 2.5 };
  const point = { closingPointColor: colour, closingPointWidth: 5 };
  if (drawing === "line")
    return new TerraDrawLineStringMode({
      pointerDistance: CLOSE_PX,
      styles: { lineStringColor: colour, lineStringWidth: 3, ...point },
    });
  if (drawing === "polygon")
    return new TerraDrawPolygonMode({
      pointerDistance: CLOSE_PX,
      styles: { ...area, ...point },
    });
  return new TerraDrawFreehandMode({
    pointerDistance: CLOSE_PX,
    drawInteraction: "click-move-or-drag",
    autoClose: true,
    styles: { ...area, ...point },
  });
}
