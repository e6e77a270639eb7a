import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { LonLat } from "../core/geometry";
import { setLocale } from "../core/i18n";
import type { Division } from "./api";
import { standingOf } from "./division";
import { figureOf } from "./words";
import { CRITERIA, scoreOf, type Criteria } from "./arcs/criteria";
import { Drag } from "./arcs/drag";

interface Case {
  name: string;
  moves: { at: LonLat; to: LonLat }[];
  criteria: { name: string; score: number; zh: string; en: string }[];
}

/* What gridmap/plans/criteria.py says; tests/plans/test_criteria.py holds the file to it. */
const FILE = resolve(import.meta.dirname, "../../../tests/plans/criteria.json");
const { division, cases } = JSON.parse(readFileSync(FILE, "utf8")) as {
  division: Division;
  cases: Case[];
};
const { scene } = standingOf(division);

function told(criteria: Criteria): Case["criteria"] {
  const figures = (locale: "zh-CN" | "en"): string[] => {
    setLocale(locale);
    return CRITERIA.map((name) => figureOf(name, criteria));
  };
  const [en, zh] = [figures("en"), figures("zh-CN")];
  return CRITERIA.map((name, n) => {
    const score = expect.closeTo(scoreOf(criteria[name]), 12) as number;
    return { name, score, zh: zh[n]!, en: en[n]! };
  });
}

describe("the criteria in the browser are those of the server, also in words", () => {
  test.each(cases)("$name", ({ moves, criteria }) => {
    const [move] = moves;
    if (!move) return expect(criteria).toEqual(told(scene.yardstick.measure()));
    const drag = new Drag(scene, { kind: "vertex", vertex: vertexAt(move.at) }, move.at);
    drag.to([move.to[0] + 0.0004, move.to[1] - 0.0003]);
    const step = drag.to(move.to);
    expect(step.fault).toBeNull();
    expect(drag.operation()?.moves).toEqual(moves);
    expect(criteria).toEqual(told(step.criteria));
  });

  test("a drag that goes back leaves everything as it was", () => {
    const { at, to } = cases[1]!.moves[0]!;
    const drag = new Drag(scene, { kind: "vertex", vertex: vertexAt(at) }, at);
    drag.to(to);
    expect(drag.to(at).criteria).toEqual(scene.yardstick.measure());
  });

  test("a village without homes or grids has nothing to be blamed for", () => {
    const empty = { lon: [], lat: [], grid: [] };
    const buildings = { ...empty, households: [], residents: [] };
    const basis = { ...division.basis, facilities: empty };
    const bare = standingOf({ ...division, grids: [], buildings, basis }).scene.yardstick.measure();
    expect(CRITERIA.map((name) => scoreOf(bare[name]))).toEqual([1, 1, 1, 1]);
    expect(figureOf("distance", bare)).toBe("没有住户");
  });
});

const vertexAt = (at: LonLat): number => scene.mesh.vertexAt(at)!;
