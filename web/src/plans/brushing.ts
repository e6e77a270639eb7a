import { computed, shallowRef, watch, type ComputedRef, type Ref } from "vue";
import type { LonLat } from "../core/geometry";
import { useLoad, type Load } from "../core/load";
import type { Grab } from "../core/map";
import { BlockMap, movingTo, type Moving } from "./blocks";
import type { Editor } from "./editor";
import { fetchBlocks, type Block } from "./offers";

export interface Brush {
  load: Load<Block[]>;
  painted: ComputedRef<readonly Block[]>;
  /** What would go over. */
  moving: ComputedRef<Moving>;
  /** Put the brush on the map: it paints, or takes paint off where it is put on a painted block. */
  grab: (at: LonLat) => Grab | null;
  /** Whether there is a stroke to take back. */
  canBack: ComputedRef<boolean>;
  /** Take the last stroke back; whether there was one. */
  back: () => boolean;
  /** Take all paint off, and let go of a stroke; whether there was any. */
  clear: () => boolean;
  /** Give the painted blocks to the grid; whether it came about. */
  apply: () => Promise<boolean>;
}

interface Context {
  editor: Editor;
  /** What is painted on: null while another tool is in hand. */
  village: () => { plan: string; village: string } | null;
  to: Ref<string>;
}

const nameOf = (block: Block): string => block.place.join();

/** Street blocks that are painted, to be given to a grid. */
export function useBrush({ editor, village, to }: Context): Brush {
  const load = useLoad(
    () => {
      const at = village();
      return at ? { ...at, deeds: editor.deeds.value } : undefined;
    },
    ({ plan, village: code }, signal) => fetchBlocks(plan, code, signal),
  );
  const map = computed(() => new BlockMap(load.data.value ?? []));
  const { painted, grab, clear, ...strokes } = useStrokes(map);
  const moving = computed(() => movingTo(to.value, painted.value));

  const canBack = computed(() => strokes.canBack.value && !editor.busy.value);

  /* However it came about: what has gone over is paint no more. */
  watch(load.data, () => moving.value.any || clear());
  watch(
    () => JSON.stringify(village()),
    () => {
      clear();
      load.data.value = undefined;
    },
  );

  async function apply(): Promise<boolean> {
    if (!moving.value.any || editor.busy.value) return false;
    const blocks = painted.value.map(({ place }) => place);
    const land = painted.value.map(({ geometry }) => geometry);
    const done = await editor.perform({ operation: "reassign", blocks, to: to.value }, land);
    if (done) clear();
    return done;
  }

  function hold(at: LonLat): Grab | null {
    const held = editor.busy.value ? null : grab(at);
    if (held) editor.forget();
    return held;
  }
  return {
    load,
    painted,
    moving,
    apply,
    clear,
    canBack,
    back: () => canBack.value && strokes.back(),
    grab: hold,
  };
}

/** Blocks that strokes of a brush paint, or take the paint off. */
export function useStrokes(
  map: Ref<BlockMap>,
): Pick<Brush, "painted" | "grab" | "canBack" | "back" | "clear"> {
  const names = shallowRef<ReadonlySet<string>>(new Set());
  const painted = computed(() =>
    map.value.blocks.filter((block) => names.value.has(nameOf(block))),
  );
  /** What was painted before each stroke. */
  const befores = shallowRef<readonly ReadonlySet<string>[]>([]);
  const canBack = computed(() => befores.value.length > 0);
  let stroke: symbol | null = null;

  function paint(blocks: Iterable<Block>, on: boolean): void {
    const next = new Set(names.value);
    for (const block of blocks) {
      if (on) next.add(nameOf(block));
      else next.delete(nameOf(block));
    }
    names.value = next;
  }

  function grab(start: LonLat): Grab | null {
    const first = map.value.at(start);
    if (!first) return null;
    const mine = (stroke = Symbol("stroke"));
    const on = !names.value.has(nameOf(first));
    befores.value = [...befores.value, names.value];
    let last = start;
    paint([first], on);
    return {
      move: (at) => {
        if (stroke === mine) paint(map.value.along(last, at), on);
        last = at;
      },
      drop: () => {
        if (stroke === mine) stroke = null;
      },
      cancel: () => {
        if (stroke === mine) back();
      },
    };
  }

  function back(): boolean {
    const before = befores.value.at(-1);
    stroke = null;
    befores.value = befores.value.slice(0, -1);
    if (before) names.value = before;
    return before !== undefined;
  }

  function clear(): boolean {
    const some = stroke !== null || names.value.size > 0;
    stroke = null;
    befores.value = [];
    names.value = new Set();
    return some;
  }
  return { painted, grab, canBack, back, clear };
}
