import type { LonLat } from "../../core/geometry";

/* Plane geometry on degrees. Lengths in metres are good to a few per mille: they only decide what
   counts as "the same place"; the server measures what is shown. */

const METRES_PER_DEGREE = 111_195;

/** Metres of a degree eastward and northward at a latitude. */
export function metresPerDegree(lat: number): [number, number] {
  return [METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180), METRES_PER_DEGREE];
}

/**
 * Positive where `c` lies left of the line from `a` to `b`, 0 on it. Differences of neighbouring
 * coordinates are exact in doubles, so the sign is wrong at most within 1e-15 of the length.
 */
export function turn(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  cx: number,
  cy: number,
): number {
  return (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
}

/** Twice the area, positive where the ring runs counter-clockwise. In square degrees. */
export function doubleArea(ring: readonly LonLat[]): number {
  const [x0, y0] = ring[0] ?? [0, 0];
  let sum = 0;
  let [px, py] = ring[ring.length - 1] ?? [0, 0];
  for (const [x, y] of ring) {
    sum += (px - x0) * (y - y0) - (x - x0) * (py - y0);
    px = x;
    py = y;
  }
  return sum;
}

/** 1 inside, 0 on the ring, −1 outside. */
export function standing(x: number, y: number, ring: readonly LonLat[]): -1 | 0 | 1 {
  let inside = false;
  let [ax, ay] = ring[ring.length - 1] ?? [0, 0];
  for (const [bx, by] of ring) {
    if (!(y < ay && y < by) && !(y > ay && y > by)) {
      const side = turn(ax, ay, bx, by, x, y);
      if (side === 0 && between(ax, bx, x)) return 0;
      if (ay > y !== by > y && side > 0 === by > ay) inside = !inside;
    }
    ax = bx;
    ay = by;
  }
  return inside ? 1 : -1;
}

function between(a: number, b: number, c: number): boolean {
  return a < b ? a <= c && c <= b : b <= c && c <= a;
}

/** Whether two segments that share no end meet at all; touching counts. */
export function meet(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  cx: number,
  cy: number,
  dx: number,
  dy: number,
): boolean {
  const c = turn(ax, ay, bx, by, cx, cy);
  const d = turn(ax, ay, bx, by, dx, dy);
  if ((c > 0 && d > 0) || (c < 0 && d < 0)) return false;
  const a = turn(cx, cy, dx, dy, ax, ay);
  const b = turn(cx, cy, dx, dy, bx, by);
  if ((a > 0 && b > 0) || (a < 0 && b < 0)) return false;
  if (a !== 0 || b !== 0 || c !== 0 || d !== 0) return true;
  return (
    Math.max(ax, bx) >= Math.min(cx, dx) &&
    Math.max(cx, dx) >= Math.min(ax, bx) &&
    Math.max(ay, by) >= Math.min(cy, dy) &&
    Math.max(cy, dy) >= Math.min(ay, by)
  );
}

/** Whether two segments from a common end run over one another. */
export function fold(
  sharedX: number,
  sharedY: number,
  ax: number,
  ay: number,
  bx: number,
  by: number,
): boolean {
  if (turn(sharedX, sharedY, ax, ay, bx, by) !== 0) return false;
  return (ax - sharedX) * (bx - sharedX) + (ay - sharedY) * (by - sharedY) > 0;
}

/** Where two segments cross, or the middle of the first where they run along one another. */
export function crossing(a: LonLat, b: LonLat, c: LonLat, d: LonLat): LonLat {
  const atA = turn(c[0], c[1], d[0], d[1], a[0], a[1]);
  const atB = turn(c[0], c[1], d[0], d[1], b[0], b[1]);
  const share = atA === atB ? 0.5 : atA / (atA - atB);
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
}

export interface Nearest {
  at: LonLat;
  /** How far along from `a` to `b`, 0 to 1. */
  share: number;
  distance_m: number;
}

/** The place on a segment that is nearest to a position, by metres on the ground. */
export function nearest(to: LonLat, a: LonLat, b: LonLat): Nearest {
  const [east, north] = metresPerDegree(to[1]);
  const dx = (b[0] - a[0]) * east;
  const dy = (b[1] - a[1]) * north;
  const px = (to[0] - a[0]) * east;
  const py = (to[1] - a[1]) * north;
  const length2 = dx * dx + dy * dy;
  const share = length2 === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length2));
  const at: LonLat =
    share === 1 ? [...b] : [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
  return { at, share, distance_m: Math.hypot(px - dx * share, py - dy * share) };
}

export function distance_m(a: LonLat, b: LonLat): number {
  const [east, north] = metresPerDegree(a[1]);
  return Math.hypot((a[0] - b[0]) * east, (a[1] - b[1]) * north);
}
