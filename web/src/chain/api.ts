import { getJson } from "../core/http";

export interface BrokenItem {
  code: string;
  name: string | null;
  detail: string;
  detail_en: string;
  lon: number | null;
  lat: number | null;
}

export interface Link {
  link: string;
  title: string;
  title_en: string;
  total: number;
  broken: number;
  ok: boolean;
  hint: string;
  hint_en: string;
  items: BrokenItem[];
  truncated: boolean;
}

export interface Report {
  ok: boolean;
  checked_at: string;
  links: Link[];
}

export const fetchReport = (signal?: AbortSignal): Promise<Report> =>
  getJson<Report>("/api/check", {}, signal);
