import type { Geometry } from "geojson";
import type { Box, LonLat } from "../core/geometry";
import type { Named } from "./api";
import type { Area } from "./arcs/mesh";
import type { KeptGrid, KeptNetwork } from "./networks";
import { boxOf, overlaps } from "./places";

/**
 * A department's grids that were merged; the weight is how much its borders counted, the plan keeps
 * them, if it does still.
 */
export interface Network {
  name: string;
  file: string;
  weight: number;
  plan: string | null;
}

/** A grid as it came out of the merging. */
export interface MergedGrid extends Named {
  village: string;
  geometry: Area;
}

/** What of an old grid went to a new one; null is land outside the territory. */
export interface Share {
  village: string;
  network: string;
  old_code: string;
  new_code: string | null;
  area_m2: number;
  households: number;
  residents: number;
  /** 0 to 1; those by people are null where the old grid has none. */
  area_share: number;
  household_share: number | null;
  resident_share: number | null;
}

export interface OldGrid {
  network: string;
  code: string;
}

/** Two old grids that split one another. */
export interface Conflict {
  village: string;
  grids: [OldGrid, OldGrid];
  area_m2: number;
  households: number;
  place: LonLat;
  geometry: Geometry;
}

export interface VillageReport {
  village: string;
  pieces: number;
  slivers: number;
  bent: number;
  grids: number;
  in_range: number;
}

export interface Origin {
  plan: string;
  networks: Network[];
  grids: MergedGrid[];
  crosswalk: Share[];
  conflicts: Conflict[];
  report: VillageReport[];
}

export interface Department extends Network {
  grids: number;
  conflicts: number;
}

/** Every department with how many grids it brought, and in how many conflicts they are. */
export function departmentsOf({ networks, crosswalk, conflicts }: Origin): Department[] {
  return networks.map((network) => {
    const own = crosswalk.filter((share) => share.network === network.name);
    return {
      ...network,
      grids: new Set(own.map((share) => share.old_code)).size,
      conflicts: conflicts.filter(({ grids }) => grids.some((one) => one.network === network.name))
        .length,
    };
  });
}

/** Where an old grid went, the largest share first. */
export interface Went extends OldGrid {
  to: Share[];
}

/** The old grids in the order of the networks, then by code; of one department where it is named. */
export function crosswalkOf(shares: readonly Share[], network = ""): Went[] {
  const found = new Map<string, Went>();
  for (const share of shares) {
    if (network && share.network !== network) continue;
    const key = JSON.stringify([share.network, share.old_code]);
    const went = found.get(key) ?? { network: share.network, code: share.old_code, to: [] };
    went.to.push(share);
    found.set(key, went);
  }
  const networks = [...new Set(shares.map((share) => share.network))];
  const place = ({ network: name }: Went): number => networks.indexOf(name);
  for (const { to } of found.values()) to.sort((a, b) => b.area_share - a.area_share);
  return [...found.values()].sort(
    (a, b) => place(a) - place(b) || a.code.localeCompare(b.code, undefined, { numeric: true }),
  );
}

/** A conflict with the number that the map and the table tell it by. */
export type Numbered = Conflict & { number: number };

/** What the merging made of one village. */
export interface VillageOrigin extends Named {
  grids: MergedGrid[];
  shares: Share[];
  conflicts: Numbered[];
  report: VillageReport | undefined;
  box: Box;
}

/** The villages that were merged; conflicts with most households first, then the largest. */
export function villagesOf(origin: Origin, villages: readonly Named[]): VillageOrigin[] {
  return villages.flatMap(({ code, name }) => {
    const here = <T extends { village: string }>(rows: readonly T[]): T[] =>
      rows.filter(({ village }) => village === code);
    const grids = here(origin.grids);
    if (!grids.length) return [];
    const conflicts = here(origin.conflicts)
      .sort((a, b) => b.households - a.households || b.area_m2 - a.area_m2)
      .map((one, index) => ({ ...one, number: index + 1 }));
    const box = boxOf(...grids.map(({ geometry }) => geometry));
    const [report] = here(origin.report);
    return [{ code, name, grids, shares: here(origin.crosswalk), conflicts, report, box }];
  });
}

/** A department's grids laid over the map of a village; `tone` tells it from the others. */
export interface Overlay {
  network: string;
  tone: number;
  grids: KeptGrid[];
}

const COLOURS = ["var(--network-0)", "var(--network-1)", "var(--network-2)", "var(--network-3)"];

/** The colour of a department: one of four is enough to tell it from its neighbour. */
export const colourOf = (tone: number): string => COLOURS[tone % COLOURS.length]!;

/** What of some networks reaches into a village; the tone is the place among all departments. */
export function overlaysOf(
  networks: readonly KeptNetwork[],
  departments: readonly Network[],
  { box }: VillageOrigin,
): Overlay[] {
  return networks.map(({ network, grids }) => ({
    network,
    tone: departments.findIndex(({ name }) => name === network),
    grids: grids.filter(({ geometry }) => overlaps(boxOf(geometry), box)),
  }));
}

/** Where to write a name so that no mark covers it: moved down, in units of the drawing. */
export function clearOf(
  [x, y]: readonly [number, number],
  marks: readonly { x: number; y: number }[],
): [number, number] {
  const covered = (at: number): boolean =>
    marks.some((mark) => Math.abs(mark.x - x) < 34 && Math.abs(mark.y - at + 5) < 17);
  for (let at = y; at < y + 90; at += 4) if (!covered(at)) return [x, at];
  return [x, y];
}
