import { getJson, sendJson } from "../core/http";
import type { Me, Scope } from "../core/me";

export interface DemoAccount {
  account: string;
  password: string;
  role: string;
  title: string;
  title_en: string;
  scope: Scope;
}

/** What the log-in page offers. */
export interface Ways {
  oidc: { title: string } | null;
  demo: DemoAccount[];
}

export interface OpenLogin {
  id: number;
  since: string;
  last_seen: string;
  origin: string | null;
  via: "password" | "oidc";
  current: boolean;
}

export interface Token {
  id: number;
  name: string;
  rights: string[];
  since: string;
  expires: string;
  last_used: string | null;
}

/** For an authenticator, shown once. */
export interface Offer {
  secret: string;
  uri: string;
  svg: string;
}

export const fetchWays = (signal?: AbortSignal): Promise<Ways> =>
  getJson<Ways>("/api/login", {}, signal);

export const logIn = (account: string, password: string, code?: string): Promise<Me> =>
  sendJson<Me>("POST", "/api/login", {
    account,
    password,
    ...(code ? { one_time_code: code } : {}),
  });

export const changePassword = (old: string, fresh: string): Promise<void> =>
  sendJson("POST", "/api/me/password", { old, new: fresh });

export const offerCode = (password: string): Promise<Offer> =>
  sendJson<Offer>("POST", "/api/me/one-time-code", { password });

export const confirmCode = (code: string): Promise<string[]> =>
  sendJson<{ recovery: string[] }>("PUT", "/api/me/one-time-code", { code }).then(
    ({ recovery }) => recovery,
  );

export const removeCode = (password: string, code: string): Promise<void> =>
  sendJson("DELETE", "/api/me/one-time-code", { password, one_time_code: code });

export const fetchLogins = (signal?: AbortSignal): Promise<OpenLogin[]> =>
  getJson<{ logins: OpenLogin[] }>("/api/logins", {}, signal).then(({ logins }) => logins);

export const endLogin = (id: number): Promise<void> => sendJson("DELETE", `/api/logins/${id}`);

export const fetchTokens = (signal?: AbortSignal): Promise<Token[]> =>
  getJson<{ tokens: Token[] }>("/api/me/tokens", {}, signal).then(({ tokens }) => tokens);

export const makeToken = (name: string, rights: string[], days: number): Promise<string> =>
  sendJson<{ token: string }>("POST", "/api/me/tokens", { name, rights, days }).then(
    ({ token }) => token,
  );

export const revokeToken = (id: number): Promise<void> =>
  sendJson("DELETE", `/api/me/tokens/${id}`);
