import { computed, reactive } from "vue";

/** The address bar as reactive state. The URL is the only place where page state is kept. */
const current = reactive({ path: location.pathname, query: readQuery(location.search) });

export const path = computed(() => current.path);
export const query = computed<Readonly<Record<string, string>>>(() => current.query);

export type QueryChange = Record<string, string | undefined>;

function readQuery(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

function follow(): void {
  current.path = location.pathname;
  current.query = readQuery(location.search);
}

export function hrefOf(to: string, search: QueryChange = {}): string {
  const pairs = Object.entries(search).filter(([, value]) => value !== undefined && value !== "");
  // Commas and slashes are legal in a query and much easier to read unescaped.
  const text = pairs
    .map(([name, value]) => `${name}=${encodeURIComponent(value as string).replace(/%2C/g, ",")}`)
    .join("&");
  return text ? `${to}?${text}` : to;
}

/** Go to another page: a new entry in the browser's history. */
export function go(to: string, search: QueryChange = {}): void {
  history.pushState(null, "", hrefOf(to, search));
  follow();
}

/** Change part of the query on this page. `replace` adds no history entry. */
export function change(part: QueryChange, mode: "push" | "replace" = "push"): void {
  const url = hrefOf(location.pathname, { ...current.query, ...part });
  if (url === location.pathname + location.search) return;
  if (mode === "push") history.pushState(null, "", url);
  else history.replaceState(null, "", url);
  follow();
}

addEventListener("popstate", follow);
