import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { useCountdown, type Countdown } from "../core/countdown";

export interface Shown<T> {
  value: ShallowRef<T | undefined>;
  /** Seconds until it is hidden. */
  left: Countdown["left"];
  /** Whether there was something that is hidden now. */
  gone: Ref<boolean>;
  show: (value: T) => void;
  hide: () => void;
}

/**
 * Something for one person's eyes, once: hidden after some seconds, and as soon as nobody looks at
 * the page.
 */
export function useShown<T>(seconds: number): Shown<T> {
  const value = shallowRef<T>();
  const gone = ref(false);
  const { left, start } = useCountdown();

  function hide(): void {
    if (value.value === undefined) return;
    value.value = undefined;
    gone.value = true;
    start(0);
  }
  function show(next: T): void {
    value.value = next;
    gone.value = false;
    start(seconds);
    hideUnseen();
  }
  const hideUnseen = (): void => void (document.hidden && hide());

  watch(left, (now) => now === 0 && hide());
  document.addEventListener("visibilitychange", hideUnseen);
  addEventListener("pagehide", hide);
  onScopeDispose(() => {
    hide();
    document.removeEventListener("visibilitychange", hideUnseen);
    removeEventListener("pagehide", hide);
  });
  return { value, left, gone, show, hide };
}
