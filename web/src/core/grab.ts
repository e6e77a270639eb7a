import type { LonLat } from "./geometry";

/** Something on the map in somebody's hand. */
export interface Grab {
  move: (at: LonLat, free: boolean) => void;
  /** Let go; `moved` is false where the pointer was only pressed. */
  drop: (moved: boolean) => void;
  cancel: () => void;
}

/** What a map must offer for things on it to be taken hold of. */
interface Surface {
  getCanvasContainer: () => HTMLElement;
  unproject: (point: [number, number]) => { lng: number; lat: number };
}

const STILL_PX = 3;
/* What the engine would take for a pan, a zoom or a click of its own. */
const SILENCED = ["mousedown", "mousemove", "mouseup", "touchstart", "touchmove", "touchend"];

/** Hand pressed pointers to `begin`; while it holds one, the map sees nothing of it. */
export function watchGrabs(map: Surface, begin: (at: LonLat, touch: boolean) => Grab | null): void {
  const element = map.getCanvasContainer();
  let held: { grab: Grab; pointer: number; from: [number, number]; moved: boolean } | null = null;
  let swallow = false;

  const placeOf = (event: PointerEvent): LonLat => {
    const box = element.getBoundingClientRect();
    const { lng, lat } = map.unproject([event.clientX - box.left, event.clientY - box.top]);
    return [lng, lat];
  };
  const release = (finish: (grab: Grab, moved: boolean) => void): void => {
    const { grab, moved } = held!;
    held = null;
    finish(grab, moved);
  };
  const down = (event: PointerEvent): void => {
    swallow = false;
    if (held) return release((grab) => grab.cancel());
    if (event.button !== 0) return;
    const grab = begin(placeOf(event), event.pointerType === "touch");
    if (!grab) return;
    /* As the browser does where a press is not silenced: keys are meant for the map from now on. */
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    const from: [number, number] = [event.clientX, event.clientY];
    held = { grab, pointer: event.pointerId, from, moved: false };
    swallow = true;
  };
  const move = (event: PointerEvent): void => {
    if (event.pointerId !== held?.pointer) return;
    const [x, y] = held.from;
    held.moved ||= Math.hypot(event.clientX - x, event.clientY - y) > STILL_PX;
    if (held.moved) held.grab.move(placeOf(event), event.altKey);
  };
  const up = (event: PointerEvent): void => {
    if (event.pointerId === held?.pointer) release((grab, moved) => grab.drop(moved));
  };
  const lost = (event: PointerEvent): void => {
    if (event.pointerId === held?.pointer) release((grab) => grab.cancel());
  };
  element.addEventListener("pointerdown", down, true);
  for (const [name, listener] of [
    ["pointermove", move],
    ["pointerup", up],
    ["pointercancel", lost],
  ] as const) {
    addEventListener(name, listener);
    gone(element, () => removeEventListener(name, listener));
  }
  const silence = (event: Event): void => {
    if (!swallow || (event.type === "mousemove" && !held)) return;
    event.stopImmediatePropagation();
    if (event.cancelable) event.preventDefault();
  };
  for (const name of [...SILENCED, "click", "dblclick"])
    element.parentElement?.addEventListener(name, silence, { capture: true, passive: false });
}

/** When the map has been taken away. */
function gone(element: HTMLElement, callback: () => void): void {
  const check = (): void => {
    if (element.isConnected) return;
    callback();
    removeEventListener("pointerdown", check, true);
  };
  addEventListener("pointerdown", check, true);
}
