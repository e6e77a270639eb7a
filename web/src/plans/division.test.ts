import { describe, expect, test } from "vitest";
import type { LonLat } from "../core/geometry";
import type { Division, Grid, Outcome } from "./api";
import { operate } from "./api";
import type { BorderMove } from "./arcs/drag";
import { closed } from "./arcs/town";
import { after, standingOf, touchedBy } from "./division";

const box = (west: number, south: number, east: number, north: number): LonLat[] =>
  closed([
    [west, south],
    [east, south],
    [east, north],
    [west, north],
  ]);

/** Two grids beside one another, or one in their place. */
function grid(code: string, ring: LonLat[], households: number, version = 1): Grid {
  return {
    code,
    name: code,
    kind: "general",
    area_kind: "urban",
    management_level: null,
    responsible_body: null,
    lead: null,
    version,
    area_m2: 1,
    households,
    residents: households,
    buildings: 1,
    geometry: { type: "MultiPolygon", coordinates: [[ring]] },
  };
}

const DIVISION: Division = {
  plan: "p",
  village: { code: "v", name: "v", geometry: { type: "Polygon", coordinates: [box(0, 0, 3, 1)] } },
  grids: [
    grid("a", box(0, 0, 1, 1), 1),
    grid("b", box(1, 0, 2, 1), 2),
    grid("c", box(2, 0, 3, 1), 4),
  ],
  buildings: {
    lon: [0.5, 1.5, 2.5],
    lat: [0.5, 0.5, 0.5],
    households: [1, 2, 4],
    residents: [1, 2, 4],
    grid: ["a", "b", "c"],
  },
  lines: [],
  around: [],
  size_limits: { urban: [1, 2], rural: [1, 2] },
  basis: {
    metres_per_degree: [100_000, 100_000],
    near_m: { urban: 500, rural: 1500 },
    staff: { a: 2, c: 1 },
    facilities: { lon: [0.2, 2.2], lat: [0.5, 0.5], grid: ["a", "c"] },
  },
  walls: { building_cut: "warn", cores: [] },
  undo: null,
  redo: null,
};

const MERGED: Outcome = {
  id: 9,
  operation: "merge",
  grids: [grid("b", box(1, 0, 3, 1), 6, 9)],
  ended: ["c"],
  warnings: [],
  undo: { id: 9, operation: "merge" },
  redo: null,
};

describe("after an operation", () => {
  test("changed grids take their new shape and version, ended ones are gone, others stay", () => {
    const before = standingOf(DIVISION);
    const { division, scene } = after(before, MERGED);
    expect(division.grids.map(({ code, version }) => [code, version])).toEqual([
      ["a", 1],
      ["b", 9],
    ]);
    expect(division.grids[0]).toBe(DIVISION.grids[0]);
    expect(division.buildings.grid).toEqual(["a", "b", "b"]);
    expect([...scene.seat]).toEqual([0, 1, 1]);
    expect(division.basis.facilities.grid).toEqual(["a", "b"]);
    expect(scene.yardstick.measure()).toMatchObject({
      size: { good: 1, of: 2 },
      staff: { good: 1, of: 2 },
      facilities: { good: 2, of: 2 },
    });
    expect(division.undo).toEqual({ id: 9, operation: "merge" });
    expect(scene.buildings).toBe(before.scene.buildings);
  });

  test("the division before is left as it was", () => {
    const before = standingOf(DIVISION);
    after(before, MERGED);
    expect(before.division.grids.length).toBe(3);
    expect(before.division.buildings.grid).toEqual(["a", "b", "c"]);
  });
});

describe("the versions that an operation relies on", () => {
  const codes = (operation: Parameters<typeof touchedBy>[0]): string[] =>
    touchedBy(operation, standingOf(DIVISION)).map(({ code }) => code);

  test("are those of the grids at the vertices that move, and of no others", () => {
    const nothing: BorderMove = {
      operation: "move_border",
      moves: [],
      inserts: [],
      removes: [],
      slides: [],
    };
    const move = { at: [1, 0] as LonLat, to: [1.1, 0] as LonLat };
    expect(codes({ ...nothing, moves: [move] })).toEqual(["a", "b"]);
    expect(codes({ ...nothing, slides: [{ ...move, past: [] }] })).toEqual(["a", "b"]);
    const edge: [LonLat, LonLat] = [
      [2, 0],
      [2, 1],
    ];
    const insert = { edge, at: [2.1, 0.5] as LonLat };
    expect(codes({ ...nothing, inserts: [insert] })).toEqual(["b", "c"]);
  });

  test("are those of everything near where only the server knows what is reached", () => {
    const region = { type: "Polygon" as const, coordinates: [box(0.2, 0.2, 0.4, 0.4)] };
    expect(codes({ operation: "reassign", region, to: "c" })).toEqual(["a", "c"]);
    expect(codes({ operation: "merge", grids: ["a", "b"], keep: null })).toEqual(["a", "b"]);
  });

  test("are those of the grids at the land of each block, and of the one it goes to", () => {
    const land = [box(0.2, 0.2, 0.4, 0.4), box(0.6, 0.2, 0.99, 0.4)].map((ring) => ({
      type: "Polygon" as const,
      coordinates: [ring],
    }));
    const blocks: LonLat[] = [
      [0.3, 0.3],
      [0.7, 0.3],
    ];
    const reach = (to: string, some: typeof land): string[] =>
      touchedBy({ operation: "reassign", blocks, to }, standingOf(DIVISION), some).map(
        ({ code }) => code,
      );
    expect(reach("c", land)).toEqual(["a", "c"]);
    expect(reach("a", land.slice(0, 1))).toEqual(["a"]);
    const apart = [land[0]!, { type: "Polygon" as const, coordinates: [box(2.2, 0, 2.4, 1)] }];
    expect(reach("a", apart)).toEqual(["a", "c"]);
    const edge = [{ type: "Polygon" as const, coordinates: [box(0.5, 0, 0.9995, 1)] }];
    expect(reach("a", edge)).toEqual(["a", "b"]);
  });

  test("go along as quoted tags, with a name for the deed", () => {
    const operation = { operation: "merge", grids: ["a", "b"], keep: null } as const;
    const touched = DIVISION.grids.slice(0, 2);
    const { headers, body, path } = operate(
      "x/1",
      "v",
      { ...operation, grids: ["a", "b"] },
      touched,
    );
    expect(path).toBe("/api/plans/x%2F1/operations");
    expect(headers["If-Match"]).toBe('"a/1", "b/1"');
    expect(headers["Idempotency-Key"]).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(body).toEqual({ village: "v", ...operation });
  });
});
