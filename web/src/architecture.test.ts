import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const SRC = import.meta.dirname;
const CAPABILITIES = ["access", "areas", "premises", "incidents", "chain", "heatmap", "plans"];

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.(ts|vue|css|json)$/.test(name) && !name.endsWith(".test.ts"))
  .map((name) => ({ name, text: readFileSync(join(SRC, name), "utf8") }));
const sources = files.filter(({ name }) => /\.(ts|vue)$/.test(name));

/** What a file imports: packages by name, own files as paths below src. */
function importsOf({ name, text }: { name: string; text: string }): string[] {
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(
    ([, what]) => what ?? "",
  );
  return found.map((what) =>
    what.startsWith(".") ? relative(SRC, resolve(SRC, dirname(name), what)) : what,
  );
}

const roomOf = (path: string): string => path.split("/")[0] ?? "";

test("a capability imports only itself, core and packages", () => {
  const strays = sources
    .filter(({ name }) => CAPABILITIES.includes(roomOf(name)))
    .flatMap((file) =>
      importsOf(file)
        .filter((what) => [...CAPABILITIES, "app"].includes(roomOf(what)))
        .filter((what) => roomOf(what) !== roomOf(file.name))
        .map((what) => `${file.name} → ${what}`),
    );
  expect(strays).toEqual([]);
});

test("core imports no capability and not the app", () => {
  const strays = sources
    .filter(({ name }) => roomOf(name) === "core")
    .flatMap((file) =>
      importsOf(file).filter((what) => [...CAPABILITIES, "app"].includes(roomOf(what))),
    );
  expect(strays).toEqual([]);
});

test("every folder is core, app or a capability", () => {
  const rooms = new Set(
    files.map(({ name }) => roomOf(name)).filter((room) => !room.includes(".")),
  );
  expect([...rooms].sort()).toEqual([...CAPABILITIES, "app", "core"].sort());
});

test("only core/map.ts names the map engine and only heatmap/charts.ts the charts", () => {
  const naming = (engine: string): string[] =>
    sources
      .filter((file) => importsOf(file).some((what) => what.startsWith(engine)))
      .map(({ name }) => name);
  expect(naming("maplibre-gl")).toEqual(["core/map.ts"]);
  expect(naming("echarts")).toEqual(["heatmap/charts.ts"]);
});

test("the one fetch module is core/http.ts", () => {
  const fetching = sources.filter(({ text }) => /\bfetch\(/.test(text)).map(({ name }) => name);
  expect(fetching).toEqual(["core/http.ts"]);
});

test("nothing is loaded from another address", () => {
  const strays = files.filter(({ text }) => /https?:\/\//.test(text)).map(({ name }) => name);
  expect(strays).toEqual([]);
});

test("colours are chosen in tokens.css alone", () => {
  const coloured = files
    .filter(({ name }) => !["core/tokens.css"].includes(name))
    .filter(({ text }) =>
      /#[0-9a-f]{3,8}\b(?=[^a-z-])/i.test(text.replace(/href="[^"]*"|`#\$\{[^`]*`/g, "")),
    )
    .map(({ name }) => name);
  expect(coloured).toEqual([]);
});

test("every token that is used is defined", () => {
  const tokens = readFileSync(join(SRC, "core/tokens.css"), "utf8");
  const defined = new Set([...tokens.matchAll(/^\s*--([\w-]+):/gm)].map(([, name]) => name));
  const local = new Set([
    "map-left",
    "swatch",
    "columns",
    "indent",
    "tone",
    "tone-soft",
    "page-width",
  ]);
  const used = files.flatMap(({ text }) => [
    ...[...text.matchAll(/var\(--([\w-]+)/g)].map(([, name]) => name ?? ""),
    ...[...text.matchAll(/\bc\("([\w-]+)"\)|\btoken\("([\w-]+)"\)/g)].map(
      ([, a, b]) => a ?? b ?? "",
    ),
    ...[...text.matchAll(/token: "([\w-]+)"/g)].map(([, name]) => name ?? ""),
  ]);
  expect(used.filter((name) => !defined.has(name) && !local.has(name))).toEqual([]);
});

test("a component stays below 300 lines", () => {
  const long = sources.filter(({ text }) => text.split("\n").length > 300).map(({ name }) => name);
  expect(long).toEqual([]);
});

test("the lock file carries no download address", () => {
  const lock = readFileSync(join(SRC, "../package-lock.json"), "utf8");
  expect(lock).not.toContain('"resolved"');
});
