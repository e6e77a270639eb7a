import { expect, test } from "vitest";
import type { Link } from "./api";
import { stationsOf } from "./stations";

const link = (name: string, broken = 0, warning = false): Link => ({
  link: name,
  title: name,
  title_en: name,
  total: 100,
  broken,
  ok: broken === 0,
  warning,
  hint: "",
  hint_en: "",
  items: [],
  truncated: false,
});

test("links gather at the stations of the chain, in the order people speak them", () => {
  const stations = stationsOf([
    link("grid_village"),
    link("resident_household"),
    link("building_once"),
  ]);
  expect(stations.map(({ title }) => title)).toEqual([
    "check.residents",
    "check.buildings",
    "check.grids",
  ]);
});

test("a station is as bad as its worst link, and a warning alone does not break it", () => {
  const [buildings] = stationsOf([link("building_grid"), link("building_whole", 3, true)]);
  expect(buildings).toMatchObject({ state: "warn", broken: 3, total: 100 });
  const [worse] = stationsOf([link("building_grid", 1), link("building_whole", 3, true)]);
  expect(worse).toMatchObject({ state: "bad", broken: 4 });
});

test("a link this page does not know is not lost", () => {
  const stations = stationsOf([link("care_device_household", 2)]);
  expect(stations).toHaveLength(1);
  expect(stations[0]?.links[0]?.link).toBe("care_device_household");
});
