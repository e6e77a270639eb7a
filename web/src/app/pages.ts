import { defineAsyncComponent, type Component } from "vue";
import type { MessageKey } from "../core/i18n";

export interface Page {
  to: string;
  title: MessageKey;
  /** What an account needs to be offered it. */
  right: string;
  show: Component;
}

/** The pages of the navigation, the first one first. */
export const PAGES: readonly Page[] = [
  {
    to: "/",
    title: "nav.map",
    right: "territory",
    show: defineAsyncComponent(() => import("./MapPage.vue")),
  },
  {
    to: "/heat",
    title: "nav.heat",
    right: "incidents",
    show: defineAsyncComponent(() => import("../heatmap/HeatPage.vue")),
  },
  {
    to: "/check",
    title: "nav.check",
    right: "premises",
    show: defineAsyncComponent(() => import("../chain/CheckPage.vue")),
  },
  {
    to: "/audit",
    title: "nav.audit",
    right: "audit",
    show: defineAsyncComponent(() => import("../access/TrailPage.vue")),
  },
];

export const ACCOUNT = "/account";

/** Those that an account may open. */
export const offered = (may: (right: string) => boolean): Page[] =>
  PAGES.filter(({ right }) => may(right));

export type Outlook =
  | { kind: "account" | "no-mandate" | "missing" }
  | { kind: "no-right"; page: Page }
  | { kind: "page"; page: Page };

/** What is shown at an address to an account that holds so many roles and these rights. */
export function outlook(path: string, roles: number, may: (right: string) => boolean): Outlook {
  if (path === ACCOUNT) return { kind: "account" };
  if (roles === 0) return { kind: "no-mandate" };
  const page = PAGES.find(({ to }) => to === path);
  if (!page) return { kind: "missing" };
  return { kind: may(page.right) ? "page" : "no-right", page };
}
