import { computed } from "vue";
import { go, path } from "../core/router";

const ROOT = "/plans";

/** The plan that the address names, and what of it: "/plans/CODE", "/plans/CODE/compare", "/plans/CODE/origin". */
export const planInPath = computed(() => {
  const [, root, code = "", part = ""] = path.value.split("/");
  return `/${root}` === ROOT ? { code: decodeURIComponent(code), part } : { code: "", part };
});

export const planPath = (code: string, part = ""): string =>
  [ROOT, encodeURIComponent(code), ...(part ? [part] : [])].join("/");

export const openPlan = (code: string): void => go(planPath(code));
export const openComparison = (code: string): void => go(planPath(code, "compare"));
export const openOrigin = (code: string): void => go(planPath(code, "origin"));
export const openPlans = (): void => go(ROOT);
