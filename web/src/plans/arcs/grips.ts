import type { LonLat } from "../../core/geometry";
import type { Edge, Mesh } from "./mesh";
import { NOBODY } from "./mesh";
import { distance_m, nearest } from "./plane";
import { Reshape } from "./reshape";
import type { Fault } from "./legality";

/** What a person takes hold of. */
export type Grip =
  | { kind: "vertex"; vertex: number }
  | { kind: "edge"; edge: number }
  | { kind: "arc"; arc: number };

/** What holds a vertex back: nothing, a line it may slide on, or a reason why it stays. */
export type Freedom =
  | { kind: "free" }
  | { kind: "slide"; along: [LonLat, LonLat] }
  | { kind: "fixed"; rule: Fault["rule"] };

const STRAIGHT_M = 1e-4;
/* A sliding end keeps off the vertices beside it. */
const CLEAR_M = 0.5;

/** How freely a vertex may be moved. */
export function freedom(mesh: Mesh, vertex: number): Freedom {
  if (mesh.tangled.has(vertex)) return { kind: "fixed", rule: "overlap" };
  const situation = mesh.situation[vertex];
  if (situation === "gap") return { kind: "fixed", rule: "gap" };
  if (situation === "inner") return { kind: "free" };
  const rim = edgesOf(mesh, vertex).filter(({ right }) => right === NOBODY);
  const along = straight(mesh, vertex, rim);
  return along && mesh.isJunction(vertex)
    ? { kind: "slide", along }
    : { kind: "fixed", rule: "outline_moved" };
}

function edgesOf(mesh: Mesh, vertex: number): Edge[] {
  return (mesh.edgesAt[vertex] ?? []).map((edge) => mesh.edge(edge));
}

/** The line through a vertex that two edges form, where it is straight. */
function straight(mesh: Mesh, vertex: number, edges: Edge[]): [LonLat, LonLat] | null {
  const [a, b] = edges.map(({ from, to }) => mesh.position(from === vertex ? to : from));
  if (!a || !b || edges.length !== 2) return null;
  return nearest(mesh.position(vertex), a, b).distance_m <= STRAIGHT_M ? [a, b] : null;
}

/** The nearest allowed place on a line for what should go to `to`. */
export function slide(to: LonLat, [a, b]: [LonLat, LonLat]): LonLat {
  const length_m = distance_m(a, b);
  const clear = Math.min(CLEAR_M / length_m, 0.25);
  const { share } = nearest(to, a, b);
  const kept = Math.min(1 - clear, Math.max(clear, share));
  return [a[0] + (b[0] - a[0]) * kept, a[1] + (b[1] - a[1]) * kept];
}

/**
 * A border in somebody's hand: `to` moves it to where the pointer is. `stuck` says why nothing of
 * it may move.
 */
export interface Hold {
  reshape: Reshape;
  stuck: Fault | null;
  to: (at: LonLat) => void;
}

/** Take hold of a border, with the pointer at `start`. */
export function take(mesh: Mesh, grip: Grip, start: LonLat): Hold {
  if (grip.kind === "vertex") return takeVertex(mesh, grip.vertex);
  return grip.kind === "edge" ? takeEdge(mesh, grip.edge) : takeArc(mesh, grip.arc, start);
}

function takeVertex(mesh: Mesh, vertex: number): Hold {
  const reshape = new Reshape(mesh, new Set([vertex]));
  const may = freedom(mesh, vertex);
  const at = mesh.position(vertex);
  if (may.kind === "fixed") return { reshape, stuck: { rule: may.rule, at }, to: () => undefined };
  const place = (to: LonLat): LonLat => (may.kind === "slide" ? slide(to, may.along) : to);
  return { reshape, stuck: null, to: (to) => reshape.move(vertex, place(to)) };
}

/** A new vertex on an edge that two grids share. */
function takeEdge(mesh: Mesh, edge: number): Hold {
  const reshape = new Reshape(mesh, new Set(), { edge });
  const { from, to, right } = mesh.edge(edge);
  const [ax, ay] = mesh.position(from);
  const [bx, by] = mesh.position(to);
  const middle: LonLat = [(ax + bx) / 2, (ay + by) / 2];
  reshape.move(reshape.fresh, middle);
  const rule =
    mesh.situation[from] === "gap" || mesh.situation[to] === "gap" ? "gap" : "outline_moved";
  const stuck = right === NOBODY ? ({ rule, at: middle } as const) : null;
  return { reshape, stuck, to: (at) => reshape.move(reshape.fresh, at) };
}

/**
 * A whole border: its vertices are shifted by what the pointer went; an end on the outline, or on a
 * border that runs straight through, slides along it, and one at a corner of either stays.
 */
function takeArc(mesh: Mesh, number: number, start: LonLat): Hold {
  const arc = mesh.arcs[number]!;
  const ends = arc.closed ? [] : [arc.vertices[0]!, arc.vertices[arc.vertices.length - 1]!];
  const inside = arc.vertices.filter((vertex) => !ends.includes(vertex));
  const slides = ends.flatMap((end): [number, [LonLat, LonLat]][] => {
    const along = rail(mesh, end, number);
    return along === "free" || along === null ? [] : [[end, along]];
  });
  const carried = [...inside, ...ends.filter((end) => rail(mesh, end, number) === "free")];
  const moved = new Set([...carried, ...slides.map(([end]) => end)]);
  const reshape = new Reshape(mesh, moved);
  reshape.shifted(new Set(carried));
  const at = mesh.position(arc.vertices[0]!);
  const rule = mesh.tangled.has(arc.vertices[0]!) ? "overlap" : "outline_moved";
  const stuck = arc.right === NOBODY || moved.size === 0 ? ({ rule, at } as const) : null;
  const to = ([lon, lat]: LonLat): void => {
    const by = ([x, y]: LonLat): LonLat => [x + (lon - start[0]), y + (lat - start[1])];
    for (const vertex of carried) reshape.move(vertex, by(mesh.position(vertex)));
    for (const [end, along] of slides) reshape.move(end, slide(by(mesh.position(end)), along));
  };
  return { reshape, stuck, to };
}

/** What the end of an arc slides on; "free" where it may go anywhere, null where it stays. */
function rail(mesh: Mesh, end: number, arc: number): [LonLat, LonLat] | "free" | null {
  const may = freedom(mesh, end);
  if (may.kind !== "free") return may.kind === "slide" ? may.along : null;
  const others = (mesh.edgesAt[end] ?? []).filter((edge) => mesh.arcOf[edge] !== arc);
  const edges = others.map((edge) => mesh.edge(edge));
  return straight(mesh, end, edges) ?? "free";
}

/** A border without one of its vertices; `stuck` says why the vertex is needed. */
export function without(mesh: Mesh, vertex: number): Hold {
  const may = freedom(mesh, vertex);
  const at = mesh.position(vertex);
  const reshape = new Reshape(mesh, new Set(), null, vertex);
  const rule =
    may.kind === "fixed" ? may.rule : mesh.isJunction(vertex) ? ("not_connected" as const) : null;
  return { reshape, stuck: rule && { rule, at }, to: () => undefined };
}
