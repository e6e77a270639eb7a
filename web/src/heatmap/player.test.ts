import { computed, effectScope, nextTick, type EffectScope } from "vue";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { query } from "../core/router";
import { usePlayer, type Player } from "./player";

let scope: EffectScope;
let player: Player;

beforeEach(() => {
  vi.useFakeTimers();
  scope = effectScope();
  player = scope.run(() => usePlayer(computed(() => 4))) as Player;
});
afterEach(() => {
  scope.stop();
  vi.useRealTimers();
});

test("playing walks through every frame once and stops at the last", () => {
  player.toggle();
  const seen = [player.frame.value];
  for (let beat = 0; beat < 3; beat += 1) {
    vi.advanceTimersByTime(900);
    seen.push(player.frame.value);
  }
  expect(seen).toEqual([0, 1, 2, 3]);
  vi.advanceTimersByTime(900);
  expect(player.playing.value).toBe(false);
  player.toggle();
  expect(player.frame.value).toBe(0);
});

test("twice the speed takes half the time", async () => {
  player.toggle();
  player.speed.value = 2;
  await nextTick();
  vi.advanceTimersByTime(900);
  expect(player.frame.value).toBe(2);
});

test("choosing a frame stops playing, keeps inside the period and is written to the address", async () => {
  player.toggle();
  player.show(99);
  await nextTick();
  expect(player.playing.value).toBe(false);
  expect(player.frame.value).toBe(3);
  expect(query.value.frame).toBe("3");
  player.show(null);
  await nextTick();
  expect(query.value.frame).toBeUndefined();
});
