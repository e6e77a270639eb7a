import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { pick, setLocale, t, type MessageKey } from "./i18n";
import en from "./locales/en.json";
import zh from "./locales/zh-CN.json";

const SRC = join(import.meta.dirname, "..");
const sources = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.(ts|vue)$/.test(name) && !name.endsWith(".test.ts"))
  .map((name) => ({ name, text: readFileSync(join(SRC, name), "utf8") }));

afterEach(() => setLocale("zh-CN"));

test("both languages have the same messages with the same places to fill", () => {
  expect(Object.keys(en)).toEqual(Object.keys(zh));
  const places = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
  /* A month alone reads well in Chinese; in English it needs its year. */
  const keys = (Object.keys(zh) as MessageKey[]).filter((key) => key !== "heat.month");
  const odd = keys.filter((key) => places(zh[key]).join() !== places(en[key]).join());
  expect(odd).toEqual([]);
});

test("every message is used", () => {
  const text = sources.map((source) => source.text).join("\n");
  const families = [...text.matchAll(/`([\w.]+\.)\$\{/g)].map(([, prefix]) => prefix ?? "");
  const unused = Object.keys(zh).filter(
    (key) =>
      !text.includes(`"${key}"`) &&
      !text.includes(`'${key}'`) &&
      !families.some((prefix) => key.startsWith(prefix)),
  );
  expect(unused).toEqual([]);
});

test("components carry no Chinese text of their own", () => {
  const chinese = sources
    .filter(({ name }) => name.endsWith(".vue"))
    .filter(({ text }) => /[\u4e00-\u9fff]/.test(text.replace('"中文"', "")))
    .map(({ name }) => name);
  expect(chinese).toEqual([]);
});

test("Chinese is the default and the choice is remembered", () => {
  expect(t("nav.map")).toBe("网格地图");
  setLocale("en");
  expect(t("size.limit", { low: 60, high: 120 })).toBe("limit 60–120");
  expect(localStorage.getItem("gridmap.locale")).toBe("en");
  expect(document.documentElement.lang).toBe("en");
});

test("a record without English is shown in Chinese", () => {
  setLocale("en");
  expect(pick("邻里纠纷", null)).toBe("邻里纠纷");
  expect(pick("邻里纠纷", "Neighbours")).toBe("Neighbours");
});
