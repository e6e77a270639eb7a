import { getJson } from "../core/http";

export interface Incident {
  code: string;
  reported_at: string;
  channel: string;
  category: string;
  category_name: string;
  subcategory: string | null;
  status: string;
  description: string | null;
  address: string | null;
  lon: number | null;
  lat: number | null;
  placement: "in_grid" | "outside" | "no_location";
  grid_code: string | null;
}

export const fetchIncident = (code: string, signal?: AbortSignal): Promise<Incident> =>
  getJson<Incident>(`/api/incidents/${encodeURIComponent(code)}`, {}, signal);

export const fetchRecent = (
  grid: string,
  limit: number,
  signal?: AbortSignal,
): Promise<Incident[]> =>
  getJson<{ incidents: Incident[] }>("/api/incidents", { grid, limit }, signal).then(
    ({ incidents }) => incidents,
  );
