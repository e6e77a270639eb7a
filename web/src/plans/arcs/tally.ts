import { covers, type Buildings, type Figures, type Places } from "./buildings";
import { NOBODY } from "./mesh";
import { turn } from "./plane";
import type { Reshape, Strand } from "./reshape";

const MOST_GRIDS = 31;

/** A place that comes into another grid; NOBODY is none. */
export interface Resettled {
  place: number;
  from: number;
  to: number;
}

/**
 * Which places come into another grid while a border is being changed.
 *
 * A ray from a place crosses the border of a grid an odd number of times when the grid holds it.
 * So the place changes sides exactly when the ray crosses the strands taken out and put in, seen
 * together, an odd number of times; only places in their common box can. One on a strand itself
 * belongs to the grid with the smallest code, as on the server.
 */
export class Tally {
  private readonly strands: Float64Array;
  private readonly masks: Int32Array;
  private readonly fixed: number;
  private readonly bits: Map<number, number>;

  constructor(readonly reshape: Reshape) {
    const { removed, added, grids } = reshape;
    if (grids.length > MOST_GRIDS) throw new RangeError("more grids meet here than can be counted");
    this.bits = new Map(grids.map((grid, index) => [grid, 1 << index]));
    this.strands = new Float64Array((removed.length + added.length) * 4);
    this.masks = Int32Array.from([...removed, ...added], (strand) => this.maskOf(strand));
    this.fixed = removed.length;
    const { lon, lat } = reshape.mesh;
    removed.forEach(({ from, to }, n) =>
      this.strands.set([lon[from]!, lat[from]!, lon[to]!, lat[to]!], n * 4),
    );
  }

  /** Take in where the border is now. */
  update(): void {
    const { added, lon, lat } = this.reshape;
    added.forEach(({ from, to }, n) =>
      this.strands.set([lon[from]!, lat[from]!, lon[to]!, lat[to]!], (this.fixed + n) * 4),
    );
  }

  /** What came into another grid, of places that were seated before the change. */
  resettled(places: Places, seat: Int32Array): Resettled[] {
    const found: Resettled[] = [];
    const [west, south, east, north] = this.box();
    places.near(west, south, east, north, (place, x, y) => {
      const from = seat[place] as number;
      const to = this.holder(from, x, y);
      if (to !== from) found.push({ place, from, to });
    });
    return found;
  }

  private holder(was: number, x: number, y: number): number {
    const { strands, masks } = this;
    let mask = this.bits.get(was) ?? 0;
    const before = mask;
    for (let n = 0, at = 0; n < masks.length; n++, at += 4) {
      const ay = strands[at + 1] as number;
      const by = strands[at + 3] as number;
      if ((y < ay && y < by) || (y > ay && y > by)) continue;
      const ax = strands[at] as number;
      const bx = strands[at + 2] as number;
      const side = turn(ax, ay, bx, by, x, y);
      if (side === 0 && (x - ax) * (x - bx) <= 0) return this.borderHolder(was, x, y);
      if (ay > y !== by > y && side > 0 === by > ay) mask ^= masks[n] as number;
    }
    if (mask === before) return was;
    return mask === 0 ? NOBODY : (this.reshape.grids[31 - Math.clz32(mask)] as number);
  }

  /** On a strand: ask every changed grid as a whole. */
  private borderHolder(was: number, x: number, y: number): number {
    const { mesh, parts } = this.reshape;
    if (was !== NOBODY && !this.bits.has(was)) return was;
    let found = NOBODY;
    for (const [grid, polygons] of parts) {
      if (found !== NOBODY && mesh.codes[grid]! > mesh.codes[found]!) continue;
      const held = covers(polygons, (ring) => this.reshape.ring(ring), x, y);
      if (held) found = grid;
    }
    return found;
  }

  private maskOf({ left, right }: Strand): number {
    return (this.bits.get(left) ?? 0) ^ (this.bits.get(right) ?? 0);
  }

  private box(): [number, number, number, number] {
    const { strands } = this;
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let at = 0; at < strands.length; at += 2) {
      west = Math.min(west, strands[at] as number);
      east = Math.max(east, strands[at] as number);
      south = Math.min(south, strands[at + 1] as number);
      north = Math.max(north, strands[at + 1] as number);
    }
    return [west, south, east, north];
  }
}

/** What each of some grids holds after buildings came from one into another. */
export function figuresAfter(
  grids: readonly number[],
  before: readonly Figures[],
  buildings: Buildings,
  resettled: readonly Resettled[],
): Map<number, Figures> {
  const now = new Map(grids.map((grid) => [grid, { ...before[grid]! }]));
  const put = (grid: number, building: number, sign: number): void => {
    const figures = now.get(grid);
    if (!figures) return;
    figures.households += sign * (buildings.households[building] as number);
    figures.residents += sign * (buildings.residents[building] as number);
    figures.buildings += sign;
  };
  for (const { place, from, to } of resettled) {
    put(from, place, -1);
    put(to, place, 1);
  }
  return now;
}
