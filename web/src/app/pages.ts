import { defineAsyncComponent, type Component } from "vue";
import type { MessageKey } from "../core/i18n";

export interface Page {
  to: string;
  title: MessageKey;
  /** What an account needs to be offered it. */
  right: string;
  /** Another right that opens it as well. */
  or?: string;
  show: Component;
  /** What is shown at the addresses below it. */
  below?: Component;
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
    to: "/plans",
    title: "nav.plans",
    right: "edit_plans",
    or: "publish_plans",
    show: defineAsyncComponent(() => import("../plans/PlansPage.vue")),
    below: defineAsyncComponent(() => import("../plans/PlanPage.vue")),
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
  PAGES.filter((page) => opens(page, may));

function opens({ right, or }: Page, may: (right: string) => boolean): boolean {
  return may(right) || (or !== undefined && may(or));
}

/** Whether an address is a page or lies below it. */
export const within = (path: string, { to, below }: Page): boolean =>
  path === to || (below !== undefined && path.startsWith(`${to}/`));

export type Outlook =
  | { kind: "account" | "no-mandate" | "missing" }
  | { kind: "no-right"; page: Page }
  | { kind: "page"; page: Page; show: Component };

/** What is shown at an address to an account that holds so many roles and these rights. */
export function outlook(path: string, roles: number, may: (right: string) => boolean): Outlook {
  if (path === ACCOUNT) return { kind: "account" };
  if (roles === 0) return { kind: "no-mandate" };
  const page = PAGES.find((one) => within(path, one));
  if (!page) return { kind: "missing" };
  if (!opens(page, may)) return { kind: "no-right", page };
  return { kind: "page", page, show: path === page.to ? page.show : (page.below ?? page.show) };
}
