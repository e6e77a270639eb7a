import type { LineString, Polygon } from "geojson";
import type { LonLat } from "../core/geometry";
import { getJson } from "../core/http";
import { planPath, type NearbyLine } from "./api";

/* What the base map offers to those who draw. */

/** A street block, named by a place inside, and what grids have in it. */
export interface Block {
  place: LonLat;
  grids: { code: string; households: number; residents: number; buildings: number }[];
  geometry: Polygon;
}

/** A line that would pull a border, meant by a place on it. */
export interface PullingLine extends NearbyLine {
  place: LonLat;
  geometry: LineString;
}

/** What would pull a border, the nearest first; not `any`: it has to be told which is meant. */
export interface PullingLines {
  any: boolean;
  lines: PullingLine[];
}

export const fetchBlocks = (
  plan: string,
  village: string,
  signal?: AbortSignal,
): Promise<Block[]> =>
  getJson<{ blocks: Block[] }>(`${planPath(plan)}/blocks`, { village }, signal).then(
    ({ blocks }) => blocks,
  );

export const fetchPullingLines = (
  plan: string,
  village: string,
  [one, other]: [string, string],
  within_m: number,
  signal?: AbortSignal,
): Promise<PullingLines> =>
  getJson(`${planPath(plan)}/lines`, { village, one, other, within_m: String(within_m) }, signal);
