import { describe, expect, test } from "vitest";
import type { LonLat } from "../core/geometry";
import type { Compared, Side } from "./api";
import { Mesh } from "./arcs/mesh";
import { distance_m } from "./arcs/plane";
import { closed, town } from "./arcs/town";
import { changedVillages, fatesOf, pathOf, sheetOf } from "./comparing";
import { activeArcs, arcAt, handleAt, handlesOf } from "./handles";
import { loadOf } from "./load";
import { boxOf, labelPlace } from "./places";
import { elsewhere, shortcutOf } from "./shortcuts";
import { Snapping } from "./snapping";

const { village, shapes } = town(3, 8);
const mesh = new Mesh(shapes, village);
const middle = shapes[4]!.code;

describe("handles", () => {
  test("are on every border of a selected grid, or on the one between two", () => {
    expect(activeArcs(mesh, [middle]).length).toBe(4);
    expect(activeArcs(mesh, [middle, shapes[5]!.code]).length).toBe(1);
    expect(activeArcs(mesh, [shapes[0]!.code, shapes[8]!.code])).toEqual([]);
    expect(activeArcs(mesh, [])).toEqual([]);
  });

  test("are as many as are legible; junctions are always there", () => {
    const arcs = activeArcs(mesh, [middle]);
    const near = handlesOf(mesh, arcs, 0.2);
    const far = handlesOf(mesh, arcs, 20);
    expect(near.filter(({ kind }) => kind === "vertex").length).toBe(4 * 8);
    expect(near.filter(({ kind }) => kind === "middle").length).toBe(4 * 9);
    expect(far.map(({ kind }) => kind)).toEqual(["junction", "junction", "junction", "junction"]);
    const dots = handlesOf(mesh, arcs, 2).filter(({ kind }) => kind !== "junction");
    for (const [n, one] of dots.entries())
      for (const other of dots.slice(n + 1))
        expect(distance_m(one.at, other.at)).toBeGreaterThanOrEqual(30);
  });

  test("are taken within reach, the nearest first", () => {
    const handles = handlesOf(mesh, activeArcs(mesh, [middle]), 0.2);
    const [lon, lat] = handles[0]!.at;
    expect(handleAt(handles, [lon + 0.00001, lat], 2)).toBe(handles[0]);
    expect(handleAt(handles, [lon + 0.001, lat + 0.001], 2)).toBeUndefined();
  });

  test("a border is found by a place on it; the outline is none", () => {
    const [arc] = activeArcs(mesh, [middle, shapes[5]!.code]);
    const at = mesh.position(mesh.arcs[arc!]!.vertices[3]!);
    expect(arcAt(mesh, at, 1)).toBe(arc);
    expect(arcAt(mesh, at, 1, [arc! + 1])).toBeUndefined();
    expect(arcAt(mesh, mesh.position(mesh.vertexAt([111.5, 38.7])!), 1)).toBeUndefined();
  });
});

describe("snapping", () => {
  const road: LonLat[] = [
    [111.5, 38.7],
    [111.51, 38.7],
  ];
  const line = {
    kind: "road",
    name: null,
    geometry: { type: "LineString" as const, coordinates: road },
  };
  const snapping = new Snapping([line], []);

  test("pulls onto a road within reach, and onto its vertices first", () => {
    const [lon, lat] = snapping.snap([111.505, 38.70005], 10);
    expect([lon, lat]).toEqual([expect.closeTo(111.505, 9), 38.7]);
    expect(snapping.snap([111.50003, 38.70003], 10)).toEqual([111.5, 38.7]);
  });

  test("leaves alone what is out of reach", () => {
    expect(snapping.snap([111.505, 38.7005], 10)).toEqual([111.505, 38.7005]);
    expect(snapping.snap([111.49985, 38.7], 10)).toEqual([111.49985, 38.7]);
    expect(new Snapping([], []).snap([1, 2], 10)).toEqual([1, 2]);
  });
});

