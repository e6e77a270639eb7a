import { getJson } from "../core/http";

interface Incident {
  code: string;
  reported_at: string;
  channel: string | null;
  category: string;
  subcategory: string | null;
  status: string;
  description: string | null;
  address: string | null;
  lon: number | null;
  lat: number | null;
  placement: "in_grid" | "outside" | "no_location";
  grid_code: string | null;
}

export interface Entry {
  at: string;
  action: string;
  status: string;
  note: string | null;
}

/** One incident with where it fell and what was done about it. */
export interface IncidentCard extends Incident {
  closed_at: string | null;
  grid: { code: string; name: string } | null;
  village: { code: string; name: string } | null;
  entries: Entry[];
}

export const fetchIncident = (code: string, signal?: AbortSignal): Promise<IncidentCard> =>
  getJson<IncidentCard>(`/api/incidents/${encodeURIComponent(code)}`, {}, signal);
