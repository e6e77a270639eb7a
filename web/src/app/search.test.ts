import { afterEach, expect, test, vi } from "vitest";
import { find, isPersonal } from "./search";

afterEach(() => vi.unstubAllGlobals());

test.each(["13812345678", "138 1234 5678", "138-1234-5678", "11010519491231002X"])(
  "%s is a person's number and never part of an address",
  async (text) => {
    const asked = vi.fn();
    vi.stubGlobal("fetch", asked);
    expect(isPersonal(text)).toBe(true);
    expect(await find(text, new AbortController().signal)).toEqual([]);
    expect(asked).not.toHaveBeenCalled();
  },
);

test.each(["140929", "140929100200", "140929100200001", "20240501000001", "东街 8 号", "B138"])(
  "%s is looked for",
  (text) => expect(isPersonal(text)).toBe(false),
);
