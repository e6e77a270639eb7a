import type { LonLat } from "../../core/geometry";
import type { Mesh } from "./mesh";
import { NOBODY } from "./mesh";

/** A segment of a changed border: two positions, and the grids left and right of it. */
export interface Strand {
  from: number;
  to: number;
  left: number;
  right: number;
}

/**
 * Borders taken out of a mesh and others put in their place; `at` says where their vertices are.
 * Vertices from `mesh.lon.length` on are new ones.
 */
export class Reshape {
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  readonly removed: Strand[];
  readonly added: Strand[];
  /** Grids with a changed border. */
  readonly grids: number[];
  /** Grid → part → ring → vertices, of the changed grids, after the change. */
  readonly parts: Map<number, number[][][]>;
  /** Strands of which both ends were shifted alike. */
  rigid: boolean[] = [];
  /** The edges that are taken out. */
  readonly gone: ReadonlySet<number>;

  /** Move `moved` vertices; leave it to `move` where to. */
  constructor(
    readonly mesh: Mesh,
    readonly moved: ReadonlySet<number>,
    readonly inserted: { edge: number } | null = null,
    readonly dropped: number | null = null,
  ) {
    const fresh = inserted ? 1 : 0;
    this.lon = Float64Array.from([...mesh.lon, ...new Array<number>(fresh).fill(0)]);
    this.lat = Float64Array.from([...mesh.lat, ...new Array<number>(fresh).fill(0)]);
    this.gone = this.edgesTaken();
    this.removed = [...this.gone].map((edge) => mesh.edge(edge));
    this.added = this.strandsPut();
    const beside = this.removed.flatMap(({ left, right }) => [left, right]);
    this.grids = [...new Set(beside)].filter((grid) => grid !== NOBODY);
    this.parts = new Map(this.grids.map((grid) => [grid, this.partsOf(grid)]));
  }

  position(vertex: number): LonLat {
    return [this.lon[vertex] as number, this.lat[vertex] as number];
  }

  move(vertex: number, [lon, lat]: LonLat): void {
    this.lon[vertex] = lon;
    this.lat[vertex] = lat;
  }

  /** Promise that these vertices are always moved by one and the same distance. */
  shifted(vertices: ReadonlySet<number>): void {
    this.rigid = this.added.map(({ from, to }) => vertices.has(from) && vertices.has(to));
  }

  /** The number of the inserted vertex. */
  get fresh(): number {
    return this.mesh.lon.length;
  }

  ring(vertices: readonly number[]): LonLat[] {
    return vertices.map((vertex) => this.position(vertex));
  }

  private edgesTaken(): Set<number> {
    if (this.inserted) return new Set([this.inserted.edge]);
    if (this.dropped !== null) return new Set(this.mesh.edgesAt[this.dropped]);
    return new Set([...this.moved].flatMap((vertex) => this.mesh.edgesAt[vertex] ?? []));
  }

  private strandsPut(): Strand[] {
    if (this.inserted) {
      const { from, to, left, right } = this.mesh.edge(this.inserted.edge);
      const fresh = this.fresh;
      return [
        { from, to: fresh, left, right },
        { from: fresh, to, left, right },
      ];
    }
    if (this.dropped === null) return this.removed;
    const [one, other] = this.mesh.edgesAt[this.dropped] ?? [];
    if (one === undefined || other === undefined) return [];
    const { to, left, right } = this.mesh.edge(one);
    const [a, b] = [one, other].map((edge) => this.mesh.otherEnd(edge, this.dropped as number));
    const ends = to === this.dropped ? { from: a, to: b } : { from: b, to: a };
    return [{ ...ends, left, right } as Strand];
  }

  private partsOf(grid: number): number[][][] {
    return (this.mesh.parts[grid] ?? []).map((rings) => rings.map((ring) => this.ringOf(ring)));
  }

  private ringOf(ring: number[]): number[] {
    if (this.dropped !== null) return ring.filter((vertex) => vertex !== this.dropped);
    if (!this.inserted) return ring;
    const { from, to } = this.mesh.edge(this.inserted.edge);
    return ring.flatMap((vertex, index) => {
      const next = ring[(index + 1) % ring.length];
      const cut = (vertex === from && next === to) || (vertex === to && next === from);
      return cut ? [vertex, this.fresh] : [vertex];
    });
  }
}
