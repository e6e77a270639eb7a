import type { LonLat } from "../../core/geometry";
import type { Mesh } from "./mesh";
import { NOBODY } from "./mesh";
import { passedBy, type Slide } from "./rail";

/** A segment of a changed border: two positions, and the grids left and right of it. */
export interface Strand {
  from: number;
  to: number;
  left: number;
  right: number;
}

/** Which vertices of a mesh change, and how; new ones are numbered from `mesh.lon.length` on. */
export interface Edits {
  moved?: ReadonlySet<number>;
  /** An edge that gets a vertex. */
  inserted?: number;
  dropped?: number;
  slides?: readonly Slide[];
}

/** Borders taken out of a mesh and others put in their place; `move` says where vertices are. */
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
  readonly moved: ReadonlySet<number>;
  readonly slides: readonly Slide[];
  /** What a slide leaves behind at a corner is a new vertex: the old one goes along. */
  private readonly left = new Map<Slide, number>();

  constructor(
    readonly mesh: Mesh,
    private readonly edits: Edits,
  ) {
    this.slides = edits.slides ?? [];
    this.moved = new Set([...(edits.moved ?? []), ...this.slides.map(({ end }) => end)]);
    const stay = this.slides.filter(({ stays }) => stays);
    stay.forEach((slide, n) => this.left.set(slide, mesh.lon.length + n));
    const fresh = edits.inserted === undefined ? stay.length : 1;
    this.lon = new Float64Array(mesh.lon.length + fresh);
    this.lat = new Float64Array(mesh.lat.length + fresh);
    this.lon.set(mesh.lon);
    this.lat.set(mesh.lat);
    for (const [{ end }, vertex] of this.left) this.move(vertex, mesh.position(end));
    this.gone = this.edgesTaken();
    this.removed = [...this.gone].map((edge) => mesh.edge(edge));
    const beside = this.removed.flatMap(({ left, right }) => [left, right]);
    this.grids = [...new Set(beside)].filter((grid) => grid !== NOBODY);
    this.parts = new Map(this.grids.map((grid) => [grid, this.partsOf(grid)]));
    this.added = this.strandsPut();
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
    const { inserted, dropped } = this.edits;
    if (inserted !== undefined) return new Set([inserted]);
    const passed = this.slides.flatMap(passedBy);
    const vertices = [...this.moved, ...passed, ...(dropped === undefined ? [] : [dropped])];
    return new Set(vertices.flatMap((vertex) => this.mesh.edgesAt[vertex] ?? []));
  }

  /** What the changed rings have in place of the edges taken out, or anew. */
  private strandsPut(): Strand[] {
    const put = new Map<string, Strand>();
    for (const [grid, parts] of this.parts) {
      for (const ring of parts.flat()) {
        ring.forEach((from, index) => {
          const to = ring[(index + 1) % ring.length] as number;
          const edge = this.mesh.edgeBetween(from, to);
          if (edge !== undefined && !this.gone.has(edge)) return;
          const met = put.get(`${to},${from}`);
          if (met) met.right = grid;
          else put.set(`${from},${to}`, { from, to, left: grid, right: NOBODY });
        });
      }
    }
    return [...put.values()];
  }

  private partsOf(grid: number): number[][][] {
    const { mesh } = this;
    return (mesh.parts[grid] ?? []).map((rings) => rings.map((ring) => this.ringOf(ring, grid)));
  }

  private ringOf(ring: number[], grid: number): number[] {
    const { inserted, dropped } = this.edits;
    if (dropped !== undefined) return ring.filter((vertex) => vertex !== dropped);
    if (inserted !== undefined) return this.ringWith(ring, inserted);
    return this.slides.reduce((slid, slide) => this.ringAfter(slid, grid, slide), ring);
  }

  private ringWith(ring: number[], edge: number): number[] {
    const { from, to } = this.mesh.edge(edge);
    return ring.flatMap((vertex, index) => {
      const next = ring[(index + 1) % ring.length];
      const cut = (vertex === from && next === to) || (vertex === to && next === from);
      return cut ? [vertex, this.fresh] : [vertex];
    });
  }

  /** The grid behind an end gets what the end has left, the one ahead loses what it has passed. */
  private ringAfter(ring: number[], grid: number, slide: Slide): number[] {
    const { end, past, behind, forward } = slide;
    if (grid !== behind) {
      const passed = passedBy(slide);
      return passed.length ? ring.filter((vertex) => !passed.includes(vertex)) : ring;
    }
    const corner = this.left.get(slide);
    const left = corner === undefined ? past : [corner, ...past];
    return ring.flatMap((vertex) => {
      if (vertex !== end) return [vertex];
      return forward ? [...left, end] : [end, ...left.toReversed()];
    });
  }
}
