import { computed } from "vue";
import { describe, expect, test } from "vitest";
import type { LonLat } from "../core/geometry";
import { closed } from "./arcs/town";
import { BlockMap, movingTo } from "./blocks";
import { useStrokes } from "./brushing";
import type { Block, PullingLine } from "./offers";
import { isReach, lineAt } from "./pulling";

/* Degrees: a block is a hundred metres wide. */
const SIZE = 0.001;

const square = (column: number, width = 1): LonLat[] =>
  closed([
    [column * SIZE, 0],
    [(column + width) * SIZE, 0],
    [(column + width) * SIZE, SIZE],
    [column * SIZE, SIZE],
  ]);

const block = (column: number, ...grids: Block["grids"]): Block => ({
  place: [(column + 0.25) * SIZE, SIZE / 2],
  grids,
  geometry: { type: "Polygon", coordinates: [square(column)] },
});

const held = (code: string, households: number): Block["grids"][number] => ({
  code,
  households,
  residents: households * 2,
  buildings: 1,
});

const ROW = [0, 1, 2, 3].map((column) => block(column, held("a", column), held("b", 10)));
const at = (column: number, row = 0.5): LonLat => [column * SIZE, row * SIZE];

describe("the blocks of a village", () => {
  const map = new BlockMap(ROW);

  test("are found by a place inside; outside of the village there is none", () => {
    expect(map.at(at(2.5))).toBe(ROW[2]);
    expect(map.at(at(4.5))).toBeUndefined();
    expect(map.at(at(2.5, 1.1))).toBeUndefined();
  });

  test("a hole in one is not it", () => {
    const yard = closed([at(0.4, 0.4), at(0.6, 0.4), at(0.6, 0.6), at(0.4, 0.6)]);
    const geometry = { type: "Polygon" as const, coordinates: [square(0), yard] };
    const holed = new BlockMap([{ ...ROW[0]!, geometry }]);
    expect(holed.at(at(0.5))).toBeUndefined();
    expect(holed.at(at(0.3))).toBeDefined();
  });

  test("a stroke passes every block between two places, however far apart they are", () => {
    expect([...map.along(at(0.5), at(3.5))]).toEqual(ROW);
    expect([...map.along(at(1.2), at(1.3))]).toEqual([ROW[1]]);
    expect([...map.along(at(-5), at(0.5))]).toEqual([ROW[0]]);
  });

  test("what would move is what other grids have in them", () => {
    expect(movingTo("a", ROW.slice(1, 3))).toEqual({
      buildings: 2,
      households: 20,
      residents: 40,
      any: true,
    });
    expect(movingTo("b", ROW.slice(1, 3)).households).toBe(3);
    expect(movingTo("a", [block(0, held("a", 5))]).any).toBe(false);
    expect(movingTo("c", [])).toEqual({ buildings: 0, households: 0, residents: 0, any: false });
  });
});

describe("a brush", () => {
  const brush = (): ReturnType<typeof useStrokes> => useStrokes(computed(() => new BlockMap(ROW)));

  test("paints what it is put on and what it passes", () => {
    const { painted, grab } = brush();
    const stroke = grab(at(0.5))!;
    expect(painted.value).toEqual([ROW[0]]);
    stroke.move(at(2.5), false);
    stroke.drop(true);
    expect(painted.value).toEqual(ROW.slice(0, 3));
    grab(at(3.5))!.drop(false);
    expect(painted.value).toEqual(ROW);
  });

  test("takes paint off where it is put on a painted block, and adds none on the way", () => {
    const { painted, grab } = brush();
    grab(at(0.5))!.move(at(1.5), false);
    const stroke = grab(at(1.5))!;
    expect(painted.value).toEqual([ROW[0]]);
    stroke.move(at(3.5), false);
    expect(painted.value).toEqual([ROW[0]]);
    stroke.move(at(0.5), false);
    expect(painted.value).toEqual([]);
  });

  test("that is called off leaves all as it was before the stroke", () => {
    const { painted, grab } = brush();
    grab(at(0.5))!.drop(false);
    const stroke = grab(at(1.5))!;
    stroke.move(at(3.5), false);
    stroke.cancel();
    expect(painted.value).toEqual([ROW[0]]);
  });

  test("paints no more after all paint was taken off in the middle of a stroke", () => {
    const { painted, grab, clear } = brush();
    const stroke = grab(at(0.5))!;
    expect(clear()).toBe(true);
    stroke.move(at(2.5), false);
    stroke.cancel();
    expect(painted.value).toEqual([]);
    expect(clear()).toBe(false);
  });

  test("takes back stroke by stroke, and nothing when all paint was taken off", () => {
    const { painted, grab, back, clear, canBack } = brush();
    grab(at(0.5))!.drop(false);
    grab(at(1.5))!.drop(false);
    grab(at(0.5))!.drop(false);
    expect(painted.value).toEqual([ROW[1]]);
    expect(back()).toBe(true);
    expect(painted.value).toEqual(ROW.slice(0, 2));
    expect(back()).toBe(true);
    expect(painted.value).toEqual([ROW[0]]);
    grab(at(1.5))!.cancel();
    expect(back()).toBe(true);
    expect(painted.value).toEqual([]);
    expect(back()).toBe(false);
    grab(at(0.5))!.drop(false);
    clear();
    expect(canBack.value).toBe(false);
  });

  test("that takes the only paint off is itself what is let go of", () => {
    const { grab, clear } = brush();
    grab(at(0.5))!.drop(false);
    const stroke = grab(at(0.5))!;
    expect(clear()).toBe(true);
    stroke.drop(false);
    expect(clear()).toBe(false);
  });

  test("is not put on land without a block: the map pans", () => {
    expect(brush().grab(at(7))).toBeNull();
  });
});

test("of the lines beside a border the nearest within reach is meant", () => {
  const line = (row: number): PullingLine => ({
    kind: "road",
    name: null,
    place: at(0.5, row),
    geometry: { type: "LineString", coordinates: [at(0, row), at(0.5, row), at(1, row)] },
  });
  const lines = [line(0), line(0.1)];
  expect(lineAt(lines, at(0.7, 0.09), 20)?.line).toBe(lines[1]);
  expect(lineAt(lines, at(0.7, 0.01), 20)?.line).toBe(lines[0]);
  expect(lineAt(lines, at(0.7, 0.5), 20)).toBeUndefined();
});

test("a border is pulled over 1 to 200 m; an empty field is no distance", () => {
  expect([1, 15, 200].map(isReach)).toEqual([true, true, true]);
  expect(["", 0, -5, 201, NaN].map(isReach)).toEqual([false, false, false, false, false]);
});
