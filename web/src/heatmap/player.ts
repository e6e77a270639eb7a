import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from "vue";
import { change, query } from "../core/router";

export const SPEEDS = [1, 2, 4];
const FRAME_MS = 900;

export interface Player {
  /** Index of the frame shown; null shows the whole period. */
  frame: Ref<number | null>;
  playing: Ref<boolean>;
  speed: Ref<number>;
  toggle: () => void;
  show: (frame: number | null) => void;
}

/** Steps through `length` frames. The address keeps the frame whenever the player stands still. */
export function usePlayer(length: ComputedRef<number>): Player {
  const asked = Number.parseInt(query.value.frame ?? "", 10);
  const frame = ref<number | null>(asked >= 0 ? asked : null);
  const playing = ref(false);
  const speed = ref(1);
  let timer: ReturnType<typeof setInterval> | undefined;

  const last = computed(() => length.value - 1);
  const stop = (): void => {
    clearInterval(timer);
    playing.value = false;
  };
  const step = (): void => {
    if (frame.value === null || frame.value >= last.value) return stop();
    frame.value += 1;
  };
  const start = (): void => {
    if (last.value < 0) return;
    clearInterval(timer);
    if (frame.value === null || frame.value >= last.value) frame.value = 0;
    playing.value = true;
    timer = setInterval(step, FRAME_MS / speed.value);
  };

  watch(speed, () => {
    if (playing.value) start();
  });
  watch(length, (now) => {
    if (now && frame.value !== null && frame.value >= now) frame.value = now - 1;
  });
  watch([frame, playing], () => {
    if (!playing.value) change({ frame: frame.value?.toString() }, "replace");
  });
  onScopeDispose(stop);

  const show = (next: number | null): void => {
    stop();
    frame.value = next === null ? null : Math.min(Math.max(next, 0), last.value);
  };
  return { frame, playing, speed, toggle: () => (playing.value ? stop() : start()), show };
}
