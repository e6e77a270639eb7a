import { computed, type ComputedRef } from "vue";
import type { Profile } from "../core/profile";
import { change, query } from "../core/router";
import type { Question, Step } from "./api";

const STEPS: Step[] = ["day", "week", "month"];
/* The server cuts a period into at most this many frames. */
const MOST_DAYS = 366;
const DAY_MS = 86_400_000;

export function isDay(text: string | undefined): text is string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text ?? "") && !Number.isNaN(Date.parse(text as string));
}

/** The day `days` before an ISO day. */
export function daysBefore(day: string, days: number): string {
  return new Date(Date.parse(day) - days * DAY_MS).toISOString().slice(0, 10);
}

/**
 * The question the address asks. Without dates: the last year of incidents; daily frames go back
 * a year at most.
 */
export function questionOf(
  asked: Readonly<Record<string, string>>,
  first: string,
  last: string,
): Question {
  const list = (text: string | undefined): string[] => (text ?? "").split(",").filter(Boolean);
  const step = STEPS.find((one) => one === asked.step) ?? "week";
  const until = isDay(asked.until) ? asked.until : last;
  const floor = daysBefore(until, MOST_DAYS - 1);
  const since = isDay(asked.since) ? asked.since : first > floor ? first : floor;
  const bounded = step === "day" && since < floor ? floor : since;
  return {
    since: bounded > until ? until : bounded,
    until,
    step,
    category: list(asked.category),
    status: list(asked.status),
  };
}

export function useQuestion(profile: Profile): ComputedRef<Question | undefined> {
  return computed(() => {
    const { first_incident: first, last_incident: last } = profile;
    return first && last
      ? questionOf(query.value, first.slice(0, 10), last.slice(0, 10))
      : undefined;
  });
}

/** Add `code` to a comma list in the address, or take it out. */
export function toggle(name: "category" | "status", codes: string[], code: string): void {
  const next = codes.includes(code) ? codes.filter((one) => one !== code) : [...codes, code];
  change({ [name]: next.join(",") || undefined }, "replace");
}
