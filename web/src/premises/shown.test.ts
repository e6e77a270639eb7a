import { effectScope, nextTick, type EffectScope } from "vue";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useShown, type Shown } from "./shown";

const SECRET = { phone: "13800001234" };
let scope: EffectScope;
let shown: Shown<typeof SECRET>;

function setHidden(hidden: boolean): void {
  Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  vi.useFakeTimers();
  scope = effectScope();
  shown = scope.run(() => useShown<typeof SECRET>(60)) as Shown<typeof SECRET>;
});
afterEach(() => {
  scope.stop();
  vi.useRealTimers();
  setHidden(false);
});

test("what is shown is there for a minute and then no more", async () => {
  shown.show(SECRET);
  await vi.advanceTimersByTimeAsync(59_000);
  expect(shown.value.value).toEqual(SECRET);
  expect(shown.left.value).toBe(1);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(shown.value.value).toBeUndefined();
  expect(shown.gone.value).toBe(true);
});

test("a page that nobody looks at shows nothing, also when the answer comes late", () => {
  shown.show(SECRET);
  setHidden(true);
  expect(shown.value.value).toBeUndefined();
  shown.show(SECRET);
  expect(shown.value.value).toBeUndefined();
  setHidden(false);
  expect(shown.value.value).toBeUndefined();
  expect(shown.gone.value).toBe(true);
});

test("leaving the page and closing hide it, and showing again starts the minute anew", async () => {
  shown.show(SECRET);
  dispatchEvent(new Event("pagehide"));
  expect(shown.value.value).toBeUndefined();
  shown.show(SECRET);
  await vi.advanceTimersByTimeAsync(40_000);
  shown.show(SECRET);
  await vi.advanceTimersByTimeAsync(40_000);
  expect(shown.value.value).toEqual(SECRET);
  expect(shown.gone.value).toBe(false);
  scope.stop();
  await nextTick();
  expect(shown.value.value).toBeUndefined();
});
