import { expect, test } from "vitest";
import { statusTone } from "./status";

test("what waits is alarming, what is worked on is warned of, what is done is calm", () => {
  const tones = ["reported", "accepted", "dispatched", "resolved", "closed", "rejected"].map(
    statusTone,
  );
  expect(tones).toEqual(["bad", "warn", "warn", "ok", "ok", "neutral"]);
});
