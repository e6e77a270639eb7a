import type { PlanState } from "./api";

/** What a plan is on a day: `planned` will be in force, `retired` was. */
export type Stage = PlanState | "planned";

interface Dated {
  state: PlanState;
  submitted?: boolean;
  valid_from: string | null;
  valid_to: string | null;
}

/** A plan stays "active" on the server when its last day passes, and is so before its first. */
export function stateOn(day: string, plan: Dated): Stage {
  if (plan.state === "draft") return plan.submitted ? "submitted" : "draft";
  if (plan.state !== "active") return plan.state;
  if (plan.valid_to !== null && plan.valid_to <= day) return "retired";
  return plan.valid_from !== null && plan.valid_from > day ? "planned" : "active";
}

/** Classes of the badges. */
export const TONES: Record<Stage, string> = {
  draft: "accent",
  submitted: "warn",
  planned: "accent",
  active: "ok",
  retired: "neutral",
};

/** The day on the wall of a time zone, "2026-11-27". */
export const today = (timeZone: string): string =>
  new Date().toLocaleDateString("sv-SE", { timeZone });
