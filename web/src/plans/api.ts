import type { Geometry, LineString, MultiLineString, Polygon } from "geojson";
import type { LonLat } from "../core/geometry";
import { deedKey, getJson, sendJson, type ApiError } from "../core/http";
import type { BuildingTable, PlaceTable } from "./arcs/buildings";
import type { BorderMove } from "./arcs/drag";
import type { Area } from "./arcs/mesh";
import type { Cores } from "./arcs/walls";
import type { KeptNetwork } from "./networks";
import type { Origin } from "./origin";

export interface Named {
  code: string;
  name: string;
}

export type PlanState = "draft" | "submitted" | "active" | "retired";

export interface PlanRow extends Named {
  state: PlanState;
  submitted: boolean;
  unit: Named | null;
  /** The department whose grids these are; null for a division. */
  network: string | null;
  valid_from: string | null;
  valid_to: string | null;
  /** The day on which it was last written; a network never changes. */
  recorded_on: string;
  grids: number;
  in_force: boolean;
}

export type PlanAct = "edit" | "submit" | "withdraw" | "return" | "activate" | "discard";

export interface PlanCard extends Named {
  state: PlanState;
  unit: Named | null;
  /** The department whose grids these are; null for a division. */
  network: string | null;
  villages: Named[];
  valid_from: string | null;
  valid_to: string | null;
  recorded_on: string;
  grids: number;
  /** Whether it came out of the networks of departments, and so has an origin. */
  merged: boolean;
  /** The day whose division it was copied from. */
  based_on: string | null;
  submitted_by: string | null;
  submitted_at: string | null;
  note: string | null;
  may: Record<PlanAct, boolean>;
}

export type GridKind = "general" | "special";

export interface Grid extends Named {
  kind: GridKind;
  area_kind: "urban" | "rural";
  management_level: string | null;
  responsible_body: string | null;
  lead: string | null;
  version: number;
  area_m2: number;
  households: number;
  residents: number;
  buildings: number;
  geometry: Area;
}

export interface NearbyLine {
  kind: string;
  name: string | null;
  geometry: LineString | MultiLineString | Polygon;
}

/** An operation of one's own that can be taken back, or done again. */
export interface Taken {
  id: number;
  operation: string;
}

/** Households of a grid, lowest and highest. */
export type SizeLimits = Record<"urban" | "rural", [number, number]>;

/** What the criteria are computed from, beside the grids and the buildings. */
export interface Basis {
  /** Eastward and northward. */
  metres_per_degree: [number, number];
  /** How near to the middle of its grid a home should be. */
  near_m: Record<"urban" | "rural", number>;
  /** People posted, by grid. */
  staff: Record<string, number>;
  /** Where the organisations are. */
  facilities: PlaceTable;
}

/** What the editor works on: a village, and its grids in a draft. */
export interface Division {
  plan: string;
  village: Named & { geometry: Area };
  grids: Grid[];
  buildings: BuildingTable;
  lines: NearbyLine[];
  around: (Named & { geometry: Area })[];
  size_limits: SizeLimits;
  basis: Basis;
  /** What of each building a border should not meet; nothing where the county lets it. */
  walls: { building_cut: "block" | "warn" | "off"; cores: Cores };
  undo: Taken | null;
  redo: Taken | null;
}

export interface Warning {
  rule: string;
  zh: string;
  en: string;
  place: Geometry | null;
}

export interface Outcome {
  id: number;
  operation: string;
  grids: Grid[];
  ended: string[];
  warnings: Warning[];
  undo: Taken | null;
  redo: Taken | null;
}

export type Operation =
  | BorderMove
  | { operation: "split"; grid: string; line: LonLat[] }
  | { operation: "merge"; grids: string[]; keep: string | null }
  | { operation: "reassign"; region: Polygon; to: string }
  /* Street blocks, each named by a place inside. */
  | { operation: "reassign"; blocks: LonLat[]; to: string }
  | { operation: "draw"; shape: Polygon; kind: GridKind; name: string | null }
  /* `line`: a place on the only line that may pull. */
  | { operation: "snap"; grids: [string, string]; within_m: number; line: LonLat | null }
  | { operation: "fill"; at: LonLat; to: string }
  | ({ operation: "edit"; grid: string } & Partial<GridWords>);

/** What is written beside the map. */
export interface GridWords {
  name: string;
  kind: GridKind;
  management_level: string | null;
  responsible_body: string | null;
  lead: string | null;
}

/** What somebody else did to a grid in the meantime; `grid` is null where it is gone. */
export interface Changed {
  code: string;
  by: string | null;
  at: string | null;
  operation: string | null;
  grid: Grid | null;
}

export interface Fault {
  kind: "gap" | "overlap" | "outside" | "sliver" | "border";
  area_m2: number;
  width_m: number;
  grids: string[];
  place: Geometry | null;
}

