import type { Edge } from "./mesh";

/** A border between two junctions, or a closed one around an island. */
export interface Arc {
  /** Along the arc, both ends included; a closed arc ends where it begins. */
  vertices: number[];
  edges: number[];
  /** The grids on both sides, along `vertices`; on the left there is always one. */
  left: number;
  right: number;
  closed: boolean;
}

/** The arcs that edges form, and which arc each edge is in. */
export function chains(edges: readonly Edge[], edgesAt: readonly number[][]): [Arc[], number[]] {
  const arcOf = new Array<number>(edges.length).fill(-1);
  const arcs: Arc[] = [];
  const grow = (edge: number, start: number): void => {
    const arc = follow(edges, edgesAt, edge, start);
    for (const one of arc.edges) arcOf[one] = arcs.length;
    arcs.push(arc);
  };
  edgesAt.forEach((here, vertex) => {
    if (here.length === 2) return;
    for (const edge of here) if (arcOf[edge] === -1) grow(edge, vertex);
  });
  edges.forEach(({ from }, edge) => {
    if (arcOf[edge] === -1) grow(edge, from);
  });
  return [arcs, arcOf];
}

function follow(
  edges: readonly Edge[],
  edgesAt: readonly number[][],
  first: number,
  start: number,
): Arc {
  const { from, left, right } = edges[first] as Edge;
  const vertices = [start];
  const along: number[] = [];
  let edge: number | undefined = first;
  while (edge !== undefined) {
    along.push(edge);
    const here: Edge = edges[edge] as Edge;
    const end: number = here.from === vertices[vertices.length - 1] ? here.to : here.from;
    vertices.push(end);
    const on: number[] = edgesAt[end] ?? [];
    edge = end === start || on.length !== 2 ? undefined : on.find((one) => one !== edge);
  }
  /* Edges have a grid on their left; so has every arc. */
  if (from !== start) {
    vertices.reverse();
    along.reverse();
  }
  return { vertices, edges: along, left, right, closed: vertices[0] === vertices.at(-1) };
}
