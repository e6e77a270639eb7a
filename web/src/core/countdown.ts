import { computed, onScopeDispose, ref, type ComputedRef } from "vue";

export interface Countdown {
  /** Whole seconds that are left, 0 when it is over. */
  left: ComputedRef<number>;
  start: (seconds: number) => void;
}

/** Counts down by the clock, so that a tab that slept is right when it wakes. */
export function useCountdown(): Countdown {
  const ends = ref(0);
  const now = ref(Date.now());
  let ticking: ReturnType<typeof setInterval> | undefined;
  const left = computed(() => Math.max(0, Math.ceil((ends.value - now.value) / 1000)));

  function tick(): void {
    now.value = Date.now();
    if (left.value === 0) clearInterval(ticking);
  }
  function start(seconds: number): void {
    clearInterval(ticking);
    now.value = Date.now();
    ends.value = now.value + seconds * 1000;
    if (seconds > 0) ticking = setInterval(tick, 250);
  }
  onScopeDispose(() => clearInterval(ticking));
  return { left, start };
}

/** 45 → "0:45", 90 → "1:30". */
export function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
