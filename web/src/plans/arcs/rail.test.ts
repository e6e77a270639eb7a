import { describe, expect, test } from "vitest";
import type { LonLat } from "../../core/geometry";
import { gridAt } from "./buildings";
import { Drag, type Scene, type Step } from "./drag";
import { freedom } from "./grips";
import { Mesh, polygonsOf, type Area } from "./mesh";
import { doubleArea } from "./plane";
import { closed, dice, sceneOf, strewn, town, type Town } from "./town";

const polygon = (...ring: LonLat[]): Area => ({ type: "Polygon", coordinates: [closed(ring)] });

/* Two grids beside one another in a village of two corners at each end; the border is not straight. */
const PAIR: Town = {
  village: polygon([0, 0], [2, 0], [2, 1], [0, 1]),
  shapes: [
    { code: "a", geometry: polygon([0, 0], [1, 0], [1, 0.5], [1, 1], [0, 1]) },
    { code: "b", geometry: polygon([1, 0], [2, 0], [2, 1], [1, 1], [1, 0.5]) },
  ],
};
const HOUSES = {
  lon: [0.5, 1.5, 1.9, 1.9],
  lat: [0.5, 0.9, 0.6, 0.1],
  households: [1, 2, 4, 8],
  residents: [1, 2, 4, 8],
  grid: ["a", "b", "b", "b"],
};
const scene = sceneOf(PAIR, HOUSES);

function pull(from: LonLat, { mesh }: Scene = scene): Drag {
  return new Drag(scene, { kind: "vertex", vertex: mesh.vertexAt(from)! }, from);
}

const ring = ({ grids }: Step, code: string): LonLat[] =>
  (polygonsOf(grids.find((one) => one.code === code)!.geometry)[0]![0] as LonLat[]).slice(0, -1);
const households = ({ grids }: Step): number[] => grids.map((grid) => grid.households);

/** The ring begun at its smallest vertex, so that two that are alike are equal. */
function turned(vertices: LonLat[]): LonLat[] {
  const first = vertices.map(String).reduce((low, one) => (one < low ? one : low));
  const start = vertices.findIndex((one) => String(one) === first);
  return [...vertices.slice(start), ...vertices.slice(0, start)];
}

describe("the end of a border on the outline", () => {
  test("goes past a corner, which then belongs to the grid behind it", () => {
    const drag = pull([1, 1]);
    const step = drag.to([2.3, 0.4]);
    expect(step.fault).toBeNull();
    expect(turned(ring(step, "a"))).toEqual([
      [0, 0],
      [1, 0],
      [1, 0.5],
      [2, 0.4],
      [2, 1],
      [0, 1],
    ]);
    expect(turned(ring(step, "b"))).toEqual([
      [1, 0],
      [2, 0],
      [2, 0.4],
      [1, 0.5],
    ]);
    expect(households(step)).toEqual([7, 8]);
    expect(drag.operation()).toEqual({
      operation: "move_border",
      moves: [],
      inserts: [],
      removes: [],
      slides: [{ at: [1, 1], past: [[2, 1]], to: [2, 0.4] }],
    });
  });

  test("goes past two, comes back, and takes nothing along", () => {
    const drag = pull([1, 1]);
    const far = drag.to([1.6, -0.2]);
    expect(far.fault).toBeNull();
    expect(households(far)).toEqual([15, 0]);
    const past = [
      [2, 1],
      [2, 0],
    ];
    expect(drag.operation()!.slides).toEqual([
      { at: [1, 1], past, to: [expect.closeTo(1.6, 12), 0] },
    ]);
    const back = drag.to([1, 1.2]);
    expect(households(back)).toEqual([1, 14]);
    expect(back.criteria).toEqual(scene.yardstick.measure());
    for (const { code, geometry } of PAIR.shapes)
      expect(turned(ring(back, code))).toEqual(
        turned((polygonsOf(geometry)[0]![0] as LonLat[]).slice(0, -1)),
      );
    expect(drag.operation()).toBeNull();
  });

  test("goes the other way round", () => {
    const drag = pull([1, 1]);
    const step = drag.to([-1, 0.25]);
    expect(step.fault).toBeNull();
    expect(households(step)).toEqual([0, 15]);
    expect(drag.operation()!.slides).toEqual([{ at: [1, 1], past: [[0, 1]], to: [0, 0.25] }]);
  });

  test("is on a corner where the pointer is outside of it", () => {
    const drag = pull([1, 1]);
    const step = drag.to([2.5, 1.5]);
    expect(step.fault).toBeNull();
    expect(turned(ring(step, "b"))).toEqual([
      [1, 0],
      [2, 0],
      [2, 1],
      [1, 0.5],
    ]);
    expect(ring(step, "a").filter(([lon, lat]) => lon === 2 && lat === 1).length).toBe(1);
    expect(drag.operation()!.slides).toEqual([{ at: [1, 1], past: [[2, 1]], to: [2, 1] }]);
  });

  test("never comes to the end of another border", () => {
    const drag = pull([1, 1]);
    drag.to([1, -0.5]);
    const { to } = drag.operation()!.slides[0]!;
    expect(to[1]).toBe(0);
    expect(Math.abs(to[0] - 1)).toBeGreaterThan(0);
    expect(Math.abs(to[0] - 1)).toBeLessThan(0.001);
  });

  test("leaves the corner at which it was where it is", () => {
    const cornered = sceneOf(
      {
        village: PAIR.village,
        shapes: [
          { code: "a", geometry: polygon([0, 0], [1, 0], [2, 1], [0, 1]) },
          { code: "b", geometry: polygon([1, 0], [2, 0], [2, 1]) },
        ],
      },
      HOUSES,
    );
    const vertex = cornered.mesh.vertexAt([2, 1])!;
    expect(freedom(cornered.mesh, vertex)).toEqual({ kind: "slide" });
    const drag = new Drag(cornered, { kind: "vertex", vertex }, [2, 1]);
    for (const [to, code] of [
      [[1.5, 1.1], "b"],
      [[2.1, 0.5], "a"],
    ] as [LonLat, string][]) {
      const step = drag.to(to);
      expect(step.fault).toBeNull();
      expect(ring(step, code)).toContainEqual([2, 1]);
      expect(ring(step, code).length).toBe(code === "a" ? 5 : 4);
      expect(drag.operation()!.slides).toMatchObject([{ at: [2, 1], past: [] }]);
    }
  });

  test("stops where the land beside it is in no grid", () => {
    const shapes = structuredClone(PAIR.shapes);
    shapes[1]!.geometry = polygon([1, 0], [2, 0], [1.6, 1], [1, 1], [1, 0.5]);
    const open = sceneOf({ village: PAIR.village, shapes }, HOUSES);
    const vertex = open.mesh.vertexAt([1, 1])!;
    const drag = new Drag(open, { kind: "vertex", vertex }, [1, 1]);
    drag.to([2, 0.2]);
    const { to } = drag.operation()!.moves[0]!;
    expect(to[1]).toBe(1);
    expect(to[0]).toBeGreaterThan(1.59);
    expect(to[0]).toBeLessThan(1.6);
  });
});

