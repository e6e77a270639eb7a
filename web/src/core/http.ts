import { reactive } from "vue";

export type FailureKind =
  "away" | "missing" | "refused" | "broken" | "login" | "forbidden" | "busy";

/**
 * A failed call, in the words of the server's problem+json where it gave any. `type` tells apart
 * what a program has to; `waitS` is after how many seconds the same call may pass.
 */
export class ApiError extends Error {
  constructor(
    readonly kind: FailureKind,
    readonly status: number,
    readonly zh: string,
    readonly en: string,
    readonly type = "",
    readonly waitS = 0,
    /** What else the problem says: the place of a refusal, what others changed. */
    readonly more: Readonly<Record<string, unknown>> = {},
  ) {
    super(`${zh} / ${en}`);
  }
}

interface Problem {
  type?: string;
  title?: string;
  detail?: string;
  detail_en?: string;
  [more: string]: unknown;
}

export type QueryValue = string | number | undefined | null | readonly string[];
export type Query = Record<string, QueryValue>;

/** Whether the server answers, and how often it has come back (`recoveries`). */
export const server = reactive({ away: false, recoveries: 0 });

const PROBE_FIRST_MS = 1500;
const PROBE_MOST_MS = 10000;
let probe: ReturnType<typeof setTimeout> | undefined;

export function queryString(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    if (value === undefined || value === null || value === "") return [];
    const values = Array.isArray(value) ? value : [value];
    return values.map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(String(one))}`);
  });
  return pairs.length ? `?${pairs.join("&")}` : "";
}

/** GET JSON. Throws ApiError; an aborted call throws the browser's AbortError. */
export async function getJson<T>(
  path: string,
  query: Query = {},
  signal?: AbortSignal,
): Promise<T> {
  const response = await answer(path + queryString(query), signal ? { signal } : {});
  return (await response.json()) as T;
}

/** Send JSON and read what comes back, if anything does. Throws ApiError. */
export async function sendJson<T = void>(
  method: "POST" | "PUT" | "DELETE",
  path: string,
  body?: object,
  extra: Record<string, string> = {},
): Promise<T> {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": pageToken, ...extra };
  const response = await answer(path, {
    method,
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/**
 * A name for one deed, for the `Idempotency-Key` header: sent again under the same name it is done
 * once. A random UUID; `crypto.randomUUID` is missing where a page comes without TLS.
 */
export function deedKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

let pageToken = "";
let whenShut: () => void = () => undefined;

/** What every call that changes something brings along: the `csrf` of whoever is logged in. */
export function bringAlong(token: string): void {
  pageToken = token;
}

/** Be told when the server no longer lets this log-in in as it did. */
export function onShut(callback: () => void): void {
  whenShut = callback;
}

/** A part that fetches by itself was answered 401. */
export function reportShut(): void {
  whenShut();
}

const SHUT = ["log-in", "enroll", "change-password", "csrf"].map((name) => `/problems/${name}`);

async function answer(url: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    reportAway();
    throw new ApiError("away", 0, "连接不到服务器。", "The server cannot be reached.");
  }
  if (response.ok) return response;
  const error = await failureOf(response);
  if (error.kind === "away") reportAway();
  /* A wrong password at the door is not a log-in that ended. */
  if (SHUT.includes(error.type) && url !== "/api/login") whenShut();
  throw error;
}

async function failureOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as Problem;
  const { status } = response;
  const zh = problem.detail ?? problem.title ?? `服务器返回了状态码 ${status}。`;
  const en = problem.detail_en ?? problem.title ?? `The server answered with status ${status}.`;
  const wait = Number(response.headers.get("Retry-After")) || 0;
  return new ApiError(kindOf(status), status, zh, en, problem.type ?? "", wait, problem);
}

export function kindOf(status: number): FailureKind {
  if (status === 502 || status === 503 || status === 504) return "away";
  if (status === 404) return "missing";
  if (status === 401) return "login";
  if (status === 403) return "forbidden";
  if (status === 429) return "busy";
  return status >= 500 ? "broken" : "refused";
}

/** Remember that the server is away and ask again, ever more rarely, until it is back. */
export function reportAway(): void {
  if (server.away) return;
  server.away = true;
  probe = setTimeout(() => void probeOnce(PROBE_FIRST_MS), PROBE_FIRST_MS);
}

/** Have everything that is shown asked for again, as after the server came back. */
export function askAgain(): void {
  server.recoveries += 1;
}

/** Ask at once, for a person who presses "retry". */
export async function probeNow(): Promise<void> {
  clearTimeout(probe);
  await probeOnce(PROBE_FIRST_MS);
}

async function probeOnce(wait: number): Promise<void> {
  const ready = await fetch("/readyz").then(
    (response) => response.ok,
    () => false,
  );
  if (!server.away) return;
  if (ready) {
    server.away = false;
    askAgain();
    return;
  }
  const next = Math.min(wait * 1.5, PROBE_MOST_MS);
  probe = setTimeout(() => void probeOnce(next), next);
}
