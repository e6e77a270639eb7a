import { getJson } from "../core/http";

export interface Building {
  code: string;
  name: string | null;
  address: string | null;
  kind: string | null;
  floors: number | null;
  dwellings: number;
  households: number;
  residents: number;
  grid: { code: string; name: string } | null;
  village: string | null;
  lon: number;
  lat: number;
}

export const fetchBuilding = (code: string, signal?: AbortSignal): Promise<Building> =>
  getJson<Building>(`/api/buildings/${encodeURIComponent(code)}`, {}, signal);