export interface Checks {
  faults: Fault[];
}

export interface Side {
  area_m2: number;
  buildings: number;
  households: number;
  residents: number;
  geometry: Area;
}

export type Fate = "created" | "ended" | "changed" | "same";

/** A grid before and after; null where it is not there. */
export interface Compared extends Named {
  village: string;
  fate: Fate;
  before: Side | null;
  after: Side | null;
}

/** How much goes from one grid to another; null is no grid. */
export interface Moved {
  from: string | null;
  to: string | null;
  buildings: number;
  households: number;
  residents: number;
}

export interface Comparison {
  plan: string;
  name: string;
  /** The day of the division that the plan is compared with. */
  before: string;
  grids: Compared[];
  moved: Moved[];
}

export const planPath = (plan: string): string => `/api/plans/${encodeURIComponent(plan)}`;

export const fetchPlans = (signal?: AbortSignal): Promise<PlanRow[]> =>
  getJson<{ plans: PlanRow[] }>("/api/plans", {}, signal).then(({ plans }) => plans);

export interface Unit extends Named {
  level: string;
  parent_code: string | null;
}

/** Townships and villages, of which a draft can be made. */
export const fetchUnits = (signal?: AbortSignal): Promise<Unit[]> =>
  getJson<{ areas: Unit[] }>("/api/areas", {}, signal).then(({ areas }) => areas);

/** A draft of what was in force in a unit on a day, or is today. */
export const openDraft = (unit: string, name: string, asOf: string | null): Promise<PlanCard> =>
  sendJson<PlanCard>("POST", "/api/plans", { unit, name, as_of: asOf });

export const fetchPlan = (plan: string, signal?: AbortSignal): Promise<PlanCard> =>
  getJson<PlanCard>(planPath(plan), {}, signal);

export const discard = (plan: string): Promise<void> => sendJson("DELETE", planPath(plan));

export const fetchDivision = (
  plan: string,
  village: string,
  signal?: AbortSignal,
): Promise<Division> => getJson<Division>(`${planPath(plan)}/division`, { village }, signal);

export const fetchChecks = (plan: string, village: string, signal?: AbortSignal): Promise<Checks> =>
  getJson<Checks>(`${planPath(plan)}/checks`, { village }, signal);

export const fetchComparison = (plan: string, signal?: AbortSignal): Promise<Comparison> =>
  getJson<Comparison>(`${planPath(plan)}/comparison`, {}, signal);

export const fetchOrigin = (plan: string, signal?: AbortSignal): Promise<Origin> =>
  getJson<Origin>(`${planPath(plan)}/origin`, {}, signal);

export const fetchNetwork = (plan: string, signal?: AbortSignal): Promise<KeptNetwork> =>
  getJson<KeptNetwork>(`${planPath(plan)}/network`, {}, signal);

/** A call that changes the draft, to be sent again as it is when no answer came. */
export interface Deed {
  path: string;
  body: object;
  headers: Record<string, string>;
}

export function operate(plan: string, village: string, what: Operation, touched: Grid[]): Deed {
  const versions = touched
    .map(({ code, version }) => `"${encodeURIComponent(code)}/${version}"`)
    .join(", ");
  return {
    path: `${planPath(plan)}/operations`,
    body: { village, ...what },
    headers: { "Idempotency-Key": deedKey(), "If-Match": versions },
  };
}

export function stepBack(plan: string, village: string, which: "undo" | "redo"): Deed {
  const headers = { "Idempotency-Key": deedKey() };
  return { path: `${planPath(plan)}/${which}`, body: { village }, headers };
}

export const send = ({ path, body, headers }: Deed): Promise<Outcome> =>
  sendJson<Outcome>("POST", path, body, headers);

export const submit = (plan: string, note: string): Promise<PlanCard> =>
  sendJson<PlanCard>("POST", `${planPath(plan)}/submit`, { note });

export const withdraw = (plan: string): Promise<PlanCard> =>
  sendJson<PlanCard>("POST", `${planPath(plan)}/withdraw`, {});

export const sendBack = (plan: string, note: string): Promise<PlanCard> =>
  sendJson<PlanCard>("POST", `${planPath(plan)}/return`, { note });

export const activate = (plan: string, from: string | null): Promise<PlanCard> =>
  sendJson<PlanCard>("POST", `${planPath(plan)}/activate`, { valid_from: from });

/** Where on the map a refusal happened, if it says. */
export function placeOf({ more }: ApiError): Geometry | null {
  return (more.place as Geometry | undefined) ?? null;
}

/** What others changed, of a call that came too late. */
export function changesOf({ more }: ApiError): Changed[] {
  return (more.changed as Changed[] | undefined) ?? [];
}
