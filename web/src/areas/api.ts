import type { Box } from "../core/geometry";
import { getJson } from "../core/http";

/** Figures outside one's scope are published ones: null where they are small. */
export interface Area {
  code: string;
  name: string;
  level: string;
  kind: string;
  parent_code: string | null;
  grids: number;
  buildings: number | null;
  households: number | null;
  residents: number | null;
  incidents: number | null;
  bbox: Box | null;
}

export interface GridRow {
  code: string;
  name: string;
  village_code: string;
  kind: string;
  area_kind: string;
  area_m2: number;
  households: number | null;
  residents: number | null;
  buildings: number | null;
  bbox: Box;
}

export interface Place {
  code: string;
  name: string;
}

export interface Counted extends Place {
  count: number;
}

export interface ChainLink {
  link: string;
  ok: boolean;
  broken: number;
  title: string;
  title_en: string;
  hint: string;
  hint_en: string;
}

/** Figures are null outside one's scope. */
export interface Grid {
  code: string;
  name: string;
  kind: string;
  area_kind: "urban" | "rural";
  area_m2: number;
  valid_from: string | null;
  valid_to: string | null;
  plan: string;
  village: Place;
  township: Place | null;
  county: Place | null;
  lead: { name: string; phone: string | null } | null;
  postings: { role: string; role_name: string; name: string; phone: string | null }[];
  households: number | null;
  residents: number | null;
  buildings: number | null;
  dwellings: number | null;
  assets: number | null;
  organisations: number | null;
  size_limit: [number, number];
  size: "in" | "under" | "over" | null;
  incidents: {
    total: number;
    open: number;
    by_category: Counted[];
    by_status: Counted[];
  } | null;
  chain: ChainLink[];
  bbox: Box;
}

export const fetchAreas = (signal?: AbortSignal): Promise<Area[]> =>
  getJson<{ areas: Area[] }>("/api/areas", {}, signal).then(({ areas }) => areas);

/** All grids in force. */
export const fetchGrids = (signal?: AbortSignal): Promise<GridRow[]> =>
  getJson<{ grids: GridRow[] }>("/api/grids", {}, signal).then(({ grids }) => grids);

export const fetchGrid = (code: string, signal?: AbortSignal): Promise<Grid> =>
  getJson<Grid>(`/api/grids/${encodeURIComponent(code)}`, {}, signal);
