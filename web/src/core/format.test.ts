import { expect, test } from "vitest";
import { area, changeOf, count, day, moment, percent, position } from "./format";

test("numbers carry thousands separators", () => expect(count(156385)).toBe("156,385"));
test("what one may not know is a dash, not 0", () => expect(count(null)).toBe("–"));

test("a share below the whole never reads 100 %", () => {
  expect(percent(99999, 100000)).toBe("99.9%");
  expect(percent(5, 5)).toBe("100.0%");
  expect(percent(0, 0)).toBe("–");
});

test("areas choose their unit", () => {
  expect(area(8_900_000)).toBe("8.90 km²");
  expect(area(52_300)).toBe("0.052 km²");
  expect(area(830.4)).toBe("830 m²");
});

test("days are written as Chinese readers write them", () => {
  expect(day("2026-03-09")).toBe("3月9日");
  expect(day("2026-03-09", true)).toBe("2026年3月9日");
});

test("a time is shown as on the wall of the county", () => {
  expect(moment("2026-03-09T22:05:59Z", "Asia/Shanghai")).toBe("2026-03-10 06:05");
  expect(moment("2026-03-09T14:05:59+08:00", "Asia/Shanghai")).toBe("2026-03-09 14:05");
});

test("a position says its hemisphere", () => {
  expect(position(111.573, 38.704)).toBe("111.57300°E  38.70400°N");
  expect(position(-87.6, -1)).toBe("87.60000°W  1.00000°S");
});

test("a change is told against the period before, where there was one", () => {
  expect(changeOf(112, 100)).toBe("+12%");
  expect(changeOf(92, 100)).toBe("−8%");
  expect(changeOf(100, 100)).toBe("±0%");
  expect(changeOf(5, 0)).toBe("");
});
