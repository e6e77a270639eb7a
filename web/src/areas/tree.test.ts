import { expect, test } from "vitest";
import type { Area } from "./api";
import { grow, visibleRows } from "./tree";

const area = (code: string, name: string, parent_code: string | null): Area => ({
  code,
  name,
  level: "",
  kind: "",
  parent_code,
  grids: 0,
  buildings: 0,
  households: 0,
  residents: 0,
  incidents: 0,
  bbox: null,
});
const AREAS = [
  area("140929101201", "坪后沟村", "140929101"),
  area("140929", "岢岚县", null),
  area("140929101", "三井镇", "140929"),
  area("140929100", "岚漪镇", "140929"),
  area("140929100200", "东街村", "140929100"),
];
const names = (open: string[], typed = ""): string[] =>
  visibleRows(grow(AREAS), new Set(open), typed).map(
    (row) => "  ".repeat(row.depth) + row.area.name,
  );

test("areas grow into a tree in code order, whatever order they come in", () => {
  expect(names(["140929", "140929100"])).toEqual(["岢岚县", "  岚漪镇", "    东街村", "  三井镇"]);
});

test("a closed branch hides what is below it", () => expect(names([])).toEqual(["岢岚县"]));

test("typing shows every match under its ancestors, open or not", () => {
  expect(names([], "坪后")).toEqual(["岢岚县", "  三井镇", "    坪后沟村"]);
  expect(names([], "140929100200")).toEqual(["岢岚县", "  岚漪镇", "    东街村"]);
  expect(names([], "没有")).toEqual([]);
});

test("an area whose parent is missing still shows", () => {
  const rows = visibleRows(grow([area("632222100", "八宝镇", "632222")]), new Set(), "");
  expect(rows.map((row) => row.area.name)).toEqual(["八宝镇"]);
});
