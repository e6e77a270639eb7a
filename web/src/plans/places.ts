import type { Geometry, Position } from "geojson";
import type { Box, LonLat } from "../core/geometry";
import { polygonsOf, type Area } from "./arcs/mesh";
import { doubleArea } from "./arcs/plane";

/** West, south, east, north of any geometry. */
export function boxOf(...geometries: Geometry[]): Box {
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon = 0, lat = 0] of geometries.flatMap(positionsOf)) {
    box[0] = Math.min(box[0], lon);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon);
    box[3] = Math.max(box[3], lat);
  }
  return box;
}

export function overlaps(a: Box, b: Box): boolean {
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
}

function positionsOf(geometry: Geometry): Position[] {
  if (geometry.type === "GeometryCollection") return geometry.geometries.flatMap(positionsOf);
  const flatten = (nested: unknown): Position[] =>
    typeof (nested as Position)[0] === "number"
      ? [nested as Position]
      : (nested as unknown[]).flatMap(flatten);
  return flatten(geometry.coordinates);
}

/**
 * Where to write a grid's name: in its largest part, in the middle of the widest stretch of the
 * line that halves its height.
 */
export function labelPlace(area: Area): LonLat {
  const parts = polygonsOf(area);
  const size = (rings: Position[][]): number => Math.abs(doubleArea(rings[0] as LonLat[]));
  const rings = parts.reduce((best, part) => (size(part) > size(best) ? part : best));
  const [, south, , north] = boxOf({ type: "Polygon", coordinates: rings });
  const tries = [0.5, 0.42, 0.58].map((share) => widest(rings, south + (north - south) * share));
  return tries.reduce((best, one) => (one.width > best.width * 1.2 ? one : best)).at;
}

function widest(rings: Position[][], lat: number): { at: LonLat; width: number } {
  const cuts = rings
    .flatMap((ring) =>
      ring.flatMap(([ax = 0, ay = 0], index) => {
        const [bx = 0, by = 0] = ring[(index + 1) % ring.length] ?? [];
        return ay > lat !== by > lat ? [ax + ((lat - ay) / (by - ay)) * (bx - ax)] : [];
      }),
    )
    .sort((a, b) => a - b);
  let best = { at: [cuts[0] ?? 0, lat] as LonLat, width: 0 };
  for (let at = 0; at + 1 < cuts.length; at += 2) {
    const width = cuts[at + 1]! - cuts[at]!;
    if (width > best.width) best = { at: [cuts[at]! + width / 2, lat], width };
  }
  return best;
}
