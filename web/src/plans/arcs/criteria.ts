import type { Buildings, Figures } from "./buildings";
import type { Resettled } from "./tally";

/* The four criteria of a good division, as gridmap/plans/criteria.py has them: the file
   tests/plans/criteria.json holds both to the same values. */

/** So many are good, of so many. */
export interface Share {
  good: number;
  of: number;
}

export const CRITERIA = ["size", "distance", "staff", "facilities"] as const;
export type CriterionName = (typeof CRITERIA)[number];

/**
 * Grids with as many households as wanted, with somebody posted, with an organisation; and homes
 * that lie near the middle of the homes of their grid.
 */
export type Criteria = Record<CriterionName, Share> & {
  /** From a home to the middle of its grid, on average. */
  mean_m: number;
};

/** What a grid is held to. */
export interface Standard {
  /** Households, lowest and highest. */
  range: readonly [number, number];
  near_m: number;
  staffed: boolean;
}

/** What a border that moves changes: figures by touched grid, and what comes into another grid. */
export interface Shift {
  figures: ReadonlyMap<number, Figures>;
  buildings: readonly Resettled[];
  facilities: readonly Resettled[];
}

/** The homes of a grid: how many there are, how many near its middle, the sum of the ways there. */
interface Homes {
  of: number;
  near: number;
  ways_m: number;
}

const AT_REST: Shift = { figures: new Map(), buildings: [], facilities: [] };

/** Measures a division, and what becomes of it while a border moves: only touched grids anew. */
export class Yardstick {
  private readonly x: Float64Array;
  private readonly y: Float64Array;
  /** The buildings grid by grid, and where those of each grid begin. */
  private readonly byGrid: Int32Array;
  private readonly starts: Int32Array;
  private readonly away: Uint8Array;
  private readonly homes: Homes[];
  private readonly served: Int32Array;

  /** A grid without a standard, a campus or a market, does not count. */
  constructor(
    private readonly standards: readonly (Standard | null)[],
    private readonly figures: readonly Figures[],
    private readonly buildings: Buildings,
    seat: Int32Array,
    facilitySeat: Int32Array,
    [east, north]: readonly [number, number],
  ) {
    this.x = buildings.lon.map((lon) => lon * east);
    this.y = buildings.lat.map((lat) => lat * north);
    this.away = new Uint8Array(seat.length);
    [this.byGrid, this.starts] = grouped(seat, standards.length);
    this.homes = standards.map((_, grid) => this.homesOf(grid, []));
    this.served = new Int32Array(standards.length);
    for (const grid of facilitySeat) if (grid >= 0) this.served[grid]! += 1;
  }

  /** The criteria as the grids are, or as a shift makes them. */
  measure({ figures, buildings, facilities }: Shift = AT_REST): Criteria {
    const served = new Map<number, number>();
    for (const { from, to } of facilities) {
      served.set(from, (served.get(from) ?? 0) - 1);
      served.set(to, (served.get(to) ?? 0) + 1);
    }
    const [size, distance, staff, facility] = CRITERIA.map((): Share => ({ good: 0, of: 0 })) as [
      Share,
      Share,
      Share,
      Share,
    ];
    let ways_m = 0;
    for (const { place } of buildings) this.away[place] = 1;
    this.standards.forEach((standard, grid) => {
      if (!standard) return;
      const moved = figures.get(grid);
      const { households } = moved ?? this.figures[grid]!;
      const homes = moved ? this.homesOf(grid, buildings) : this.homes[grid]!;
      const [least, most] = standard.range;
      put(size, least <= households && households <= most);
      put(staff, standard.staffed);
      put(facility, this.served[grid]! + (served.get(grid) ?? 0) > 0);
      distance.good += homes.near;
      distance.of += homes.of;
      ways_m += homes.ways_m;
    });
    for (const { place } of buildings) this.away[place] = 0;
    const mean_m = distance.of ? ways_m / distance.of : 0;
    return { size, distance, staff, facilities: facility, mean_m };
  }

  /** The homes of a grid, without those that are away and with those that came. */
  private homesOf(grid: number, resettled: readonly Resettled[]): Homes {
    const near_m = this.standards[grid]?.near_m ?? 0;
    let [of, x, y] = [0, 0, 0];
    this.each(grid, resettled, (building, households) => {
      of += households;
      x += households * this.x[building]!;
      y += households * this.y[building]!;
    });
    let [near, ways_m] = [0, 0];
    this.each(grid, resettled, (building, households) => {
      const [dx, dy] = [this.x[building]! - x / of, this.y[building]! - y / of];
      /* Math.hypot takes longer: it guards against numbers that no village has. */
      const way_m = Math.sqrt(dx * dx + dy * dy);
      if (way_m <= near_m) near += households;
      ways_m += households * way_m;
    });
    return { of, near, ways_m };
  }

  private each(
    grid: number,
    resettled: readonly Resettled[],
    visit: (building: number, households: number) => void,
  ): void {
    const { byGrid, starts, away, buildings } = this;
    const offer = (building: number): void => {
      const households = buildings.households[building]!;
      if (households > 0) visit(building, households);
    };
    for (let n = starts[grid]!; n < starts[grid + 1]!; n++)
      if (!away[byGrid[n]!]) offer(byGrid[n]!);
    for (const { place, to } of resettled) if (to === grid) offer(place);
  }
}

export const scoreOf = ({ good, of }: Share): number => (of === 0 ? 1 : good / of);

function put(share: Share, good: boolean): void {
  share.of += 1;
  if (good) share.good += 1;
}

/** Buildings in the order of their grids, and where those of each grid begin. */
function grouped(seat: Int32Array, grids: number): [Int32Array, Int32Array] {
  const starts = new Int32Array(grids + 1);
  for (const grid of seat) if (grid >= 0) starts[grid + 1]! += 1;
  for (let grid = 0; grid < grids; grid++) starts[grid + 1]! += starts[grid]!;
  const sorted = new Int32Array(starts[grids]!);
  const next = starts.slice();
  seat.forEach((grid, building) => {
    if (grid >= 0) sorted[next[grid]!++] = building;
  });
  return [sorted, starts];
}