test("both ends of a whole border go past corners while it is shifted", () => {
  const arc = scene.mesh.arcs.findIndex(({ right }) => right >= 0);
  /* A village that narrows: its ends slide down the slants. */
  const narrow = sceneOf(
    {
      village: polygon([0, 0], [1.2, 0], [2, 0.4], [2, 0.6], [1.2, 1], [0, 1]),
      shapes: [
        PAIR.shapes[0]!,
        {
          code: "b",
          geometry: polygon([1, 0], [1.2, 0], [2, 0.4], [2, 0.6], [1.2, 1], [1, 1], [1, 0.5]),
        },
      ],
    },
    HOUSES,
  );
  const drag = new Drag(narrow, { kind: "arc", arc }, [1, 0.5]);
  const step = drag.to([1.6, 0.5]);
  expect(step.fault).toBeNull();
  const operation = drag.operation()!;
  expect(operation.moves).toEqual([{ at: [1, 0.5], to: [1.6, 0.5] }]);
  expect(operation.slides.map(({ past }) => past)).toEqual(
    expect.arrayContaining([[[1.2, 0]], [[1.2, 1]]]),
  );
  for (const corner of [
    [1.2, 0],
    [1.2, 1],
  ] as LonLat[])
    expect(ring(step, "a")).toContainEqual(corner);
  expect(step.grids.map(({ area_share }) => area_share > 1)).toEqual([true, false]);
});

test("wherever the ends are dragged, the outline keeps its vertices and every count is a full one", () => {
  const made = town(3, 4);
  const table = strewn(3, 2000, 9);
  const plain = new Mesh(made.shapes, made.village);
  const all = plain.codes.map((_, grid) => grid);
  const seated = table.lon.map((lon, n) => plain.codes[gridAt(plain, all, lon, table.lat[n]!)]!);
  const there = sceneOf(made, { ...table, grid: seated });
  const { mesh } = there;
  const ends = mesh.lon
    .map((_, vertex) => vertex)
    .filter((vertex) => mesh.situation[vertex] === "outline" && mesh.isJunction(vertex));
  const outline = (polygonsOf(made.village)[0]![0] as LonLat[]).map(String);
  const roll = dice(11);
  let passed = 0;
  for (let round = 0; round < 150; round++) {
    const vertex = ends[Math.floor(roll() * ends.length)]!;
    const from = mesh.position(vertex);
    const drag = new Drag(there, { kind: "vertex", vertex }, from);
    const far = (): number => (roll() - 0.5) * 0.012;
    drag.to([from[0] + far(), from[1] + far()]);
    const { grids, fault } = drag.to([from[0] + far(), from[1] + far()]);
    const drawn = made.shapes.map(({ code, geometry }) => {
      const live = grids.find((one) => one.code === code);
      return { code, geometry: live?.geometry ?? geometry };
    });
    const rings = drawn.flatMap(({ geometry }) => polygonsOf(geometry).flat() as LonLat[][]);
    const kept = new Set(rings.flat().map(String));
    expect(outline.filter((one) => !kept.has(one))).toEqual([]);
    const area = (list: LonLat[][]): number =>
      list.reduce((sum, one) => sum + doubleArea(one.slice(0, -1)), 0);
    expect(area(rings) / area(polygonsOf(made.village)[0] as LonLat[][])).toBeCloseTo(1, 9);
    if (fault) continue;
    passed += drag.operation()?.slides[0]?.past.length ?? 0;
    const now = new Mesh(drawn, made.village);
    const counts = new Map<string, number>();
    table.lon.forEach((lon, n) => {
      const code = now.codes[gridAt(now, all, lon, table.lat[n]!)]!;
      counts.set(code, (counts.get(code) ?? 0) + table.households[n]!);
    });
    for (const { code, households: live } of grids) expect(live).toBe(counts.get(code) ?? 0);
  }
  expect(passed).toBeGreaterThan(100);
});
