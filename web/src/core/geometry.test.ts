import { expect, test } from "vitest";
import { metresPerPixel, readView, writeView } from "./geometry";

test("a view survives the address bar", () => {
  const text = writeView({ lon: 111.57312, lat: 38.70403, zoom: 12.345 });
  expect(text).toBe("111.5731,38.7040,12.35");
  expect(readView(text)).toEqual({ lon: 111.5731, lat: 38.704, zoom: 12.35 });
});

test("an address that names no view is not followed", () => {
  for (const text of [undefined, "", "111.5", "a,b,c", "111,38,12,1", "190,38,12", "111,38,99"]) {
    expect(readView(text)).toBeNull();
  }
});

test("a pixel covers half the ground one zoom further in, and less towards the pole", () => {
  expect(metresPerPixel(0, 0)).toBeCloseTo(78271.5, 0);
  expect(metresPerPixel(0, 1)).toBeCloseTo(39135.8, 0);
  expect(metresPerPixel(60, 0)).toBeCloseTo(39135.8, 0);
});
