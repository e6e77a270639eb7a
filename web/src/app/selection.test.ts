import { beforeEach, expect, test } from "vitest";
import { go } from "../core/router";
import { clearSelection, selectAndGo, selected, selectHere } from "./selection";

beforeEach(() => go("/", { off: "incidents", v: "111,38,9" }));

test("a click selects one thing and leaves the map where it is", () => {
  selectHere("building", "B1");
  selectHere("grid", "140929100200001");
  expect(location.search).toBe("?off=incidents&v=111,38,9&grid=140929100200001");
  expect(selected.value).toEqual({ type: "grid", code: "140929100200001" });
});

test("a search result gives up the view so that the map goes there", () => {
  selectAndGo("incident", "KL1");
  expect(location.search).toBe("?off=incidents&incident=KL1");
});

test("a search from another page opens the map page", () => {
  go("/check");
  selectAndGo("grid", "140929100200001");
  expect(location.pathname + location.search).toBe("/?grid=140929100200001");
});

test("closing the card keeps layers and view", () => {
  selectHere("grid", "1");
  clearSelection();
  expect(selected.value).toBeNull();
  expect(location.search).toBe("?off=incidents&v=111,38,9");
});
