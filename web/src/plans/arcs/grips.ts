import type { LonLat } from "../../core/geometry";
import type { Edge, Mesh } from "./mesh";
import { NOBODY } from "./mesh";
import { distance_m, nearest } from "./plane";
import { alike, along, isStraight, railOf, slides, type Rail, type Slide } from "./rail";
import { Reshape } from "./reshape";
import type { Fault } from "./legality";

/** What a person takes hold of. */
export type Grip =
  | { kind: "vertex"; vertex: number }
  | { kind: "edge"; edge: number }
  | { kind: "arc"; arc: number };

/** What holds a vertex back: nothing, the outline that it may slide on, or a reason to stay. */
export type Freedom = { kind: "free" } | { kind: "slide" } | { kind: "fixed"; rule: Fault["rule"] };

/* What slides on a straight border keeps off the vertices beside it. */
const CLEAR_M = 0.5;

/** How freely a vertex may be moved. */
export function freedom(mesh: Mesh, vertex: number): Freedom {
  if (mesh.tangled.has(vertex)) return { kind: "fixed", rule: "overlap" };
  const situation = mesh.situation[vertex];
  if (situation === "gap") return { kind: "fixed", rule: "gap" };
  if (situation === "inner") return { kind: "free" };
  return slides(mesh, vertex) ? { kind: "slide" } : { kind: "fixed", rule: "outline_moved" };
}

/** The nearest allowed place on a straight line for what should go to `to`. */
function onLine(to: LonLat, [a, b]: [LonLat, LonLat]): LonLat {
  const clear = Math.min(CLEAR_M / distance_m(a, b), 0.25);
  const kept = Math.min(1 - clear, Math.max(clear, nearest(to, a, b).share));
  return [a[0] + (b[0] - a[0]) * kept, a[1] + (b[1] - a[1]) * kept];
}

/**
 * A border in somebody's hand: `to` moves it to where the pointer is, and puts another reshape in
 * place where the border comes to another grid's vertices. `stuck` says why nothing may move.
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
  const may = freedom(mesh, vertex);
  const at = mesh.position(vertex);
  const rail = may.kind === "slide" && railOf(mesh, vertex);
  if (rail) return carry(mesh, { carried: [], lines: [], rails: [rail] }, at);
  const reshape = new Reshape(mesh, { moved: new Set([vertex]) });
  const rule = may.kind === "fixed" ? may.rule : "outline_moved";
  if (may.kind !== "free") return { reshape, stuck: { rule, at }, to: () => undefined };
  return { reshape, stuck: null, to: (to) => reshape.move(vertex, to) };
}

/** A new vertex on an edge that two grids share. */
function takeEdge(mesh: Mesh, edge: number): Hold {
  const reshape = new Reshape(mesh, { inserted: edge });
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
 * border that runs straight through, slides along it; any other comes along.
 */
function takeArc(mesh: Mesh, number: number, start: LonLat): Hold {
  const arc = mesh.arcs[number]!;
  const ends = arc.closed ? [] : [arc.vertices[0]!, arc.vertices[arc.vertices.length - 1]!];
  const moving: Moving = {
    carried: arc.vertices.filter((vertex) => !ends.includes(vertex)),
    lines: [],
    rails: [],
  };
  for (const end of ends) hitch(mesh, end, number, moving);
  const hold = carry(mesh, moving, start);
  const at = mesh.position(arc.vertices[0]!);
  const rule = mesh.tangled.has(arc.vertices[0]!) ? "overlap" : "outline_moved";
  if (arc.right === NOBODY || hold.reshape.moved.size === 0) hold.stuck = { rule, at };
  return hold;
}

/** What moves with a pointer: vertices that are carried along, others that slide on something. */
interface Moving {
  carried: number[];
  lines: [number, [LonLat, LonLat]][];
  rails: Rail[];
}

/** How the end of an arc comes along, if it does. */
function hitch(mesh: Mesh, end: number, arc: number, moving: Moving): void {
  const may = freedom(mesh, end);
  if (may.kind === "fixed") return;
  if (may.kind === "slide") {
    const rail = railOf(mesh, end);
    if (rail) moving.rails.push(rail);
    return;
  }
  const others = (mesh.edgesAt[end] ?? []).filter((edge) => mesh.arcOf[edge] !== arc);
  const line = straight(
    mesh,
    end,
    others.map((edge) => mesh.edge(edge)),
  );
  if (line) moving.lines.push([end, line]);
  else moving.carried.push(end);
}

/** The line through a vertex that two edges form, where it is straight. */
function straight(mesh: Mesh, vertex: number, edges: Edge[]): [LonLat, LonLat] | null {
  const [a, b] = edges.map(({ from, to }) => mesh.position(from === vertex ? to : from));
  if (!a || !b || edges.length !== 2) return null;
  return isStraight(mesh.position(vertex), [a, b]) ? [a, b] : null;
}

/** Vertices on their way: by what the pointer went since `start`, or as what they slide on allows. */
function carry(mesh: Mesh, { carried, lines, rails }: Moving, start: LonLat): Hold {
  const moved = new Set([...carried, ...lines.map(([end]) => end)]);
  const reshaped = (slides: readonly Slide[]): Reshape => {
    const reshape = new Reshape(mesh, { moved, slides });
    reshape.shifted(new Set(carried));
    return reshape;
  };
  const to = ([lon, lat]: LonLat): void => {
    const by = (vertex: number): LonLat => {
      const [x, y] = mesh.position(vertex);
      return [x + (lon - start[0]), y + (lat - start[1])];
    };
    const spots = rails.map((rail) => along(mesh, rail, by(rail.end)));
    const slides = spots.map(({ slide }) => slide);
    if (!slides.every((slide, n) => alike(slide, hold.reshape.slides[n])))
      hold.reshape = reshaped(slides);
    const { reshape } = hold;
    for (const vertex of carried) reshape.move(vertex, by(vertex));
    for (const [end, line] of lines) reshape.move(end, onLine(by(end), line));
    for (const { at, slide } of spots) reshape.move(slide.end, at);
  };
  const atHome = rails.map((rail) => along(mesh, rail, mesh.position(rail.end)).slide);
  const hold: Hold = { reshape: reshaped(atHome), stuck: null, to };
  return hold;
}

/** A border without one of its vertices; `stuck` says why the vertex is needed. */
export function without(mesh: Mesh, vertex: number): Hold {
  const may = freedom(mesh, vertex);
  const at = mesh.position(vertex);
  const reshape = new Reshape(mesh, { dropped: vertex });
  const rule =
    may.kind === "fixed" ? may.rule : mesh.isJunction(vertex) ? ("not_connected" as const) : null;
  return { reshape, stuck: rule && { rule, at }, to: () => undefined };
}
