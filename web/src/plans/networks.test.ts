import { expect, test } from "vitest";
import type { PlanRow } from "./api";
import { closed } from "./arcs/town";
import { boxOfNetwork, drawn, nameOf, networksOf, plansOf, type KeptNetwork } from "./networks";

const row = (code: string, unit: string | null, network: string | null, day: string): PlanRow => ({
  code,
  name: code,
  state: "draft",
  submitted: false,
  unit: unit === null ? null : { code: unit, name: unit },
  network,
  valid_from: null,
  valid_to: null,
  recorded_on: day,
  grids: 1,
  in_force: false,
});

test("networks stand apart from divisions, by unit and department, the newest first", () => {
  const rows = [
    row("a", "2", "police", "2026-01-01"),
    row("b", "1", null, "2026-01-01"),
    row("c-9", "2", "police", "2026-02-01"),
    row("c-10", "2", "police", "2026-02-01"),
    row("d", "2", "civil", "2025-01-01"),
    row("e", "1", "police", "2024-01-01"),
    row("f", null, null, "2020-01-01"),
  ];
  expect(networksOf(rows).map(({ code }) => code)).toEqual(["e", "d", "c-10", "c-9", "a"]);
  expect(plansOf(rows).map(({ code }) => code)).toEqual(["b", "f"]);
});

const square = (x: number, y: number) => ({
  type: "Polygon" as const,
  coordinates: [closed([[x, y], [x + 2, y], [x + 2, y + 2], [x, y + 2]])], // prettier-ignore
});
const grid = (code: string, name: string | null, x: number) => ({
  code,
  name,
  area_m2: 1,
  buildings: 1,
  households: 2,
  residents: 3,
  geometry: square(x, 0),
});
const network: KeptNetwork = {
  plan: "p",
  network: "police",
  villages: [{ code: "v", name: "东街", geometry: square(0, -3) }],
  grids: [grid("P1", "一所", 1), grid("P2", null, 2)],
};

test("a network is drawn grid by grid under its own names, the selected one marked", () => {
  const { "network-grids": grids, "network-labels": labels, ...rest } = drawn(network, "P2");
  expect(grids!.map(({ properties }) => properties)).toEqual([
    { code: "P1", selected: false },
    { code: "P2", selected: true },
  ]);
  expect(labels!.map(({ properties }) => properties)).toEqual([{ text: "一所" }, { text: "P2" }]);
  expect(labels![0]!.geometry).toEqual({ type: "Point", coordinates: [2, 1] });
  expect(rest["network-villages"]!.length).toBe(1);
  expect(network.grids.map(nameOf)).toEqual(["一所", "P2"]);
});

test("the map shows all of the network and of its villages", () => {
  expect(boxOfNetwork(network)).toEqual([0, -3, 4, 2]);
});
