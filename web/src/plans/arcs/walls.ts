import type { LonLat } from "../../core/geometry";
import { SpatialHash } from "./hash";
import type { Fault } from "./legality";
import { NOBODY, type Mesh } from "./mesh";
import { meet } from "./plane";
import type { Reshape } from "./reshape";

/** What of each building no border should meet, as closed rings; inside by the even-odd rule. */
export type Cores = LonLat[][][];

/** Buildings as things that a border runs through, found by where they are. */
export class Walls {
  /** Four numbers each, building by building, and where those of each building begin. */
  private readonly sides: Float64Array;
  private readonly starts: Int32Array;
  private readonly boxes: Float64Array;
  private readonly hash: SpatialHash;

  constructor(readonly cores: Cores) {
    this.starts = new Int32Array(cores.length + 1);
    cores.forEach((rings, n) => {
      const sides = rings.reduce((sum, ring) => sum + ring.length - 1, 0);
      this.starts[n + 1] = this.starts[n]! + sides * 4;
    });
    this.sides = new Float64Array(this.starts[cores.length]!);
    this.boxes = new Float64Array(cores.length * 4);
    cores.forEach((rings, n) => this.put(rings, n));
    this.hash = new SpatialHash(this.sides.length ? this.boxes : new Float64Array(0));
  }

  /** Every building that a segment meets. */
  met([ax, ay]: LonLat, [bx, by]: LonLat, visit: (building: number) => void): void {
    const [west, east] = ax < bx ? [ax, bx] : [bx, ax];
    const [south, north] = ay < by ? [ay, by] : [by, ay];
    this.hash.near(west, south, east, north, (building) => {
      const [left, low, right, high] = this.boxOf(building);
      if (left > east || right < west || low > north || high < south) return;
      if (this.meets(building, ax, ay, bx, by)) visit(building);
    });
  }

  /** West, south, east, north. */
  boxOf(building: number): [number, number, number, number] {
    const at = building * 4;
    return [this.boxes[at]!, this.boxes[at + 1]!, this.boxes[at + 2]!, this.boxes[at + 3]!];
  }

  private put(rings: LonLat[][], building: number): void {
    /* The box of nothing lies nowhere. */
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
    let at = this.starts[building]!;
    for (const ring of rings) {
      for (let n = 0; n + 1 < ring.length; n++) {
        const [x, y] = ring[n]!;
        const [nextX, nextY] = ring[n + 1]!;
        this.sides[at++] = x;
        this.sides[at++] = y;
        this.sides[at++] = nextX;
        this.sides[at++] = nextY;
        west = Math.min(west, x);
        south = Math.min(south, y);
        east = Math.max(east, x);
        north = Math.max(north, y);
      }
    }
    this.boxes.set([west, south, east, north], building * 4);
  }

  /** Whether a segment crosses the rings of a building, or lies inside of them. */
  meets(building: number, ax: number, ay: number, bx: number, by: number): boolean {
    const { sides, starts } = this;
    let inside = false;
    for (let at = starts[building]!; at < starts[building + 1]!; at += 4) {
      const [cx, cy, dx, dy] = [sides[at]!, sides[at + 1]!, sides[at + 2]!, sides[at + 3]!];
      if (meet(ax, ay, bx, by, cx, cy, dx, dy)) return true;
      if (cy > ay !== dy > ay && ax < cx + ((ay - cy) / (dy - cy)) * (dx - cx)) inside = !inside;
    }
    return inside;
  }
}

/** Which buildings a changed border runs through, but for those that a border ran through before. */
export class Cuts {
  private readonly before = new Map<number, boolean>();

  constructor(
    private readonly mesh: Mesh,
    readonly walls: Walls,
    /** Whether a border that runs through one may not be dropped. */
    private readonly block: boolean,
  ) {}

  of(reshape: Reshape): number[] {
    const found = new Set<number>();
    for (const { from, to, right } of reshape.added) {
      /* What runs along the outline has not moved. */
      if (right === NOBODY) continue;
      this.walls.met(reshape.position(from), reshape.position(to), (building) =>
        found.add(building),
      );
    }
    return [...found].filter((building) => !this.wasCut(building));
  }

  shapesOf(buildings: readonly number[]): Cores {
    return buildings.map((building) => this.walls.cores[building]!);
  }

  /** What is wrong with running through these buildings. */
  faultOf([building]: readonly number[]): Fault | null {
    if (!this.block || building === undefined) return null;
    const [west, south, east, north] = this.walls.boxOf(building);
    return { rule: "building_cut", at: [(west + east) / 2, (south + north) / 2] };
  }

  private wasCut(building: number): boolean {
    let cut = this.before.get(building);
    if (cut === undefined) this.before.set(building, (cut = this.isCut(building)));
    return cut;
  }

  private isCut(building: number): boolean {
    const { mesh, walls } = this;
    let cut = false;
    mesh.hash.near(...walls.boxOf(building), (edge) => {
      const { from, to } = mesh.edge(edge);
      cut ||= walls.meets(building, ...mesh.position(from), ...mesh.position(to));
    });
    return cut;
  }
}
