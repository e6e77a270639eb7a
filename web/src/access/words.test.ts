import { afterEach, expect, test } from "vitest";
import { setLocale } from "../core/i18n";
import { clock } from "../core/countdown";
import { faultOf, tidyCode } from "./rules";
import { byRole, inOrder, rightText, roleText, scopeText, tokenRights } from "./words";

afterEach(() => setLocale("zh-CN"));

const held = (role: string, title: string, title_en: string, name: string | null) => ({
  role,
  title,
  title_en,
  scope: { kind: "grid" as const, code: "140929100200001", name },
});

test("a role is told with its place, which has a code where it has no name", () => {
  const lead = held("lead", "网格长", "grid lead", "北道坡村第2网格");
  expect(roleText(lead)).toBe("网格长 · 北道坡村第2网格");
  expect(roleText({ ...lead, scope: { ...lead.scope, name: null } })).toBe(
    "网格长 · 140929100200001",
  );
  expect(scopeText({ kind: "everywhere", code: null, name: null })).toBe("全域");
  setLocale("en");
  expect(roleText(lead)).toBe("Grid lead · 北道坡村第2网格");
});

test("rights are told in one order and in words; a new one stands for itself", () => {
  expect(inOrder(["report", "territory"]).map(rightText)).toEqual(["查看区划与网格", "上报事件"]);
  expect(rightText("fly")).toBe("fly");
});

test("no token is offered the right to manage", () =>
  expect(tokenRights(["manage", "incidents", "territory"])).toEqual(["territory", "incidents"]));

test("demo accounts stand from the street upwards, an unknown role last", () => {
  const roles = ["administrator", "fly", "lead", "officer"].map((role) => ({ role }));
  expect(byRole(roles).map(({ role }) => role)).toEqual([
    "officer",
    "lead",
    "administrator",
    "fly",
  ]);
});

test("what is wrong with a new password is told before it is sent", () => {
  expect(faultOf("short", "short", "li.na")).toBe("password.short");
  expect(faultOf("Li.Na-2026-secret", "Li.Na-2026-secret", "li.na")).toBe("password.holds_account");
  expect(faultOf("four quiet words", "four quite words", "li.na")).toBe("password.differs");
  expect(faultOf("four quiet words", "four quiet words", "li.na")).toBeNull();
  /* Twelve characters, not twelve units of a string. */
  expect(faultOf("🙂🙂🙂🙂🙂🙂", "🙂🙂🙂🙂🙂🙂", "li.na")).toBe("password.short");
});

test("codes are taken as people type them", () => {
  expect(tidyCode(" 123 456 ")).toBe("123456");
  expect(tidyCode(" zn9b-nqay-ubzj-x87y ")).toBe("zn9b-nqay-ubzj-x87y");
});

test("a wait is told in minutes and seconds", () =>
  expect([9, 60, 125].map(clock)).toEqual(["0:09", "1:00", "2:05"]));
