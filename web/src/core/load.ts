import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { ApiError, server } from "./http";

export interface Load<T> {
  data: ShallowRef<T | undefined>;
  error: ShallowRef<ApiError | undefined>;
  loading: Ref<boolean>;
  reload: () => Promise<void>;
}

/**
 * Keep `data` in step with what `key` names: reloads when the key changes and when the server
 * comes back; an answer that arrives after a newer question is dropped. An undefined key loads
 * nothing.
 */
export function useLoad<K, T>(
  key: () => K | undefined,
  fetcher: (key: K, signal: AbortSignal) => Promise<T>,
): Load<T> {
  const data = shallowRef<T>();
  const error = shallowRef<ApiError>();
  const loading = ref(false);
  let running: AbortController | undefined;

  async function reload(): Promise<void> {
    running?.abort();
    const now = key();
    if (now === undefined) {
      data.value = error.value = undefined;
      loading.value = false;
      return;
    }
    const mine = (running = new AbortController());
    loading.value = true;
    try {
      const value = await fetcher(now, mine.signal);
      if (mine.signal.aborted) return;
      data.value = value;
      error.value = undefined;
    } catch (cause) {
      if (mine.signal.aborted) return;
      error.value = asApiError(cause);
    }
    loading.value = false;
  }

  watch([() => JSON.stringify(key() ?? null), () => server.recoveries], () => void reload(), {
    immediate: true,
  });
  onScopeDispose(() => running?.abort());
  return { data, error, loading, reload };
}

/** Whatever was thrown, as something that can be shown. */
export function asApiError(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause;
  return new ApiError(
    "broken",
    0,
    "服务器的回答无法读取。请刷新页面；若仍然出现，请联系管理员。",
    `The server's answer cannot be read: ${String(cause)}`,
  );
}
