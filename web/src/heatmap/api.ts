import type { Box } from "../core/geometry";
import { getJson, queryString, type Query } from "../core/http";

export type Step = "day" | "week" | "month";

/** What the dashboard asks about; the address bar holds the same. Days are inclusive. */
export interface Question {
  since: string;
  until: string;
  step: Step;
  category: string[];
  status: string[];
}

export interface Frame {
  from: string;
  to: string;
  count: number;
}

export interface Ranked {
  code: string;
  name: string;
  count: number;
  previous: number;
  trend: number[];
}

export interface RankedGrid extends Ranked {
  village: string;
  lon: number | null;
  lat: number | null;
}

export interface Summary {
  since: string;
  until: string;
  step: Step;
  total: number;
  located: number;
  unlocated: number;
  /** The part of the located that lies in no grid. */
  outside: number;
  frames: Frame[];
  townships: Ranked[];
  grids: RankedGrid[];
  categories: { code: string; name: string; count: number }[];
}

export function fetchSummary(
  question: Question & { township?: string | undefined },
  signal?: AbortSignal,
): Promise<Summary> {
  return getJson<Summary>("/api/heat/summary", { ...question }, signal);
}

/** The query of the heat tiles that answer the same question. */
export function tileQuery(question: Question): string {
  return queryString({ ...question } satisfies Query);
}

/** Where each township lies, by code. */
export async function fetchBoxes(signal?: AbortSignal): Promise<Map<string, Box>> {
  const { areas } = await getJson<{ areas: { code: string; bbox: Box | null }[] }>(
    "/api/areas",
    {},
    signal,
  );
  return new Map(areas.flatMap(({ code, bbox }) => (bbox ? [[code, bbox] as const] : [])));
}
