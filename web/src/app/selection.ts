import { computed, type ComputedRef } from "vue";
import { change, go, path, query } from "../core/router";

export const SELECTABLE = ["grid", "building", "incident", "area"] as const;
export type Selectable = (typeof SELECTABLE)[number];

export interface Selected {
  type: Selectable;
  code: string;
}

const NONE = Object.fromEntries([...SELECTABLE, "mark"].map((type) => [type, undefined]));

/** What the URL selects on the map page. */
export const selected: ComputedRef<Selected | null> = computed(() => {
  for (const type of SELECTABLE) {
    const code = query.value[type];
    if (code) return { type, code };
  }
  return null;
});

/** Select what is under the pointer: the map stays where it is. */
export function selectHere(type: Selectable, code: string): void {
  change({ ...NONE, [type]: code });
}

/** Select and go there: a URL without a view means "show the selected thing". */
export function selectAndGo(type: Selectable, code: string): void {
  if (path.value === "/") change({ ...NONE, [type]: code, v: undefined });
  else go("/", { [type]: code });
}

export function clearSelection(): void {
  change(NONE);
}
