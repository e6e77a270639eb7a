import { describe, expect, test } from "vitest";
import type { LonLat } from "../../core/geometry";
import { Drag, type Scene, type Step } from "./drag";
import type { Area } from "./mesh";
import { closed, sceneOf, type Town } from "./town";
import type { Cores } from "./walls";

const box = (west: number, south: number, east: number, north: number): LonLat[] =>
  closed([
    [west, south],
    [east, south],
    [east, north],
    [west, north],
  ]);
const polygon = (...ring: LonLat[]): Area => ({ type: "Polygon", coordinates: [closed(ring)] });

const PAIR: Town = {
  village: polygon([0, 0], [2, 0], [2, 1], [0, 1]),
  shapes: [
    { code: "a", geometry: polygon([0, 0], [1, 0], [1, 0.5], [1, 1], [0, 1]) },
    { code: "b", geometry: polygon([1, 0], [2, 0], [2, 1], [1, 1], [1, 0.5]) },
  ],
};
/* A house, one with a court, one that the border cuts already, one that is thinner than its walls,
   and one wide enough for a border to end in. */
const CORES: Cores = [
  [box(1.2, 0.4, 1.3, 0.6)],
  [box(1.5, 0.3, 1.9, 0.7), box(1.6, 0.4, 1.8, 0.6)],
  [box(0.9, 0.6, 1.1, 0.7)],
  [],
  [box(0.1, 0.1, 0.6, 0.9)],
];
const HOUSES = {
  lon: [1.25, 1.55, 0.95, 1, 0.3],
  lat: [0.5, 0.5, 0.65, 0.2, 0.5],
  households: [1, 1, 1, 1, 1],
  residents: [1, 1, 1, 1, 1],
  grid: ["b", "b", "a", "a", "a"],
};
const NONE = { lon: [], lat: [], grid: [] };
const scene = (block: boolean): Scene => sceneOf(PAIR, HOUSES, NONE, CORES, block);
const middle = ({ mesh }: Scene): number => mesh.vertexAt([1, 0.5])!;
const numbers = ({ cut }: Step): number[] => cut.map((core) => CORES.indexOf(core));
const cutAt = (to: LonLat): number[] => {
  const there = scene(false);
  return numbers(new Drag(there, { kind: "vertex", vertex: middle(there) }, [1, 0.5]).to(to));
};

describe("buildings that a border runs through", () => {
  test("are told at every step, each once", () => {
    expect(cutAt([1.05, 0.5])).toEqual([]);
    expect(cutAt([1.25, 0.5])).toEqual([0]);
    expect(cutAt([1.55, 0.5])).toEqual([1]);
    expect(cutAt([1, 0.5])).toEqual([]);
  });

  test("are not those that a border ran through before", () => {
    expect(cutAt([1, 0.4])).toEqual([]);
    expect(cutAt([0.95, 0.65])).toEqual([]);
  });

  test("are also those in which it bends without leaving them", () => {
    const there = scene(false);
    const { mesh } = there;
    const edge = mesh.edgeBetween(mesh.vertexAt([1, 0])!, middle(there))!;
    const drag = new Drag(there, { kind: "edge", edge }, [1, 0.2]);
    expect(numbers(drag.to([0.3, 0.5]))).toEqual([4]);
  });

  test("do not keep a border from the court of one", () => {
    const { cuts } = scene(false);
    expect(cuts.walls.meets(1, 1.65, 0.5, 1.75, 0.5)).toBe(false);
    expect(cuts.walls.meets(1, 1.55, 0.5, 1.56, 0.5)).toBe(true);
    expect(cuts.walls.meets(1, 1.65, 0.5, 1.85, 0.5)).toBe(true);
  });

  test("are only a fault where the county says so", () => {
    for (const block of [false, true]) {
      const there = scene(block);
      const drag = new Drag(there, { kind: "vertex", vertex: middle(there) }, [1, 0.5]);
      expect(drag.to([1.25, 0.5]).fault?.rule).toBe(block ? "building_cut" : undefined);
      expect(drag.to([1.05, 0.5]).fault).toBeNull();
      expect(drag.to([2.5, 0.5]).fault?.rule).toBe("off_village");
    }
  });
});
