import type { Fate, Grid, GridKind, SizeLimits } from "../api";
import { loadOf, type Load } from "../load";
import type { Present, Proposal, Together } from "./api";

/** The load of a grid, and how it lies against the range. */
export interface Weighed {
  weight: number;
  load: Load;
}

/** A grid of a village in one line, as it is and as it is proposed. */
export interface Row {
  code: string;
  name: string;
  kind: GridKind;
  fate: Fate;
  before: Weighed | null;
  after: Weighed | null;
  limits: [number, number];
}

type Counted = Pick<Present, "weight" | "area_kind" | "kind">;

/** How a grid lies against the range that was asked for, by whatever it was weighed. */
export const loadIn = ({ weight, area_kind, kind }: Counted, limits: SizeLimits): Load =>
  loadOf({ households: weight, area_kind, kind }, limits);

const weighed = (grid: Counted, limits: SizeLimits): Weighed => ({
  weight: grid.weight,
  load: loadIn(grid, limits),
});

/** The grids of today, proposed to stay. */
export const rowsOfToday = (grids: readonly Grid[], limits: SizeLimits): Row[] =>
  grids.map(({ code, name, kind, area_kind, households }) => {
    const now = weighed({ weight: households, area_kind, kind }, limits);
    return { code, name, kind, fate: "same", before: now, after: now, limits: limits[area_kind] };
  });

/** Every grid there is or will be, by code. */
export function rowsOf(
  present: readonly Present[],
  { grids }: Proposal,
  limits: SizeLimits,
): Row[] {
  const before = new Map(present.map((grid) => [grid.code, grid]));
  const after = new Map(grids.map((grid) => [grid.code, grid]));
  return [...new Set([...before.keys(), ...after.keys()])].sort().map((code) => {
    const [was, will] = [before.get(code), after.get(code)];
    const { name, kind, area_kind } = (will ?? was)!;
    return {
      code,
      name,
      kind,
      fate: will?.fate ?? "ended",
      before: was ? weighed(was, limits) : null,
      after: will ? weighed(will, limits) : null,
      limits: limits[area_kind],
    };
  });
}

/** Load to the length of a bar, all grids of a village alike. */
export function scaleOf(rows: readonly Row[], width: number): (weight: number) => number {
  const loads = rows.flatMap(({ before, after, limits }) => [
    before?.weight ?? 0,
    after?.weight ?? 0,
    limits[1],
  ]);
  const most = Math.max(1, ...loads) * 1.04;
  return (weight) => (weight / most) * width;
}

/** Whether a proposal leaves everything as it is. */
export const changesNothing = ({ grids, ended }: Proposal): boolean =>
  ended.length === 0 && grids.every(({ fate }) => fate === "same");

/** An earlier proposal of the same job that is the very same division. */
export function twinOf(proposal: Proposal, all: readonly Proposal[]): Proposal | undefined {
  const drawn = ({ grids }: Proposal): string =>
    JSON.stringify(grids.map(({ code, geometry }) => [code, geometry.coordinates]));
  const own = drawn(proposal);
  return all.slice(0, all.indexOf(proposal)).find((one) => drawn(one) === own);
}

/** Grids of the draft that are no longer what the proposals were computed from, by code. */
export function outdated(present: readonly Present[], now: readonly Grid[]): string[] {
  const then = new Map(present.map(({ code, version }) => [code, version]));
  const changed = now.filter(({ code, version }) => then.get(code) !== version);
  const codes = new Set(now.map(({ code }) => code));
  return [...changed, ...present.filter(({ code }) => !codes.has(code))]
    .map(({ code }) => code)
    .sort();
}

/** The chosen grids and those that can only be taken over with them. */
export function widened(chosen: readonly string[], together: Together): string[] {
  const joined = together.filter((group) => group.some((code) => chosen.includes(code)));
  return [...new Set([...chosen, ...joined.flat()])].sort();
}
