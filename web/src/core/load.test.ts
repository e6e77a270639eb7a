import { effectScope, nextTick, ref } from "vue";
import { expect, test } from "vitest";
import { ApiError, server } from "./http";
import { useLoad } from "./load";

function later<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}

test("an answer to an older question never replaces a newer one", async () => {
  const key = ref("slow");
  const slow = later<string>();
  const scope = effectScope();
  const load = scope.run(() =>
    useLoad(
      () => key.value,
      (asked) => (asked === "slow" ? slow.promise : Promise.resolve(asked)),
    ),
  ) as ReturnType<typeof useLoad<string, string>>;
  key.value = "fast";
  await expect.poll(() => load.data.value).toBe("fast");
  slow.resolve("slow");
  await nextTick();
  expect(load.data.value).toBe("fast");
  scope.stop();
});

test("a failure keeps what was there, and the server's return loads again", async () => {
  let fails = false;
  let calls = 0;
  const scope = effectScope();
  const load = scope.run(() =>
    useLoad(
      () => "areas",
      async () => {
        calls += 1;
        if (fails) throw new ApiError("away", 503, "不可用", "away");
        return calls;
      },
    ),
  ) as ReturnType<typeof useLoad<string, number>>;
  await expect.poll(() => load.data.value).toBe(1);
  fails = true;
  await load.reload();
  expect(load.error.value?.kind).toBe("away");
  expect(load.data.value).toBe(1);
  fails = false;
  server.recoveries += 1;
  await expect.poll(() => load.data.value).toBe(3);
  expect(load.error.value).toBeUndefined();
  scope.stop();
});

test("no key loads nothing", async () => {
  const scope = effectScope();
  const load = scope.run(() =>
    useLoad(
      () => undefined,
      () => Promise.reject(new Error("must not be asked")),
    ),
  );
  await nextTick();
  expect(load?.data.value).toBeUndefined();
  expect(load?.loading.value).toBe(false);
  scope.stop();
});
