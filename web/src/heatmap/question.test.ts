import { expect, test } from "vitest";
import { daysBefore, isDay, questionOf } from "./question";

const FIRST = "2024-01-01";
const LAST = "2026-11-19";

test("without dates the last year of incidents is asked for, by weeks", () => {
  expect(questionOf({}, FIRST, LAST)).toEqual({
    since: "2025-11-19",
    until: LAST,
    step: "week",
    category: [],
    status: [],
  });
  expect(questionOf({}, "2026-05-01", LAST).since).toBe("2026-05-01");
});

test("the address decides where it makes sense", () => {
  const asked = {
    since: "2024-03-01",
    until: "2024-04-30",
    step: "day",
    category: "01,02",
    status: "closed",
  };
  expect(questionOf(asked, FIRST, LAST)).toEqual({
    since: "2024-03-01",
    until: "2024-04-30",
    step: "day",
    category: ["01", "02"],
    status: ["closed"],
  });
});

test("an address that makes no sense is set right instead of failing", () => {
  expect(questionOf({ step: "hour" }, FIRST, LAST).step).toBe("week");
  expect(questionOf({ since: "soon" }, FIRST, LAST).since).toBe("2025-11-19");
  expect(questionOf({ since: "2026-12-01", until: "2026-11-01" }, FIRST, LAST).since).toBe(
    "2026-11-01",
  );
  expect(questionOf({ since: FIRST, step: "day" }, FIRST, LAST).since).toBe("2025-11-19");
});

test("days are days of the calendar", () => {
  expect(isDay("2026-02-30x")).toBe(false);
  expect(isDay("2026-02-28")).toBe(true);
  expect(daysBefore("2026-03-01", 1)).toBe("2026-02-28");
});
