import { getJson } from "../core/http";
import { t, type MessageKey } from "../core/i18n";

export interface Line {
  id: number;
  at: string;
  actor: string;
  action: string;
  subject: string;
  detail: Record<string, unknown>;
  reason: string | null;
  origin: string | null;
}

export interface Trail {
  lines: Line[];
  next: number | null;
}

/** What the address of the page says of the lines that are wanted. */
export const ASKED = ["actor", "action", "subject", "since", "until", "before"] as const;
export type Asked = Partial<Record<(typeof ASKED)[number], string>>;

export const fetchTrail = (asked: Asked, signal?: AbortSignal): Promise<Trail> =>
  getJson<Trail>("/api/audit", { ...asked }, signal);

/** The part of an address that is about the trail. */
export function askedIn(query: Readonly<Record<string, string>>): Asked {
  return Object.fromEntries(ASKED.flatMap((name) => (query[name] ? [[name, query[name]]] : [])));
}

/** Acts in the order of a list to choose from. */
export const ACTIONS = [
  "log_in",
  "log_out",
  "fail",
  "lock_out",
  "unmask",
  "find",
  "read",
  "export",
  "insert",
  "update",
  "delete",
  "add",
  "disable",
  "enable",
  "grant",
  "end",
  "give",
  "change",
  "set",
  "use",
  "remove",
  "make",
  "revoke",
  "check",
  "verify",
  "rotate",
  "backup",
  "restore",
  "start",
  "finish",
  "open",
  "import",
  "load_network",
  "merge_networks",
  "submit",
  "withdraw",
  "return",
  "activate",
  "discard",
];

/** What acts are about, in that order. */
export const SUBJECTS = [
  "residents",
  "households",
  "dwellings",
  "buildings",
  "assets",
  "organisations",
  "incidents",
  "incident_entries",
  "grids",
  "grid_plans",
  "network_grids",
  "admin_units",
  "postings",
  "base_features",
  "accounts",
  "mandates",
  "roles",
  "role_rights",
  "logins",
  "passwords",
  "one_time_codes",
  "recovery_codes",
  "tokens",
  "audit_entries",
  "chain",
  "deployment",
  "demo",
  "gridmap",
];

const DETAILS = [
  "rows",
  "code",
  "fields",
  "by",
  "found",
  "account",
  "role",
  "unit",
  "grid",
  "via",
  "why",
  "file",
  "network",
  "networks",
  "unmasked",
  "lines",
  "asked",
  "attempts",
  "login",
  "ok",
  "broken",
  "logins_ended",
  "actor",
  "action",
  "subject",
  "since",
  "until",
  "before",
];
const FIELDS = ["name", "phone", "id_number"];
const VIA = ["password", "oidc"];

export const actionText = (action: string): string =>
  ACTIONS.includes(action) ? t(`act.${action}` as MessageKey) : action;

export const subjectText = (subject: string): string =>
  SUBJECTS.includes(subject) ? t(`subject.${subject}` as MessageKey) : subject;

/** Whether the act says by itself what it is about. */
export const isPlain = ({ action, subject }: Pick<Line, "action" | "subject">): boolean =>
  subject === "logins" && ["log_in", "log_out", "fail", "lock_out"].includes(action);

/** Acts that an auditor looks for first stand out. */
export function toneOf(action: string): "bad" | "warn" | "accent" | "neutral" {
  if (["fail", "lock_out", "delete"].includes(action)) return "bad";
  if (["unmask", "export", "restore", "rotate"].includes(action)) return "warn";
  return ["grant", "end", "add", "disable", "enable", "give", "revoke"].includes(action)
    ? "accent"
    : "neutral";
}

const detailName = (name: string): string =>
  DETAILS.includes(name) ? t(`detail.${name}` as MessageKey) : name;

function valueText(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => valueText(name, one)).join(t("list.and"));
  if (value !== null && typeof value === "object") {
    return pairs(value as Record<string, unknown>)
      .map(([key, text]) => `${key} ${text}`)
      .join(t("list.and"));
  }
  if (typeof value === "boolean") return t(value ? "value.yes" : "value.no");
  const text = String(value);
  if (name === "action") return actionText(text);
  if (name === "subject") return subjectText(text);
  if (name === "via") return VIA.includes(text) ? t(`via.${text}` as MessageKey) : text;
  const isField = (name === "fields" || name === "by") && FIELDS.includes(text);
  return isField ? t(`person.${text}` as MessageKey) : text;
}

/** What a line holds besides, in words; names and values nobody named stand for themselves. */
export const pairs = (detail: Record<string, unknown>): [string, string][] =>
  Object.entries(detail)
    .filter(([, value]) => value !== null && !isEmpty(value))
    .map(([name, value]) => [detailName(name), valueText(name, value)]);

const isEmpty = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

export const originText = (origin: string | null): string =>
  origin === "socket" ? t("trail.here") : (origin ?? "–");
