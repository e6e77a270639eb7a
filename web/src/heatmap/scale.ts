/* MapLibre adds weight × intensity × 0.3989 at the centre of each point's bell, whose sigma is a
   third of the radius. Colour 1 is reached where these sums reach 1. */
const KERNEL_PEAK = 1 / Math.sqrt(2 * Math.PI);
/* A bell of sigma r/3 weighs as much as a disc of 0.47 r, and as 0.7 of a square with side r. */
const DISC_OF_RADIUS = Math.SQRT2 / 3;
const SHARE_OF_SQUARE = (2 * Math.PI) / 9;

export interface Weighed {
  /** Position in screen pixels at the zoom of interest, from any origin. */
  x: number;
  y: number;
  /** Incidents in each frame, or one number for the whole period. */
  counts: number[];
}

/** The most incidents that any frame heaps up within one kernel radius (pixels). */
export function densest(points: Weighed[], radius: number): number {
  const squares = new Map<string, number[]>();
  for (const { x, y, counts } of points) {
    const key = `${Math.floor(x / radius)},${Math.floor(y / radius)}`;
    const sums = squares.get(key);
    if (!sums) squares.set(key, [...counts]);
    else counts.forEach((count, frame) => (sums[frame] = (sums[frame] ?? 0) + count));
  }
  let most = 0;
  for (const sums of squares.values()) for (const sum of sums) most = Math.max(most, sum);
  return most * SHARE_OF_SQUARE;
}

/** The next of 1, 2, 3, 5, 10, 20, 30, 50, 100 … at or above a number, for a readable legend. */
export function roundUp(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 3, 5, 10].find((one) => one * power >= value - 1e-9) ?? 10;
  return step * power;
}

/** The heatmap-intensity at which `most` incidents in one place reach the last colour. */
export function intensityFor(most: number): number {
  return 1 / (KERNEL_PEAK * most);
}

/** Ground metres around a place within which incidents count for its colour. */
export function reach(radius: number, metresPerPixel: number): number {
  return radius * DISC_OF_RADIUS * metresPerPixel;
}

/** Kernel radius in pixels by zoom; the layer's style interpolates the same stops. */
export const RADIUS_STOPS: [number, number][] = [
  [7, 16],
  [10, 26],
  [13, 38],
  [16, 54],
];

export function radiusAt(zoom: number): number {
  const [first, last] = [RADIUS_STOPS[0], RADIUS_STOPS.at(-1)] as [
    [number, number],
    [number, number],
  ];
  if (zoom <= first[0]) return first[1];
  for (let index = 1; index < RADIUS_STOPS.length; index += 1) {
    const [z0, r0] = RADIUS_STOPS[index - 1] as [number, number];
    const [z1, r1] = RADIUS_STOPS[index] as [number, number];
    if (zoom <= z1) return r0 + ((r1 - r0) * (zoom - z0)) / (z1 - z0);
  }
  return last[1];
}
