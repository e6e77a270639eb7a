import { afterEach, expect, test } from "vitest";
import { setLocale } from "../core/i18n";
import {
  ACTIONS,
  actionText,
  askedIn,
  isPlain,
  originText,
  pairs,
  SUBJECTS,
  subjectText,
  toneOf,
} from "./trail";

afterEach(() => setLocale("zh-CN"));

test("an address tells which lines are wanted, and nothing of other pages", () => {
  expect(askedIn({ actor: "li", since: "2026-05-01", grid: "1", off: "x", before: "" })).toEqual({
    actor: "li",
    since: "2026-05-01",
  });
});

test("every act and subject of the lists has words, others stand for themselves", () => {
  for (const language of ["zh-CN", "en"] as const) {
    setLocale(language);
    for (const one of ACTIONS) expect(actionText(one), one).not.toContain("_");
    for (const one of SUBJECTS) expect(subjectText(one), one).not.toContain("_");
  }
  expect(actionText("fly")).toBe("fly");
  expect(subjectText("moon")).toBe("moon");
});

test("what a line holds is told in words", () => {
  expect(pairs({ code: "P1", fields: ["name", "id_number"] })).toEqual([
    ["编码", "P1"],
    ["所看内容", "姓名、身份证号"],
  ]);
  expect(pairs({ lines: 3, asked: { actor: "li", action: "unmask" }, moon: null })).toEqual([
    ["条数", "3"],
    ["筛选", "账号 li、行为 查看完整信息"],
  ]);
  expect(pairs({ lines: 0, asked: {} })).toEqual([["条数", "0"]]);
  expect(pairs({ via: "oidc", why: "code" })).toEqual([
    ["方式", "身份提供方"],
    ["原因", "code"],
  ]);
  expect(pairs({ ok: false, moon: 1 })).toEqual([
    ["完好", "否"],
    ["moon", "1"],
  ]);
});

test("only what the act itself tells is left out", () => {
  expect(isPlain({ action: "log_in", subject: "logins" })).toBe(true);
  expect(isPlain({ action: "insert", subject: "logins" })).toBe(false);
  expect(isPlain({ action: "unmask", subject: "residents" })).toBe(false);
});

test("acts that an auditor looks for first stand out", () => {
  expect(["unmask", "fail", "insert", "fly"].map(toneOf)).toEqual([
    "warn",
    "bad",
    "neutral",
    "neutral",
  ]);
  expect(originText("socket")).toBe("服务器本机");
  expect(originText("10.1.2.3")).toBe("10.1.2.3");
});
