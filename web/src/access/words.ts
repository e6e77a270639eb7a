import { pick, t, type MessageKey } from "../core/i18n";
import type { Held, Scope } from "../core/me";

/** Where a role holds, in words. */
export function scopeText({ kind, name, code }: Scope): string {
  return kind === "everywhere" ? t("scope.everywhere") : (name ?? code ?? "–");
}

type Titled = Pick<Held, "title" | "title_en">;

export const roleTitle = ({ title, title_en }: Titled): string =>
  pick(title, title_en.charAt(0).toUpperCase() + title_en.slice(1));

/** "网格长 · 北道坡村第2网格" */
export const roleText = (held: Held): string => `${roleTitle(held)} · ${scopeText(held.scope)}`;

const REFUSED = ["refused", "no-account", "wait", "away"] as const;

/** Why nobody came in by way of the identity provider, as the address tells it; null if it does not. */
export function refusedEntrance(why: string | undefined): MessageKey | null {
  const known = REFUSED.find((one) => one === why);
  return known ? `login.oidc.${known}` : null;
}

/** In the order in which they are told; a right that nobody named stands for itself. */
export const RIGHTS = [
  "territory",
  "premises",
  "residents",
  "incidents",
  "report",
  "edit_plans",
  "publish_plans",
  "load",
  "unmask",
  "export",
  "audit",
  "manage",
];

/** What no token can have: who manages accounts has a second factor, a token has none. */
const NOT_FOR_TOKENS = "manage";

export const rightText = (right: string): string =>
  RIGHTS.includes(right) ? t(`right.${right}` as MessageKey) : right;

/** Rights in the order in which they are told. */
export const inOrder = (rights: readonly string[]): string[] =>
  [...rights].sort((a, b) => RIGHTS.indexOf(a) - RIGHTS.indexOf(b));

export const tokenRights = (rights: readonly string[]): string[] =>
  inOrder(rights).filter((right) => right !== NOT_FOR_TOKENS);

/** From the street upwards. */
const ROLES = [
  "officer",
  "lead",
  "coordinator",
  "intake_clerk",
  "agency",
  "commander",
  "analyst",
  "auditor",
  "administrator",
];

/** In the order of the roles; one that nobody named comes last. */
export function byRole<T extends { role: string }>(held: readonly T[]): T[] {
  const rank = ({ role }: T): number => (ROLES.includes(role) ? ROLES.indexOf(role) : ROLES.length);
  return [...held].sort((a, b) => rank(a) - rank(b));
}
