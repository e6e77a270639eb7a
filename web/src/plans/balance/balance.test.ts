import { describe, expect, test } from "vitest";
import { ApiError } from "../../core/http";
import type { LonLat } from "../../core/geometry";
import type { Grid } from "../api";
import { closed } from "../arcs/town";
import { takingOf, type Figures, type Present, type Proposal, type Proposed } from "./api";
import { bestOf, deviation, LINES, moved } from "./figures";
import { changesNothing, outdated, rowsOf, rowsOfToday, scaleOf, twinOf, widened } from "./rows";
import { notTakenOf } from "./taking";
import { askedTold } from "./told";
import { askOf, faultOf, firstWish, limitsOf, mayChoose, sameLocks, toggled, wishOf } from "./wish";

const LIMITS = { urban: [300, 500] as [number, number], rural: [60, 120] as [number, number] };
const FIGURES: Figures = {
  grids: 8,
  in_range: 6,
  possible: 8,
  max_deviation: 0.2,
  mean_deviation: 0.1,
  connected: 8,
  border_m: 1710,
  border_cost_m: 862,
  road_share: 0.9,
  polsby_popper: 0.72,
  moved_buildings: 3,
  moved_households: 120,
  moved_at_least: 2,
  moved_households_share: 0.043,
};

function present(code: string, weight: number, version = 1): Present {
  const ring = closed([
    [0, 0],
    [weight, 0],
    [weight, 1],
  ] as LonLat[]);
  return {
    code,
    name: code,
    village: "v",
    kind: "general",
    area_kind: "urban",
    version,
    locked: false,
    households: weight,
    residents: weight,
    buildings: 1,
    weight,
    deviation: 0,
    in_range: true,
    geometry: { type: "Polygon", coordinates: [ring] },
  };
}
const proposed = (code: string, weight: number, fate: Proposed["fate"]): Proposed => ({
  ...present(code, weight),
  fate,
});
function proposal(mode: Proposal["mode"], grids: Proposed[], ended: string[] = []): Proposal {
  return {
    mode,
    before: FIGURES,
    after: FIGURES,
    villages: [],
    grids,
    ended: ended.map((code) => ({ code, village: "v" })),
    moves: [],
    exceptions: [],
    repairs: [],
  };
}
const TODAY = [present("a", 310), present("b", 250), present("c", 600)];
const STABLE = proposal(
  "stable",
  [proposed("a", 310, "same"), proposed("c", 450, "changed"), proposed("d", 400, "created")],
  ["b"],
);

describe("what is asked for", () => {
  test("is this village by the profile's limits unless one says otherwise", () => {
    const wish = firstWish();
    expect(askOf(wish, "v")).toEqual({
      villages: ["v"],
      size: null,
      modes: ["stable", "shape", "even"],
      locked: [],
    });
    expect(askOf({ ...wish, everywhere: true }, "v").villages).toBeNull();
    expect(askOf({ ...wish, modes: ["even", "stable"] }, "v").modes).toEqual(["stable", "even"]);
  });

  test("is what was asked for before, when it is asked for again", () => {
    const asked = { ...askOf(firstWish(), "v"), size: [200, 400] as [number, number] };
    const again = wishOf({ ...asked, locked: ["a"] });
    expect(askOf(again, "v")).toEqual({ ...asked, locked: ["a"] });
    expect(wishOf({ ...asked, villages: ["v", "w"] }).everywhere).toBe(true);
  });

  test("needs a mode, and a size that can be", () => {
    const wish = firstWish();
    expect(faultOf(wish)).toBeNull();
    expect(faultOf({ ...wish, modes: [] })).toBe("balance.fault.modes");
    const sizes = [
      [500, 300],
      [0, 300],
      [300, 300],
      [300, NaN],
    ] as [number, number][];
    for (const size of sizes) expect(faultOf({ ...wish, size })).toBe("balance.fault.size");
    expect(faultOf({ ...wish, size: [300, 500] })).toBeNull();
  });

  test("has three modes at most", () => {
    const wish = firstWish();
    expect(mayChoose(wish, "mixed")).toBe(false);
    expect(mayChoose(wish, "even")).toBe(true);
    expect(mayChoose({ ...wish, modes: toggled(wish.modes, "even") }, "mixed")).toBe(true);
  });

  test("is told in a line", () => {
    const job = {
      ...{ id: 1, state: "done" as const, done: 1, total: 1, by: "x", at: "", reason: null },
      asked: { ...askOf(firstWish(), "v"), villages: ["v"], locked: ["a", "b"] },
    };
    expect(askedTold(job)).toBe("按标准户数 · 稳定、顺路、均匀 · 2 格不变");
    job.asked.size = [300, 450];
    expect(askedTold(job)).toContain("每格 300–450 户");
  });

  test("has other locks when one was taken off or put on", () => {
    expect(sameLocks(["a", "b"], ["b", "a"])).toBe(true);
    expect(sameLocks(["a"], [])).toBe(false);
  });
});

