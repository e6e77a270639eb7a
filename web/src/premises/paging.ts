import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from "vue";
import type { ApiError } from "../core/http";
import { asApiError } from "../core/load";
import { fetchResidents, type Resident } from "./residents";

export interface Residents {
  /** Undefined until the first page is there. */
  rows: ShallowRef<Resident[] | undefined>;
  /** Whether the list goes on. */
  more: Ref<boolean>;
  loading: Ref<boolean>;
  error: ShallowRef<ApiError | undefined>;
  /** Load the next page, the first one at first; again after a failure. */
  next: () => Promise<void>;
}

/** The residents of a grid, a page at a time; what was loaded goes with the component. */
export function useResidents(grid: string): Residents {
  const rows = shallowRef<Resident[]>();
  const more = ref(true);
  const loading = ref(false);
  const error = shallowRef<ApiError>();
  const left = new AbortController();
  let after: string | null = null;

  async function next(): Promise<void> {
    if (loading.value || !more.value) return;
    loading.value = true;
    error.value = undefined;
    try {
      const page = await fetchResidents(grid, after, left.signal);
      rows.value = [...(rows.value ?? []), ...page.residents];
      after = page.next;
      more.value = after !== null;
    } catch (cause) {
      if (!left.signal.aborted) error.value = asApiError(cause);
    }
    loading.value = false;
  }
  onScopeDispose(() => left.abort());
  return { rows, more, loading, error, next };
}
