import { shallowRef, type ShallowRef } from "vue";
import type { LonLat } from "../core/geometry";
import type { Grab } from "../core/map";
import { Drag, type BorderMove, type Scene, type Step } from "./arcs/drag";
import type { Grip } from "./arcs/grips";
import type { Fault } from "./arcs/legality";

/** A border on its way: the grids as they look now, and what is wrong with it. */
export interface Live extends Step {
  codes: string[];
}

export interface Dragging {
  /** What moves now, or has been dropped and is being saved. */
  live: ShallowRef<Live | null>;
  /** Take hold of a border at a place. */
  grab: (scene: Scene, grip: Grip, start: LonLat, reach_m: number) => Grab;
  /** Take a vertex out. */
  remove: (scene: Scene, vertex: number) => Promise<void>;
  /** Let go of it where it came from; whether there was anything. */
  cancel: () => boolean;
}

interface Wants {
  snap: (at: LonLat, reach_m: number) => LonLat;
  save: (operation: BorderMove) => Promise<boolean>;
  /** It was dropped where it may not be. */
  refuse: (fault: Fault) => void;
  /** It was pressed, not dragged. */
  press: (grip: Grip) => void;
}

/** Drags of borders, one at a time; positions are worked off once for each picture drawn. */
export function useDragging({ snap, save, refuse, press }: Wants): Dragging {
  const live = shallowRef<Live | null>(null);
  let stop: (() => void) | null = null;

  function show(drag: Drag, at: LonLat): Step {
    const step = drag.to(at);
    live.value = { ...step, codes: drag.codes };
    return step;
  }

  async function finish(drag: Drag, fault: Fault | null): Promise<void> {
    const operation = drag.operation();
    if (fault) refuse(fault);
    else if (operation) await save(operation);
    live.value = null;
  }

  function grab(scene: Scene, grip: Grip, start: LonLat, reach_m: number): Grab {
    const drag = new Drag(scene, grip, start);
    let target: LonLat | null = null;
    let step: Step | null = null;
    let frame = 0;
    let over = false;
    const work = (): void => {
      frame = 0;
      if (target && !over) step = show(drag, target);
      target = null;
    };
    const end = (): void => {
      cancelAnimationFrame(frame);
      over = true;
      stop = null;
    };
    stop = () => {
      end();
      live.value = null;
    };
    return {
      move: (at, free) => {
        if (over) return;
        target = free || grip.kind === "arc" ? at : snap(at, reach_m);
        frame ||= requestAnimationFrame(work);
      },
      drop: (moved) => {
        if (over) return;
        work();
        end();
        if (moved && step) void finish(drag, step.fault);
        else press(grip);
      },
      cancel: () => stop?.(),
    };
  }

  async function remove(scene: Scene, vertex: number): Promise<void> {
    const at = scene.mesh.position(vertex);
    const drag = new Drag(scene, { kind: "removal", vertex }, at);
    await finish(drag, show(drag, at).fault);
  }

  function cancel(): boolean {
    const held = stop !== null;
    stop?.();
    return held;
  }
  return { live, grab, remove, cancel };
}