describe("figures side by side", () => {
  const line = (title: string): (typeof LINES)[number] => LINES.find((one) => one.title === title)!;

  test("name what moves beside the bound of what must", () => {
    expect(moved(FIGURES)).toBe("3 栋调整，至少需要 2 栋");
    expect(moved({ ...FIGURES, moved_at_least: null })).toBe("3 栋调整");
    expect(moved({ ...FIGURES, moved_buildings: 0 })).toBe("不动");
    expect(moved({ ...FIGURES, moved_buildings: 1 })).toBe("1 栋调整");
    expect(moved({ ...FIGURES, possible: 0 })).toBe("3 栋调整");
  });

  test("are signed where the sign says something", () => {
    expect([0.123, -0.05, 0.0001, null].map(deviation)).toEqual(["+12.3%", "−5.0%", "0.0%", "–"]);
  });

  test("mark the best, fewer or more; and none where all are alike", () => {
    const other = { ...FIGURES, road_share: 0.95, moved_buildings: 9 };
    expect(bestOf(line("balance.figure.road"), [FIGURES, other])).toEqual([false, true]);
    expect(bestOf(line("balance.figure.moved"), [FIGURES, other])).toEqual([true, false]);
    expect(bestOf(line("balance.figure.mean"), [FIGURES, other])).toEqual([false, false]);
    const unknown = { ...FIGURES, road_share: null };
    expect(bestOf(line("balance.figure.road"), [unknown, FIGURES, other])).toEqual([
      false,
      false,
      true,
    ]);
  });

  test("best in range is whoever leaves fewest outside, however many grids there are", () => {
    const fewer = { ...FIGURES, grids: 6, in_range: 6 };
    expect(bestOf(line("balance.figure.in_range"), [FIGURES, fewer])).toEqual([false, true]);
  });
});

describe("the grids of a proposal in lines", () => {
  const rows = rowsOf(TODAY, STABLE, LIMITS);

  test("are all that there are and will be, with their load before and after", () => {
    expect(
      rows.map(({ code, fate, before, after }) => [code, fate, before?.load, after?.load]),
    ).toEqual([
      ["a", "same", "in", "in"],
      ["b", "ended", "under", undefined],
      ["c", "changed", "over", "in"],
      ["d", "created", undefined, "in"],
    ]);
  });

  test("are told against the limits that were asked for", () => {
    const narrow = limitsOf([300, 400], LIMITS);
    expect(rowsOf(TODAY, STABLE, narrow)[2]!.after!.load).toBe("over");
    expect(limitsOf(null, LIMITS)).toBe(LIMITS);
    const today = rowsOfToday(TODAY as unknown as Grid[], narrow);
    expect(today.map(({ before }) => before?.load)).toEqual(["in", "under", "far-over"]);
  });

  test("share one scale that the longest bar and the range fit into", () => {
    const scale = scaleOf(rows, 100);
    expect(scale(0)).toBe(0);
    expect(scale(600)).toBeLessThan(100);
    expect(scale(600)).toBeGreaterThan(95);
    expect(scaleOf([rows[0]!], 100)(500)).toBeLessThan(100);
  });
});

describe("a proposal", () => {
  const same = TODAY.map(({ code, weight }) => proposed(code, weight, "same"));

  test("that changes nothing is known as such", () => {
    expect(changesNothing(proposal("stable", same))).toBe(true);
    expect(changesNothing(STABLE)).toBe(false);
    expect(changesNothing(proposal("even", same, ["x"]))).toBe(false);
  });

  test("that is the same division as an earlier one names it", () => {
    const again = { ...STABLE, mode: "even" as const };
    const all = [STABLE, proposal("shape", same), again];
    expect(twinOf(again, all)?.mode).toBe("stable");
    expect(twinOf(all[1]!, all)).toBeUndefined();
    expect(twinOf(STABLE, all)).toBeUndefined();
  });

  test("is late where a grid was changed, went or came since", () => {
    const now = (code: string, version: number): Grid =>
      ({ ...present(code, 1, version) }) as unknown as Grid;
    const then = TODAY;
    expect(outdated(then, [now("a", 1), now("b", 1), now("c", 1)])).toEqual([]);
    expect(outdated(then, [now("a", 2), now("b", 1), now("d", 1)])).toEqual(["a", "c", "d"]);
  });
});

describe("a part that is not taken over", () => {
  const choice = { mode: "stable" as const, villages: ["v"], grids: ["a"] };
  const taking = takingOf("p/1", 7, choice);
  const refused = (status: number, more: Record<string, unknown> = {}, kind = "refused" as const) =>
    notTakenOf(new ApiError(kind, status, "不行", "no", "", 0, more), taking);

  test("offers what belongs together, when it does not tile its village", () => {
    const groups = [["a", "b"], ["c"], ["d", "e"]];
    const not = refused(422, { rule: "untiled", together: groups });
    expect(widened(choice.grids, not.together)).toEqual(["a", "b"]);
    expect(widened(["a", "e"], groups)).toEqual(["a", "b", "d", "e"]);
    expect(refused(422, { rule: "gap", together: groups }).together).toEqual([]);
  });

  test("names what others changed, when it is stale", () => {
    const changed = [{ code: "a", by: "zhang", at: null, operation: "split", grid: null }];
    expect(refused(412, { changed }).changes).toEqual(changed);
    expect(refused(422, { changed }).changes).toEqual([]);
  });

  test("can be sent again under the same name only when no answer came", () => {
    const lost = notTakenOf(new ApiError("away", 0, "", ""), taking);
    expect(lost.again).toBe(taking);
    expect(refused(422).again).toBeNull();
    expect(taking.path).toBe("/api/plans/p%2F1/proposals/7/accept");
    expect(taking.key).toMatch(/^[0-9a-f-]{36}$/);
  });
});
