import { expect, test } from "vitest";
import { offered, outlook } from "./pages";

const with_ =
  (...rights: string[]) =>
  (right: string): boolean =>
    rights.includes(right);

test("the navigation offers what the account may open", () => {
  expect(offered(with_("territory", "manage")).map(({ to }) => to)).toEqual(["/"]);
  expect(offered(with_("territory", "audit")).map(({ to }) => to)).toEqual(["/", "/audit"]);
  expect(offered(with_("territory", "incidents", "premises")).map(({ to }) => to)).toEqual([
    "/",
    "/heat",
    "/check",
  ]);
});

test("an address without the right for it says which right that is", () => {
  const shown = outlook("/check", 1, with_("territory"));
  expect(shown).toMatchObject({ kind: "no-right", page: { right: "premises" } });
  expect(outlook("/check", 1, with_("premises")).kind).toBe("page");
});

test("a page may have addresses below it, and a second right that opens it", () => {
  const drawn = outlook("/plans/2026-1", 1, with_("edit_plans"));
  const list = outlook("/plans", 1, with_("publish_plans"));
  if (drawn.kind !== "page" || list.kind !== "page") throw new Error("not a page");
  expect(drawn.page).toBe(list.page);
  expect(drawn.show).not.toBe(list.show);
  expect(outlook("/plans/2026-1", 1, with_("territory")).kind).toBe("no-right");
  expect(outlook("/check/more", 1, with_("premises")).kind).toBe("missing");
});

test("without a mandate there is the own account and nothing else", () => {
  expect(outlook("/", 0, with_()).kind).toBe("no-mandate");
  expect(outlook("/account", 0, with_()).kind).toBe("account");
});

test("an address that is no page is said, whatever one may", () =>
  expect(outlook("/nowhere", 1, with_("territory")).kind).toBe("missing"));
