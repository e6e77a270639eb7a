import { beforeEach, expect, test } from "vitest";
import type { LonLat } from "./geometry";
import { watchGrabs } from "./grab";

let told: string[] = [];
let element: HTMLElement;
let engine: string[] = [];

function press(type: string, x: number, init: PointerEventInit = {}): void {
  const event = new PointerEvent(type, {
    bubbles: true,
    clientX: x,
    clientY: 0,
    pointerId: 1,
    ...init,
  });
  element.dispatchEvent(event);
}

/** A map on which there is something to take at x < 100. */
beforeEach(() => {
  told = [];
  engine = [];
  document.body.innerHTML = "<div><div id='map'></div></div>";
  element = document.getElementById("map")!;
  for (const name of ["mousedown", "click"])
    element.addEventListener(name, () => engine.push(name));
  const map = {
    getCanvasContainer: () => element,
    unproject: ([lng, lat]: [number, number]) => ({ lng, lat }),
  };
  watchGrabs(map, ([x]: LonLat, touch) => {
    if (x >= 100) return null;
    told.push(touch ? "touched" : "taken");
    return {
      move: ([to], free) => told.push(`move ${to}${free ? " free" : ""}`),
      drop: (moved) => told.push(moved ? "dropped" : "pressed"),
      cancel: () => told.push("cancelled"),
    };
  });
});

test("what is under the pointer is taken, moved and dropped; the map does not see it", () => {
  press("pointerdown", 10);
  element.dispatchEvent(new MouseEvent("mousedown", { bubbles: true }));
  press("pointermove", 12);
  press("pointermove", 20);
  press("pointermove", 30, { altKey: true });
  press("pointerup", 30);
  element.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  expect(told).toEqual(["taken", "move 20", "move 30 free", "dropped"]);
  expect(engine).toEqual([]);
});

test("keys are meant for the map once something on it is taken, as after any press", () => {
  const field = document.createElement("input");
  document.body.append(field);
  field.focus();
  press("pointerdown", 200);
  expect(document.activeElement).toBe(field);
  press("pointerdown", 10);
  expect(document.activeElement).not.toBe(field);
});

test("where nothing is to be taken the map pans as ever", () => {
  press("pointerdown", 200);
  element.dispatchEvent(new MouseEvent("mousedown", { bubbles: true }));
  press("pointermove", 220);
  element.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  expect(told).toEqual([]);
  expect(engine).toEqual(["mousedown", "click"]);
});

test("a press without a move is a press; a second finger lets go", () => {
  press("pointerdown", 10, { pointerType: "touch" });
  press("pointerup", 10);
  press("pointerdown", 10);
  press("pointermove", 50);
  press("pointerdown", 60, { pointerId: 2 });
  press("pointermove", 70);
  expect(told).toEqual(["touched", "pressed", "taken", "move 50", "cancelled"]);
});
