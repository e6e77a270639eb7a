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
  /** Take all paint off; whether there was any. */
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
  const { painted, grab, clear } = useStrokes(map);
  const moving = computed(() => movingTo(to.value, painted.value));

  watch(editor.deeds, clear);
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
    return editor.perform({ operation: "reassign", blocks, to: to.value }, land);
  }
  return {
    load,
    painted,
    moving,
    apply,
    clear,
    grab: (at) => (editor.busy.value ? null : grab(at)),
  };
}

/** Blocks that strokes of a brush paint, or take the paint off. */
export function useStrokes(map: Ref<BlockMap>): Pick<Brush, "painted" | "grab" | "clear"> {
  const names = shallowRef<ReadonlySet<string>>(new Set());
  const painted = computed(() =>
    map.value.blocks.filter((block) => names.value.has(nameOf(block))),
  );
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
    const before = names.value;
    const on = !before.has(nameOf(first));
    let last = start;
    paint([first], on);
    return {
      move: (at) => {
        if (stroke === mine) paint(map.value.along(last, at), on);
        last = at;
      },
      drop: () => undefined,
      cancel: () => {
        if (stroke === mine) names.value = before;
      },
    };
  }

  function clear(): boolean {
    const some = names.value.size > 0;
    stroke = null;
    names.value = new Set();
    return some;
  }
  return { painted, grab, clear };
}
