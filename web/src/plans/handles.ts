import type { LonLat } from "../core/geometry";
import { freedom, type Grip } from "./arcs/grips";
import { NOBODY, type Mesh } from "./arcs/mesh";
import { distance_m, metresPerDegree, nearest } from "./arcs/plane";

/** A dot on a border that can be taken hold of. */
export interface Handle {
  kind: "vertex" | "junction" | "middle" | "fixed";
  grip: Grip;
  at: LonLat;
}

/* Dots closer than this cover one another; a border shorter than that needs no dot for a new one. */
const APART_PX = 15;
const ROOM_PX = 44;

/** The arcs that may be edited when these grids are selected: all of one, or those between two. */
export function activeArcs(mesh: Mesh, codes: readonly string[]): number[] {
  const grids = codes.map((code) => mesh.codes.indexOf(code));
  return mesh.arcs.flatMap(({ left, right }, arc) => {
    if (right === NOBODY) return [];
    const sides = [left, right];
    const chosen =
      grids.length === 1
        ? sides.includes(grids[0]!)
        : sides.every((side) => grids.includes(side)) && grids.length === 2;
    return chosen ? [arc] : [];
  });
}

/** Handles of some arcs, as many as are legible at a scale; junctions before all others. */
export function handlesOf(mesh: Mesh, arcs: readonly number[], metresPerPixel: number): Handle[] {
  const shown: Handle[] = [];
  const apart_m = APART_PX * metresPerPixel;
  const clear = (at: LonLat): boolean =>
    shown.every((handle) => distance_m(handle.at, at) >= apart_m);
  const offer = (vertex: number): void => {
    const at = mesh.position(vertex);
    const known = shown.some(({ grip }) => grip.kind === "vertex" && grip.vertex === vertex);
    const junction = mesh.isJunction(vertex);
    if (known || (!junction && !clear(at))) return;
    const kind =
      freedom(mesh, vertex).kind === "fixed" ? "fixed" : junction ? "junction" : "vertex";
    shown.push({ kind, grip: { kind: "vertex", vertex }, at });
  };
  const paths = arcs.map((arc) => mesh.arcs[arc]!);
  for (const { vertices, closed } of paths)
    if (!closed) for (const end of [vertices[0]!, vertices[vertices.length - 1]!]) offer(end);
  for (const { vertices } of paths) vertices.forEach(offer);
  for (const { edges } of paths) {
    for (const edge of edges) {
      const { from, to } = mesh.edge(edge);
      const [a, b] = [mesh.position(from), mesh.position(to)];
      if (distance_m(a, b) < ROOM_PX * metresPerPixel) continue;
      const at: LonLat = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
      if (clear(at)) shown.push({ kind: "middle", grip: { kind: "edge", edge }, at });
    }
  }
  return shown;
}

/** The handle nearest to a place within reach. */
export function handleAt(
  handles: readonly Handle[],
  at: LonLat,
  reach_m: number,
): Handle | undefined {
  let best: Handle | undefined;
  let least = reach_m;
  for (const handle of handles) {
    const far_m = distance_m(handle.at, at);
    if (far_m > least) continue;
    least = far_m;
    best = handle;
  }
  return best;
}

/** The shared border nearest to a place within reach, among `arcs` if they are given. */
export function arcAt(
  mesh: Mesh,
  at: LonLat,
  reach_m: number,
  arcs?: readonly number[],
): number | undefined {
  const [east, north] = metresPerDegree(at[1]);
  const [dx, dy] = [reach_m / east, reach_m / north];
  let best: number | undefined;
  let least = reach_m;
  mesh.hash.near(at[0] - dx, at[1] - dy, at[0] + dx, at[1] + dy, (edge) => {
    const { from, to, right } = mesh.edge(edge);
    const arc = mesh.arcOf[edge]!;
    if (right === NOBODY || (arcs && !arcs.includes(arc))) return;
    const { distance_m: far_m } = nearest(at, mesh.position(from), mesh.position(to));
    if (far_m > least) return;
    least = far_m;
    best = arc;
  });
  return best;
}
