import { computed, ref, watch, type ComputedRef, type Ref } from "vue";
import type { LonLat } from "../core/geometry";
import { useLoad, type Load } from "../core/load";
import { nearest } from "./arcs/plane";
import type { Editor } from "./editor";
import { arcAt } from "./handles";
import { fetchPullingLines, type PullingLine, type PullingLines } from "./offers";

export interface Pulls {
  /** What would pull the selected border. */
  load: Load<PullingLines>;
  /** The only one that is to pull; null where any may. */
  chosen: ComputedRef<PullingLine | null>;
  choose: (line: PullingLine | null) => void;
  /** Choose the line at a place, or any again; whether there is one. */
  press: (at: LonLat, reach_m: number) => boolean;
}

interface Context {
  editor: Editor;
  /** The border to be pulled: null while there is none, or another tool is in hand. */
  border: () => { plan: string; village: string; one: string; other: string } | null;
  within_m: Ref<number>;
}

/** Whether it is a distance in metres that a border may be pulled; an empty field is text. */
export const isReach = (within_m: unknown): boolean =>
  typeof within_m === "number" && within_m >= 1 && within_m <= 200;

/** The roads, rivers and walls beside a border, of which one can be chosen. */
export function usePulls({ editor, border, within_m }: Context): Pulls {
  const load = useLoad(
    () => {
      const at = border();
      const reach_m = within_m.value;
      return at && isReach(reach_m) ? { ...at, reach_m, deeds: editor.deeds.value } : undefined;
    },
    ({ plan, village, one, other, reach_m }, signal) =>
      fetchPullingLines(plan, village, [one, other], reach_m, signal),
  );
  const name = ref<string | null>(null);
  const lines = computed(() => load.data.value?.lines ?? []);
  const chosen = computed(
    () => lines.value.find(({ place }) => place.join() === name.value) ?? null,
  );

  watch(
    () => JSON.stringify(border()),
    () => {
      choose(null);
      load.data.value = undefined;
    },
  );

  function choose(line: PullingLine | null): void {
    name.value = line ? line.place.join() : null;
  }

  function press(at: LonLat, reach_m: number): boolean {
    const line = lineAt(lines.value, at, reach_m);
    if (!line || otherBorderAt(at, line.distance_m)) return false;
    choose(line.line === chosen.value ? null : line.line);
    return true;
  }

  /** Whether a border that is not selected is nearer: then that one is meant. */
  function otherBorderAt(at: LonLat, reach_m: number): boolean {
    const mesh = editor.standing.value?.scene.mesh;
    const arc = mesh && arcAt(mesh, at, reach_m);
    if (arc === undefined) return false;
    const { left, right } = mesh!.arcs[arc]!;
    const { one, other } = border() ?? {};
    return ![left, right].every((grid) => [one, other].includes(mesh!.codes[grid]));
  }
  return { load, chosen, choose, press };
}

/** The line nearest to a place within reach, and how far it is. */
export function lineAt(
  lines: readonly PullingLine[],
  at: LonLat,
  reach_m: number,
): { line: PullingLine; distance_m: number } | undefined {
  let best: { line: PullingLine; distance_m: number } | undefined;
  for (const line of lines) {
    const path = line.geometry.coordinates as LonLat[];
    path.slice(1).forEach((end, n) => {
      const { distance_m } = nearest(at, path[n]!, end);
      if (distance_m <= (best?.distance_m ?? reach_m)) best = { line, distance_m };
    });
  }
  return best;
}
