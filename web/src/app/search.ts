import type { Box } from "../core/geometry";
import { getJson } from "../core/http";
import { selectAndGo } from "./selection";

export interface Found {
  type: "township" | "village" | "grid" | "building" | "incident";
  code: string;
  name: string;
  where: string;
  lon: number | null;
  lat: number | null;
  bbox: Box | null;
}

const MOST = 20;

export const find = (text: string, signal: AbortSignal): Promise<Found[]> =>
  getJson<{ results: Found[] }>("/api/search", { q: text, limit: MOST }, signal).then(
    ({ results }) => results,
  );

export function show({ type, code }: Found): void {
  selectAndGo(type === "township" || type === "village" ? "area" : type, code);
}
