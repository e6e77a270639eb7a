import { describe, expect, test } from "vitest";
import { closed } from "./arcs/town";
import type { KeptNetwork } from "./networks";
import {
  clearOf,
  colourOf,
  crosswalkOf,
  departmentsOf,
  overlaysOf,
  villagesOf,
  type Origin,
  type Share,
} from "./origin";

const share = (network: string, old: string, to: string | null, area: number): Share => ({
  village: "v",
  network,
  old_code: old,
  new_code: to,
  area_m2: area * 1000,
  households: 0,
  residents: 0,
  area_share: area,
  household_share: null,
  resident_share: null,
});
const conflict = (a: string, b: string, households: number, area_m2: number) => ({
  village: "v",
  grids: [
    { network: "police", code: a },
    { network: "civil", code: b },
  ] as Origin["conflicts"][0]["grids"],
  households,
  area_m2,
  place: [0.5, 0.5] as [number, number],
  geometry: square(0, 0),
});
const square = (x: number, y: number) => ({
  type: "Polygon" as const,
  coordinates: [closed([[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]])], // prettier-ignore
});
const origin: Origin = {
  plan: "p",
  networks: [
    { name: "police", file: "police.gpkg", weight: 2, plan: "p1" },
    { name: "civil", file: "civil.gpkg", weight: 1, plan: null },
    { name: "fire", file: "fire.gpkg", weight: 1, plan: "p3" },
  ],
  grids: [
    { code: "n1", name: "一", village: "v", geometry: square(0, 0) },
    { code: "n2", name: "二", village: "v", geometry: square(1, 0) },
    { code: "n3", name: "三", village: "w", geometry: square(0, 2) },
  ],
  crosswalk: [
    share("police", "P10", "n1", 1),
    share("police", "P2", "n1", 0.25),
    share("police", "P2", null, 0.05),
    share("police", "P2", "n2", 0.7),
    share("civil", "P2", "n2", 1),
    { ...share("civil", "C1", "n3", 1), village: "w" },
  ],
  conflicts: [
    conflict("P2", "P2", 3, 10),
    conflict("P10", "P2", 8, 5),
    conflict("P1", "P2", 3, 20),
  ],
  report: [],
};

describe("the origin of a merged plan", () => {
  test("tells every department, also one that brought nothing here", () => {
    const told = departmentsOf(origin).map(({ name, grids, conflicts }) => [
      name,
      grids,
      conflicts,
    ]);
    expect(told).toEqual([
      ["police", 2, 3],
      ["civil", 2, 3],
      ["fire", 0, 0],
    ]);
  });

  test("has the old grids by department and number, each with its largest share first", () => {
    const rows = crosswalkOf(origin.crosswalk);
    expect(rows.map(({ network, code }) => `${network} ${code}`)).toEqual([
      "police P2",
      "police P10",
      "civil C1",
      "civil P2",
    ]);
    expect(rows[0]!.to.map(({ new_code }) => new_code)).toEqual(["n2", "n1", null]);
    const civil = crosswalkOf(origin.crosswalk, "civil");
    expect(civil.map(({ code }) => code)).toEqual(["C1", "P2"]);
  });

  test("is told village by village, and conflicts are numbered by households, then area", () => {
    const villages = [
      { code: "v", name: "东街" },
      { code: "w", name: "西街" },
      { code: "x", name: "未合并" },
    ];
    const [east, west, ...others] = villagesOf(origin, villages);
    expect(others).toEqual([]);
    expect(east!.conflicts.map(({ number, area_m2 }) => [number, area_m2])).toEqual([
      [1, 5],
      [2, 20],
      [3, 10],
    ]);
    expect(east!.box).toEqual([0, 0, 2, 1]);
    expect(east!.shares.length).toBe(5);
    expect(west!.grids.map(({ code }) => code)).toEqual(["n3"]);
    expect(west!.conflicts).toEqual([]);
  });

  test("a network is laid over a village where it reaches into it, in the colour of its department", () => {
    const grid = (code: string, x: number, y: number) => ({
      code,
      name: null,
      area_m2: 1,
      buildings: 0,
      households: 0,
      residents: 0,
      geometry: square(x, y),
    });
    const network = (name: string, ...grids: KeptNetwork["grids"]): KeptNetwork => ({
      plan: name,
      network: name,
      villages: [],
      grids,
    });
    const [east] = villagesOf(origin, [{ code: "v", name: "东街" }]);
    const laid = [
      network("fire", grid("F1", 1.5, 0.5), grid("F2", 1.5, 2)),
      network("police", grid("P1", -1.5, 0), grid("P2", -0.5, 0)),
    ];
    const told = overlaysOf(laid, origin.networks, east!).map(({ network: name, tone, grids }) => [
      name,
      tone,
      grids.map(({ code }) => code),
    ]);
    expect(told).toEqual([
      ["fire", 2, ["F1"]],
      ["police", 0, ["P2"]],
    ]);
    expect(colourOf(2)).not.toBe(colourOf(0));
    expect(colourOf(4)).toBe(colourOf(0));
  });

  test("a name moves down where a mark covers it, and stays where none does", () => {
    const marks = [
      { x: 10, y: 0 },
      { x: 200, y: 40 },
    ];
    expect(clearOf([100, 40], marks)).toEqual([100, 40]);
    const [x, y] = clearOf([0, 0], marks);
    expect(x).toBe(0);
    expect(y).toBeGreaterThan(17);
    expect(y).toBeLessThan(30);
    const pile = Array.from({ length: 30 }, (_, n) => ({ x: 0, y: n * 10 }));
    expect(clearOf([0, 0], pile)).toEqual([0, 0]);
  });
});
