import { computed, reactive, watch } from "vue";
import { askAgain, bringAlong, getJson, onShut, sendJson, server, type ApiError } from "./http";
import { asApiError } from "./load";

export interface Scope {
  kind: "everywhere" | "unit" | "grid";
  code: string | null;
  name: string | null;
}

/** A role, and where it holds. */
export interface Held {
  role: string;
  title: string;
  title_en: string;
  scope: Scope;
}

export interface Me {
  account: string;
  display_name: string;
  roles: Held[];
  rights: string[];
  csrf: string;
  must_enroll: boolean;
  must_change_password: boolean;
  has_one_time_code: boolean;
  via: "password" | "oidc";
}

/**
 * `asking`: not known yet; `out`: nobody is logged in; `in`; `expired`: somebody was, and the page
 * waits for them as they left it.
 */
export type Standing = "asking" | "out" | "in" | "expired";

interface State {
  standing: Standing;
  me: Me | undefined;
  /** Why it is not known who is logged in. */
  error: ApiError | undefined;
  /** Whether somebody has just logged out here. */
  left: boolean;
}

const state = reactive<State>({ standing: "asking", me: undefined, error: undefined, left: false });
const tabs = new BroadcastChannel("gridmap.login");
const ASKED_SELDOM_MS = 60_000;

let turn = 0;
let asking: Promise<void> | undefined;
let askedAt = 0;

export const standing = computed(() => state.standing);
export const me = computed(() => state.me);
export const meError = computed(() => state.error);
export const justLeft = computed(() => state.left);

/** Whether the account has a right somewhere; what it sees there the server decides. */
export const may = (right: string): boolean => state.me?.rights.includes(right) ?? false;

function admit(next: Me): void {
  turn += 1;
  const before = state.standing;
  bringAlong(next.csrf);
  Object.assign(state, { standing: "in", me: next, error: undefined, left: false });
  if (before === "expired") askAgain();
}

function shut(): void {
  turn += 1;
  bringAlong("");
  state.error = undefined;
  state.standing = state.me ? "expired" : "out";
}

/** Ask the server who is logged in. Never throws: where it cannot be told, `meError` says why. */
export function refresh(): Promise<void> {
  asking ??= ask().finally(() => (asking = undefined));
  return asking;
}

async function ask(): Promise<void> {
  const mine = turn;
  askedAt = Date.now();
  try {
    const next = await getJson<Me>("/api/me");
    if (mine === turn) admit(next);
  } catch (cause) {
    const error = asApiError(cause);
    if (mine !== turn) return;
    if (error.status === 401) shut();
    else if (state.standing === "asking") state.error = error;
  }
}

/** Log in: what the server said of whoever did. The other tabs of this browser follow. */
export function enter(next: Me): void {
  admit(next);
  tabs.postMessage("entered");
}

function forget(): void {
  turn += 1;
  bringAlong("");
  Object.assign(state, { standing: "out", me: undefined, error: undefined, left: true });
}

/** Log out, here and on the server, and forget what is shown. Throws ApiError. */
export async function leave(): Promise<void> {
  try {
    await sendJson("DELETE", "/api/login");
  } catch (cause) {
    if (asApiError(cause).status !== 401) throw cause;
  }
  forget();
  tabs.postMessage("left");
}

/** Notice by every way there is that the log-in has ended or is another's. */
export function watchOver(): void {
  onShut(() => state.standing === "in" && void refresh());
  tabs.addEventListener("message", ({ data }) => (data === "left" ? forget() : void refresh()));
  watch(
    () => server.recoveries,
    () => state.standing === "asking" && void refresh(),
  );
  document.addEventListener("visibilitychange", () => {
    const long = Date.now() - askedAt > ASKED_SELDOM_MS;
    if (!document.hidden && state.standing === "in" && long) void refresh();
  });
  addEventListener("pageshow", ({ persisted }) => persisted && void refresh());
}
