import { locale } from "./i18n";

/** 38102 → "38,102"; what one may not know → "–". */
export function count(value: number | null): string {
  if (value === null) return "–";
  return value.toLocaleString("en-US");
}

/** Square metres → "1.24 km²" or "830 m²". */
export function area(m2: number): string {
  if (m2 >= 1e6) return `${(m2 / 1e6).toFixed(m2 >= 1e8 ? 0 : 2)} km²`;
  if (m2 >= 1e4) return `${(m2 / 1e6).toFixed(3)} km²`;
  return `${Math.round(m2)} m²`;
}

/** Share as a percentage with one decimal, never rounded up to 100 %. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return "–";
  const value = (part / whole) * 100;
  const shown = part < whole ? Math.min(value, 99.9) : value;
  return `${shown.toFixed(1)}%`;
}

/** "2026-03-09" → "3月9日" / "Mar 9"; with the year "2026年3月9日" / "Mar 9, 2026". */
export function day(iso: string, withYear = false): string {
  const date = new Date(`${iso.slice(0, 10)}T00:00:00Z`);
  const parts: Intl.DateTimeFormatOptions = { month: "short", day: "numeric", timeZone: "UTC" };
  return date.toLocaleDateString(locale.value, withYear ? { ...parts, year: "numeric" } : parts);
}

/** An ISO time with offset → "2026-03-09 14:05", or to the second, on the wall of a time zone. */
export function moment(iso: string, timeZone: string, exact = false): string {
  const shown = new Intl.DateTimeFormat("sv-SE", {
    dateStyle: "short",
    timeStyle: exact ? "medium" : "short",
    timeZone,
  });
  return shown.format(new Date(iso));
}

/** Longitude, latitude → "111.57312°E 38.70403°N". */
export function position(lon: number, lat: number): string {
  const ew = lon < 0 ? "W" : "E";
  const ns = lat < 0 ? "S" : "N";
  return `${Math.abs(lon).toFixed(5)}°${ew}  ${Math.abs(lat).toFixed(5)}°${ns}`;
}

/** Change against the period before, "+12%" / "−8%", or "" where there was nothing before. */
export function changeOf(now: number, before: number): string {
  if (before === 0) return "";
  const share = Math.round(((now - before) / before) * 100);
  return share === 0 ? "±0%" : `${share > 0 ? "+" : "−"}${Math.abs(share)}%`;
}
