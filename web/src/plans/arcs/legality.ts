import type { LonLat } from "../../core/geometry";
import type { Mesh } from "./mesh";
import { NOBODY } from "./mesh";
import { crossing, doubleArea, fold, meet, standing } from "./plane";
import type { Reshape, Strand } from "./reshape";

/** Why a position is not allowed, in the words of the server's rules. */
export type Rule =
  | "self_crossing"
  | "overlap"
  | "off_village"
  | "outline_moved"
  | "gap"
  | "empty_grid"
  | "not_connected"
  | "building_cut";

export interface Fault {
  rule: Rule;
  at: LonLat;
}

/**
 * The first fault of a changed border, or null.
 *
 * No strand may meet another border. Together with rings that keep their turn and holes that stay
 * inside, this keeps the whole division sound: the borders inside cancel out, so the grids' winding
 * numbers still add up to that of the village, 1, and since none can be negative, every place is in
 * exactly one grid.
 */
export function faultOf(reshape: Reshape): Fault | null {
  return crossed(reshape) ?? entangled(reshape) ?? turned(reshape) ?? strayed(reshape);
}

/** A strand against the borders that stay. */
function crossed(reshape: Reshape): Fault | null {
  const { mesh, gone, lon, lat } = reshape;
  let fault: Fault | null = null;
  for (const strand of reshape.added) {
    const ax = lon[strand.from]!;
    const ay = lat[strand.from]!;
    const bx = lon[strand.to]!;
    const by = lat[strand.to]!;
    const visit = (edge: number): void => {
      if (fault || gone.has(edge)) return;
      const other = mesh.edges[edge]!;
      if (collide(reshape, strand, other))
        fault = { rule: ruleOf(strand, other, mesh), at: placeOf(reshape, strand, other) };
    };
    mesh.hash.near(Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by), visit);
    if (fault) return fault;
  }
  return null;
}

/** Strands against one another; those that were shifted as a whole keep their distances. */
function entangled(reshape: Reshape): Fault | null {
  const { added, rigid } = reshape;
  for (let one = 0; one < added.length; one++) {
    for (let other = one + 1; other < added.length; other++) {
      if (rigid[one] && rigid[other]) continue;
      if (!collide(reshape, added[one]!, added[other]!)) continue;
      const at = placeOf(reshape, added[one]!, added[other]!);
      return { rule: ruleOf(added[one]!, added[other]!, reshape.mesh), at };
    }
  }
  return null;
}

function collide({ lon, lat }: Reshape, one: Strand, other: Strand): boolean {
  const { from, to } = one;
  const shared =
    from === other.from || from === other.to
      ? from
      : to === other.from || to === other.to
        ? to
        : -1;
  if (shared < 0) {
    return meet(
      lon[from]!,
      lat[from]!,
      lon[to]!,
      lat[to]!,
      lon[other.from]!,
      lat[other.from]!,
      lon[other.to]!,
      lat[other.to]!,
    );
  }
  const mine = from === shared ? to : from;
  const its = other.from === shared ? other.to : other.from;
  return fold(lon[shared]!, lat[shared]!, lon[mine]!, lat[mine]!, lon[its]!, lat[its]!);
}

function ruleOf(strand: Strand, other: Strand, mesh: Mesh): Rule {
  if (other.right === NOBODY && strand.right !== NOBODY)
    return mesh.situation[other.from] === "gap" ? "gap" : "off_village";
  const common = [other.left, other.right].some(
    (grid) => grid !== NOBODY && (grid === strand.left || grid === strand.right),
  );
  return common ? "self_crossing" : "overlap";
}

function placeOf(reshape: Reshape, one: Strand, other: Strand): LonLat {
  const ends = [one.from, one.to, other.from, other.to].map((vertex) => reshape.position(vertex));
  return crossing(...(ends as [LonLat, LonLat, LonLat, LonLat]));
}

/** A ring that is turned inside out, or of which nothing is left. */
function turned(reshape: Reshape): Fault | null {
  for (const parts of reshape.parts.values()) {
    for (const rings of parts) {
      for (const [index, vertices] of rings.entries()) {
        const ring = reshape.ring(vertices);
        const area = vertices.length < 3 ? 0 : doubleArea(ring);
        if (area > 0 !== (index === 0) || area === 0)
          return { rule: "empty_grid", at: ring[0] ?? [0, 0] };
      }
    }
  }
  return null;
}

/** A hole that is no longer inside its grid: a border was drawn over an island. */
function strayed(reshape: Reshape): Fault | null {
  for (const parts of reshape.parts.values()) {
    for (const [exterior, ...holes] of parts) {
      if (!exterior || holes.length === 0) continue;
      const around = reshape.ring(exterior);
      for (const hole of holes) {
        /* A hole may touch the ring around it, in one vertex. */
        const where = hole.map((vertex) => standing(...reshape.position(vertex), around));
        const out = where.findIndex((side) => side < 0);
        if (out >= 0) return { rule: "overlap", at: reshape.position(hole[out]!) };
      }
    }
  }
  return null;
}
