import { deedKey, getJson, sendJson, type ApiError } from "../../core/http";
import type { Fate, GridKind, Moved, Named, Outcome, SizeLimits } from "../api";
import type { Area } from "../arcs/mesh";

/** What a proposal minds most: that few move, a little of each, borders on streets, equal loads. */
export const MODES = ["stable", "mixed", "shape", "even"] as const;
export type Mode = (typeof MODES)[number];
export const MOST_MODES = 3;

/** The least and the most load of a grid. */
export type Size = [number, number];

/** What is asked for; `villages` null is all of the draft, `size` null the profile's limits. */
export interface Ask {
  villages: string[] | null;
  modes: Mode[];
  size: Size | null;
  locked: string[];
}

export type JobState = "waiting" | "running" | "done" | "failed" | "cancelled" | "ended";

/** Proposals asked for; `done` of `total` counts villages in each mode. */
export interface Job {
  id: number;
  state: JobState;
  done: number;
  total: number;
  asked: Ask & { villages: string[] };
  by: string;
  at: string;
  reason: { zh: string; en: string } | null;
}

/** A grid as it was when the proposals were computed; `deviation` and `in_range` null if special. */
export interface Present extends Named {
  village: string;
  kind: GridKind;
  area_kind: keyof SizeLimits;
  version: number;
  locked: boolean;
  households: number;
  residents: number;
  buildings: number;
  weight: number;
  /** Share of the village's own target, signed. */
  deviation: number | null;
  in_range: boolean | null;
  geometry: Area;
}

export type Proposed = Omit<Present, "version"> & { fate: Exclude<Fate, "ended"> };

/** What a division measures; shares from 0 to 1, null where a figure has no meaning. */
export interface Figures {
  grids: number;
  in_range: number;
  /** How many grids lie in villages where arithmetic allows the range. */
  possible: number;
  max_deviation: number | null;
  mean_deviation: number | null;
  connected: number;
  border_m: number;
  border_cost_m: number;
  road_share: number | null;
  polsby_popper: number | null;
  moved_buildings: number;
  moved_households: number;
  /** Buildings that move in any division in range; null where it is not known. */
  moved_at_least: number | null;
  moved_households_share: number | null;
}

export interface VillageFigures extends Named {
  before: Figures;
  after: Figures;
}

export interface Obstacle {
  village: string;
  zh: string;
  en: string;
}

export interface Proposal {
  mode: Mode;
  before: Figures;
  after: Figures;
  villages: VillageFigures[];
  grids: Proposed[];
  ended: { code: string; village: string }[];
  moves: (Moved & { village: string })[];
  exceptions: Obstacle[];
  repairs: { village: string; zh: string; en: string }[];
}

/** A job with what came out of it; both lists are empty until it is done. */
export interface Proposals extends Job {
  present: Present[];
  proposals: Proposal[];
}

/** What of a proposal is taken over; null is all. */
export interface Choice {
  mode: Mode;
  villages: string[] | null;
  grids: string[] | null;
}

export type VillageOutcome = Outcome & { village: string };

/** Codes of grids that can only be taken over together. */
export type Together = string[][];

const pathOf = (plan: string, id: number | "" = ""): string =>
  [`/api/plans/${encodeURIComponent(plan)}/proposals`, id].filter((part) => part !== "").join("/");

export const fetchJobs = (plan: string, signal?: AbortSignal): Promise<Job[]> =>
  getJson<Job[]>(pathOf(plan), {}, signal);

/** A job, with what came out of it for one village; sums are of all villages. */
export const fetchProposals = (
  plan: string,
  id: number,
  village: string,
  signal?: AbortSignal,
): Promise<Proposals> => getJson<Proposals>(pathOf(plan, id), { village }, signal);

export const askFor = (plan: string, ask: Ask): Promise<Job> =>
  sendJson<Job>("POST", pathOf(plan), ask);

/** Call off what is under way, or take away what is over. */
export const callOff = (plan: string, id: number): Promise<void> =>
  sendJson("DELETE", pathOf(plan, id));

/** A part of a proposal to be taken over, to be sent again as it is when no answer came. */
export interface Taking {
  path: string;
  choice: Choice;
  key: string;
}

export const takingOf = (plan: string, id: number, choice: Choice): Taking => ({
  path: `${pathOf(plan, id)}/accept`,
  choice,
  key: deedKey(),
});

export const takeOver = ({ path, choice, key }: Taking): Promise<VillageOutcome[]> =>
  sendJson<{ outcomes: VillageOutcome[] }>("POST", path, choice, { "Idempotency-Key": key }).then(
    ({ outcomes }) => outcomes,
  );

/** The groups of grids that belong together, of a part that was refused; else none. */
export function togetherOf({ more }: ApiError): Together {
  return more.rule === "untiled" ? ((more.together as Together | undefined) ?? []) : [];
}
