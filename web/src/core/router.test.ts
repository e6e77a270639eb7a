import { afterEach, expect, test } from "vitest";
import { change, go, hrefOf, path, query } from "./router";

afterEach(() => go("/"));

test("a page and its query are in the address bar", () => {
  go("/heat", { category: "01,02", v: "111.5,38.7,12" });
  expect(location.pathname + location.search).toBe("/heat?category=01,02&v=111.5,38.7,12");
  expect(path.value).toBe("/heat");
  expect(query.value.category).toBe("01,02");
});

test("changing one part keeps the others and takes out what is undefined", () => {
  go("/", { grid: "140929100200001", off: "incidents" });
  change({ grid: undefined, building: "B 1" });
  expect(location.search).toBe("?off=incidents&building=B%201");
  expect(query.value).toEqual({ off: "incidents", building: "B 1" });
});

test("replacing adds no step to go back to", () => {
  const before = history.length;
  change({ v: "111,38,9" }, "replace");
  expect(history.length).toBe(before);
});

test("the back button is followed", () => {
  history.replaceState(null, "", "/check");
  dispatchEvent(new PopStateEvent("popstate"));
  expect(path.value).toBe("/check");
});

test("an address with nothing to ask has no question mark", () =>
  expect(hrefOf("/", { v: undefined })).toBe("/"));
