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

/** A whole mobile or ID number: it belongs in no address, and the search for places knows none. */
export function isPersonal(text: string): boolean {
  return /^(1[3-9]\d{9}|\d{17}[\dXx])$/.test(text.replace(/[\s-]/g, ""));
}

export async function find(text: string, signal: AbortSignal): Promise<Found[]> {
  if (isPersonal(text)) return [];
  const asked = { q: text, limit: MOST };
  return (await getJson<{ results: Found[] }>("/api/search", asked, signal)).results;
}

export function show({ type, code }: Found): void {
  selectAndGo(type === "township" || type === "village" ? "area" : type, code);
}
