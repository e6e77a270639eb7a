import { describe, expect, test } from "vitest";
import { stateOn } from "./states";

const active = { state: "active", valid_from: "2026-03-01", valid_to: "2026-09-01" } as const;
const draft = { state: "draft", valid_from: null, valid_to: null } as const;

describe("the state of a plan on a day", () => {
  test("an active plan is planned before its first day and past from the day it ends", () => {
    expect(stateOn("2026-02-28", active)).toBe("planned");
    expect(stateOn("2026-03-01", active)).toBe("active");
    expect(stateOn("2026-08-31", active)).toBe("active");
    expect(stateOn("2026-09-01", active)).toBe("retired");
    expect(stateOn("2030-01-01", { ...active, valid_to: null })).toBe("active");
  });

  test("a draft is submitted or not, a retired plan stays so", () => {
    expect(stateOn("2026-03-01", draft)).toBe("draft");
    expect(stateOn("2026-03-01", { ...draft, submitted: true })).toBe("submitted");
    expect(stateOn("2026-03-01", { ...draft, state: "submitted" })).toBe("submitted");
    expect(stateOn("2026-03-01", { ...active, state: "retired" })).toBe("retired");
  });
});
