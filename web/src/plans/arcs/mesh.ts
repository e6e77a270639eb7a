import type { MultiPolygon, Polygon, Position } from "geojson";
import type { LonLat } from "../../core/geometry";
import { chains, type Arc } from "./chains";
import { SpatialHash } from "./hash";
import { doubleArea, nearest } from "./plane";

export type Area = Polygon | MultiPolygon;

export interface Shape {
  code: string;
  geometry: Area;
}

/** Nothing on that side: land in no grid, or another village. */
export const NOBODY = -1;

/** An edge between two vertices, with the grids on both sides (indices of `codes`). */
export interface Edge {
  from: number;
  to: number;
  left: number;
  right: number;
}

/** Where a vertex lies: inside, on the outline of the village, or at land that is in no grid. */
export type Situation = "inner" | "outline" | "gap";

const ON_OUTLINE_M = 1e-4;
/* The same in degrees and ample, to pass over what is far away. */
const A_TOUCH = 1e-8;
const PAIR = 2 ** 26;

/**
 * The grids of a village as vertices, edges and arcs that neighbours share: two positions are the
 * same vertex when both doubles are the same. Rings run with their grid on the left and hold
 * vertex numbers, the first not repeated at the end.
 */
export class Mesh {
  readonly codes: string[];
  /** Grid → part → ring → vertices. */
  readonly parts: number[][][][];
  readonly lon: number[] = [];
  readonly lat: number[] = [];
  readonly edges: Edge[] = [];
  readonly edgesAt: number[][] = [];
  readonly arcs: Arc[];
  /** Edge → arc. */
  readonly arcOf: number[];
  readonly situation: Situation[];
  /** Vertices of the outline of the village. */
  readonly corners = new Set<number>();
  /** Vertices on an edge that more than two grids claim: the draft overlaps there. */
  readonly tangled = new Set<number>();
  private readonly numbers = new Map<string, number>();
  private readonly between = new Map<number, number>();
  private readonly outline: Position[][];
  private hashed: SpatialHash | undefined;

  constructor(shapes: readonly Shape[], village: Area) {
    this.codes = shapes.map(({ code }) => code);
    this.parts = shapes.map(({ geometry }) =>
      polygonsOf(geometry).map((rings) =>
        rings.map((ring, index) => this.ringOf(ring, index === 0)),
      ),
    );
    this.parts.forEach((parts, grid) => {
      for (const ring of parts.flat()) this.addEdges(ring, grid);
    });
    [this.arcs, this.arcOf] = chains(this.edges, this.edgesAt);
    this.outline = polygonsOf(village).flat();
    for (const position of this.outline.flat()) {
      const corner = this.vertexAt(position as LonLat);
      if (corner !== undefined) this.corners.add(corner);
    }
    this.situation = this.lon.map((_, vertex) => this.situationOf(vertex));
  }

  position(vertex: number): LonLat {
    return [this.lon[vertex] as number, this.lat[vertex] as number];
  }

  /** The vertex at exactly this position. */
  vertexAt([lon, lat]: LonLat): number | undefined {
    return this.numbers.get(`${lon},${lat}`);
  }

  /** Where three or more borders meet. */
  isJunction(vertex: number): boolean {
    return (this.edgesAt[vertex]?.length ?? 0) > 2;
  }

  edge(number: number): Edge {
    return this.edges[number] as Edge;
  }

  edgeBetween(a: number, b: number): number | undefined {
    return this.between.get(pair(a, b));
  }

  otherEnd(edge: number, vertex: number): number {
    const { from, to } = this.edge(edge);
    return from === vertex ? to : from;
  }

  /** The edges by place. */
  get hash(): SpatialHash {
    this.hashed ??= new SpatialHash(this.boxes());
    return this.hashed;
  }

  ring(vertices: readonly number[]): LonLat[] {
    return vertices.map((vertex) => this.position(vertex));
  }

  /** Whether a place is on the outline of the village. */
  isOnOutline(here: LonLat): boolean {
    const beside = (a: Position, b: Position, axis: 0 | 1): boolean => {
      const [low, high] = a[axis]! < b[axis]! ? [a[axis]!, b[axis]!] : [b[axis]!, a[axis]!];
      return here[axis] < low - A_TOUCH || here[axis] > high + A_TOUCH;
    };
    return this.outline.some((ring) =>
      ring.some((a, index) => {
        const b = ring[index + 1];
        if (!b || beside(a, b, 0) || beside(a, b, 1)) return false;
        return nearest(here, a as LonLat, b as LonLat).distance_m <= ON_OUTLINE_M;
      }),
    );
  }

  private vertex([lon, lat]: Position): number {
    const key = `${lon},${lat}`;
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.lon.push(lon as number) - 1;
      this.lat.push(lat as number);
      this.edgesAt.push([]);
      this.numbers.set(key, number);
    }
    return number;
  }

  private ringOf(ring: Position[], exterior: boolean): number[] {
    const vertices = ring.slice(0, -1).map((position) => this.vertex(position));
    return doubleArea(this.ring(vertices)) > 0 === exterior ? vertices : vertices.reverse();
  }

  private addEdges(ring: number[], grid: number): void {
    ring.forEach((from, index) => {
      const to = ring[(index + 1) % ring.length] as number;
      const known = this.between.get(pair(from, to));
      if (known === undefined) this.addEdge({ from, to, left: grid, right: NOBODY });
      else this.meetEdge(this.edge(known), from, grid);
    });
  }

  private addEdge(edge: Edge): void {
    const number = this.edges.push(edge) - 1;
    this.between.set(pair(edge.from, edge.to), number);
    this.edgesAt[edge.from]?.push(number);
    this.edgesAt[edge.to]?.push(number);
  }

  private meetEdge(edge: Edge, from: number, grid: number): void {
    if (edge.to === from && edge.right === NOBODY) edge.right = grid;
    else this.tangled.add(edge.from).add(edge.to);
  }

  private situationOf(vertex: number): Situation {
    const rim = this.edgesAt[vertex]?.some((edge) => this.edge(edge).right === NOBODY);
    if (!rim) return "inner";
    const on = this.corners.has(vertex) || this.isOnOutline(this.position(vertex));
    return on ? "outline" : "gap";
  }

  private boxes(): Float64Array {
    const boxes = new Float64Array(this.edges.length * 4);
    this.edges.forEach(({ from, to }, edge) => {
      const [ax, ay] = this.position(from);
      const [bx, by] = this.position(to);
      boxes.set([Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)], edge * 4);
    });
    return boxes;
  }
}

function pair(a: number, b: number): number {
  return a < b ? a * PAIR + b : b * PAIR + a;
}

export function polygonsOf(area: Area): Position[][][] {
  return area.type === "Polygon" ? [area.coordinates] : area.coordinates;
}
