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
  /** Broken, but not so that the whole chain counts as broken. */
  warning: boolean;
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

/** `fresh` has the check run again even where nothing has changed since the last one. */
export const fetchReport = (fresh: boolean, signal?: AbortSignal): Promise<Report> =>
  getJson<Report>("/api/check", { fresh: String(fresh) }, signal);
