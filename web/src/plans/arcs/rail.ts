import type { LonLat } from "../../core/geometry";
import { NOBODY, type Edge, type Mesh } from "./mesh";
import { distance_m, nearest } from "./plane";

/* The end of a border goes along the outline of the village, past its corners, and never past the
   end of another border. */

/** The outline from one junction to the next, with the end of a border in between. */
export interface Rail {
  end: number;
  /** Along the outline, with the land of the village on the left. */
  vertices: number[];
  /** The place of the end among them. */
  home: number;
}

/** An end on its way along the outline. */
export interface Slide {
  end: number;
  /** Whether it goes with the land on its left. */
  forward: boolean;
  /** The vertices it has gone past, in their order. */
  past: number[];
  /** The vertex on which it is exactly. */
  onto: number | null;
  /** Whether the vertex that it leaves is one of the outline. */
  stays: boolean;
  /** The grid behind it, which gets what it has gone past. */
  behind: number;
}

/** The vertices that the grid ahead of an end has lost to the one behind. */
export const passedBy = ({ past, onto }: Slide): number[] =>
  onto === null ? past : [...past, onto];

const STRAIGHT_M = 1e-4;
/* An end keeps off the next junction, and is on a corner that is nearer than that. */
const CLEAR_M = 0.5;

/** Whether the end of a border lies on the outline so that it may slide there. */
export function slides(mesh: Mesh, vertex: number): boolean {
  const [before, after] = rimAt(mesh, vertex);
  if (!before || !after || before.left === after.left) return false;
  const once = [before.left, after.left].every((grid) => sidesAt(mesh, vertex, grid) === 2);
  const line: [LonLat, LonLat] = [mesh.position(before.from), mesh.position(after.to)];
  return once && (mesh.corners.has(vertex) || isStraight(mesh.position(vertex), line));
}

/** Whether a place is on the straight line between two others. */
export function isStraight(at: LonLat, [a, b]: [LonLat, LonLat]): boolean {
  return nearest(at, a, b).distance_m <= STRAIGHT_M;
}

/** What the end of a border may slide on; null where that is nothing. */
export function railOf(mesh: Mesh, end: number): Rail | null {
  if (!slides(mesh, end)) return null;
  const behind = walk(mesh, end, false);
  const ahead = walk(mesh, end, true);
  if (behind.length + ahead.length === 0) return null;
  return { end, vertices: [...behind.reverse(), end, ...ahead], home: behind.length };
}

/** The place on a rail that is nearest to `to`, and how the end gets there. */
export function along(mesh: Mesh, rail: Rail, to: LonLat): { at: LonLat; slide: Slide } {
  const { vertices } = rail;
  let [best, least, share] = [0, Infinity, 0];
  for (let n = 0; n + 1 < vertices.length; n++) {
    const ends = [mesh.position(vertices[n]!), mesh.position(vertices[n + 1]!)] as const;
    const found = nearest(to, ...ends);
    if (found.distance_m >= least) continue;
    [best, least, share] = [n, found.distance_m, found.share];
  }
  const a = mesh.position(vertices[best]!);
  const b = mesh.position(vertices[best + 1]!);
  const clear = Math.min(CLEAR_M / distance_m(a, b), 0.25);
  if (share < clear && best > 0) return { at: a, slide: slideTo(mesh, rail, best, best) };
  if (share > 1 - clear && best + 2 < vertices.length)
    return { at: b, slide: slideTo(mesh, rail, best + 1, best + 1) };
  const kept = Math.min(1 - clear, Math.max(clear, share));
  const at: LonLat = [a[0] + (b[0] - a[0]) * kept, a[1] + (b[1] - a[1]) * kept];
  return { at, slide: slideTo(mesh, rail, best, best + 1) };
}

/** Whether two slides go past the same vertices, so that only the place of their ends differs. */
export function alike(one: Slide, other: Slide | undefined): boolean {
  return (
    one.forward === other?.forward &&
    one.past.length === other.past.length &&
    one.onto === other.onto &&
    one.stays === other.stays
  );
}

/** To a place between two neighbours of a rail, or onto one that is both. */
function slideTo(mesh: Mesh, { end, vertices, home }: Rail, low: number, high: number): Slide {
  const forward = low >= home;
  const past = forward
    ? vertices.slice(home + 1, low === high ? low : low + 1)
    : vertices.slice(low === high ? high + 1 : high, home).reverse();
  const onto = low === high && low !== home ? vertices[low]! : null;
  const [before, after] = rimAt(mesh, end) as [Edge, Edge];
  const behind = forward ? before.left : after.left;
  const stays = mesh.corners.has(end) && !(low === high && low === home);
  return { end, forward, past, onto, stays, behind };
}

/** From a vertex along the outline to the next junction, as far as it is the outline at all. */
function walk(mesh: Mesh, start: number, forward: boolean): number[] {
  const found: number[] = [];
  let here = start;
  do {
    const edge = rimAt(mesh, here)[forward ? 1 : 0];
    if (!edge) break;
    const next = forward ? edge.to : edge.from;
    const [[ax, ay], [bx, by]] = [mesh.position(here), mesh.position(next)];
    if (mesh.tangled.has(next) || !mesh.isOnOutline([(ax + bx) / 2, (ay + by) / 2])) break;
    found.push(next);
    here = next;
  } while (!mesh.isJunction(here) && mesh.situation[here] === "outline");
  return found;
}

/** The edges of the outline that come to a vertex and go on from it. */
function rimAt(mesh: Mesh, vertex: number): [Edge | undefined, Edge | undefined] {
  const rim = (mesh.edgesAt[vertex] ?? [])
    .map((edge) => mesh.edge(edge))
    .filter(({ right }) => right === NOBODY);
  if (rim.length !== 2) return [undefined, undefined];
  return [rim.find(({ to }) => to === vertex), rim.find(({ from }) => from === vertex)];
}

function sidesAt(mesh: Mesh, vertex: number, grid: number): number {
  const edges = (mesh.edgesAt[vertex] ?? []).map((edge) => mesh.edge(edge));
  return edges.filter(({ left, right }) => left === grid || right === grid).length;
}
