import { ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import type { ApiError } from "./http";
import { asApiError } from "./load";
import { useCountdown } from "./countdown";

export interface Act {
  running: Ref<boolean>;
  error: ShallowRef<ApiError | undefined>;
  /** Seconds until the server takes the next attempt; 0 when it does. */
  wait: ComputedRef<number>;
  /** Do it, once at a time; whether it succeeded. */
  run: (deed: () => Promise<void>) => Promise<boolean>;
  /** Forget the failure and the wait: something else is tried. */
  clear: () => void;
}

/** One thing a form does: whether it runs, how it failed, and how long to wait after too many. */
export function useAct(): Act {
  const running = ref(false);
  const error = shallowRef<ApiError>();
  const { left, start } = useCountdown();

  async function run(deed: () => Promise<void>): Promise<boolean> {
    if (running.value || left.value > 0) return false;
    running.value = true;
    error.value = undefined;
    try {
      await deed();
      return true;
    } catch (cause) {
      error.value = asApiError(cause);
      start(error.value.waitS);
      return false;
    } finally {
      running.value = false;
    }
  }
  watch(left, (seconds) => {
    if (seconds === 0 && error.value?.kind === "busy") error.value = undefined;
  });
  function clear(): void {
    error.value = undefined;
    start(0);
  }
  return { running, error, wait: left, run, clear };
}
