import { expect, test } from "vitest";
import { densest, intensityFor, radiusAt, reach, roundUp } from "./scale";

test("the legend ends at a readable number that is not below the densest place", () => {
  expect([0, 1, 1.2, 4, 11, 29.9, 31, 480].map(roundUp)).toEqual([1, 1, 2, 5, 20, 30, 50, 500]);
});

test("incidents heaped within one radius are added up, frame by frame", () => {
  const points = [
    { x: 1, y: 1, counts: [5, 0] },
    { x: 9, y: 9, counts: [5, 3] },
    { x: 11, y: 9, counts: [0, 4] },
  ];
  expect(densest(points, 10)).toBeCloseTo(10 * 0.698, 2);
  expect(densest([], 10)).toBe(0);
});

test("the points handed in are left as they were", () => {
  const points = [
    { x: 1, y: 1, counts: [5] },
    { x: 2, y: 2, counts: [5] },
  ];
  densest(points, 10);
  expect(points.map(({ counts }) => counts[0])).toEqual([5, 5]);
});

test("as many incidents in one place as the legend's end reach the last colour", () => {
  expect(0.3989 * 20 * intensityFor(20)).toBeCloseTo(1, 3);
});

test("the radius follows the zoom between its stops and stays at the ends", () => {
  expect(radiusAt(5)).toBe(16);
  expect(radiusAt(10)).toBe(26);
  expect(radiusAt(11.5)).toBe(32);
  expect(radiusAt(19)).toBe(54);
});

test("the reach of a place is told in metres on the ground", () => {
  expect(reach(30, 100)).toBeCloseTo(1414, 0);
});