test("a grid's load is told against the range of its kind of area; a special one has none", () => {
  const limits = { urban: [300, 500] as [number, number], rural: [60, 120] as [number, number] };
  const load = (households: number): string =>
    loadOf({ households, area_kind: "urban", kind: "general" }, limits);
  expect([199, 200, 299, 300, 500, 501, 667].map(load)).toEqual([
    "far-under",
    "under",
    "under",
    "in",
    "in",
    "over",
    "far-over",
  ]);
  expect(loadOf({ households: 100, area_kind: "rural", kind: "general" }, limits)).toBe("in");
  expect(loadOf({ households: 0, area_kind: "urban", kind: "special" }, limits)).toBe("none");
});

test("a name is written inside its grid, also where the middle is not", () => {
  const horseshoe = closed([
    [0, 0],
    [3, 0],
    [3, 3],
    [2, 3],
    [2, 1],
    [1, 1],
    [1, 3],
    [0, 3],
  ] as LonLat[]);
  const [lon, lat] = labelPlace({ type: "Polygon", coordinates: [horseshoe] });
  expect(lat < 1 || lon < 1 || lon > 2).toBe(true);
  expect(boxOf({ type: "Polygon", coordinates: [horseshoe] })).toEqual([0, 0, 3, 3]);
});

test("keys mean what they mean everywhere", () => {
  const press = (key: string, init: KeyboardEventInit = {}): string | null =>
    shortcutOf(new KeyboardEvent("keydown", { key, ...init }));
  expect(press("z", { ctrlKey: true })).toBe("undo");
  expect(press("Z", { ctrlKey: true, shiftKey: true })).toBe("redo");
  expect(press("y", { ctrlKey: true })).toBe("redo");
  expect(press("z", { metaKey: true })).toBe("undo");
  expect(press("Delete")).toBe("remove");
  expect(press("Escape")).toBe("cancel");
  expect(press("Enter")).toBe("apply");
  expect(press("z")).toBeNull();
  expect(press("Delete", { ctrlKey: true })).toBeNull();
});

test("keys are left to a field that is typed into, not to a list that was chosen from", () => {
  const meant = (name: string, key: string): boolean => {
    const element = document.body.appendChild(document.createElement(name));
    let own = false;
    element.addEventListener("keydown", (event) => (own = elsewhere(event)));
    element.dispatchEvent(new KeyboardEvent("keydown", { key }));
    element.remove();
    return !own;
  };
  expect(["Enter", "Escape", "z"].map((key) => meant("select", key))).toEqual([true, true, true]);
  expect(meant("input", "z")).toBe(false);
  expect(meant("button", "Escape")).toBe(true);
  expect(meant("button", "Enter")).toBe(false);
});

describe("a comparison", () => {
  const side: Side = {
    area_m2: 1,
    buildings: 1,
    households: 1,
    residents: 1,
    geometry: shapes[0]!.geometry,
  };
  const one = (code: string, village: string, fate: Compared["fate"]): Compared => ({
    code,
    name: code,
    village,
    fate,
    before: fate === "created" ? null : side,
    after: fate === "ended" ? null : side,
  });
  const grids = [one("a", "v", "changed"), one("b", "v", "created"), one("c", "w", "same")];
  const move = { buildings: 1, households: 1, residents: 1 };
  const comparison = {
    plan: "p",
    name: "p",
    before: "2026-01-01",
    grids,
    moved: [
      { from: "a", to: "b", ...move },
      { from: "c", to: "c", ...move },
    ],
  };

  test("shows the villages in which something changes, with their own moves", () => {
    const found = changedVillages(comparison, [
      { code: "v", name: "V" },
      { code: "w", name: "W" },
    ]);
    expect(found.map(({ code, moved }) => [code, moved.length])).toEqual([["v", 1]]);
    expect(fatesOf(grids)).toEqual({ created: 1, ended: 0, changed: 1, same: 1 });
  });

  test("is drawn north up and true to shape", () => {
    const sheet = sheetOf([0, 60, 1, 61], 100);
    expect(sheet.height).toBeCloseTo(203, 0);
    expect(sheet.place(0, 61)).toEqual([0, 0]);
    const square = closed([
      [0, 60],
      [1, 60],
      [1, 61],
    ] as LonLat[]);
    expect(pathOf({ type: "Polygon", coordinates: [square] }, sheet)).toMatch(/^M0\.0,\d+\.\dL100/);
  });
});
