import { computed, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import type { LonLat } from "../core/geometry";
import { gridAt } from "./arcs/buildings";
import { NOBODY } from "./arcs/mesh";
import type { Standing } from "./division";
import { activeArcs, arcAt, handlesOf, type Handle } from "./handles";
import type { Tool } from "./tools";

export interface Choosing {
  /** Codes of the selected grids; two of them are the border between them. */
  selected: Ref<readonly string[]>;
  arcs: ComputedRef<readonly number[]>;
  handles: ComputedRef<readonly Handle[]>;
  /** The handle that was pressed last: what Delete takes out. */
  marked: ShallowRef<Handle | null>;
  press: (at: LonLat, reach_m: number, tool: Tool) => void;
  pick: (code: string, tool: Tool) => void;
  clear: () => boolean;
}

/** What is selected, and the borders and handles that this lays bare. */
export function useChoosing(
  standing: ShallowRef<Standing | undefined>,
  scale: Ref<number>,
  editable: () => boolean,
): Choosing {
  const selected = ref<readonly string[]>([]);
  const marked = shallowRef<Handle | null>(null);
  const arcs = computed(() =>
    standing.value && editable() ? activeArcs(standing.value.scene.mesh, selected.value) : [],
  );
  const handles = computed(() =>
    standing.value ? handlesOf(standing.value.scene.mesh, arcs.value, scale.value) : [],
  );
  watch(selected, () => (marked.value = null));
  watch(standing, (now) => {
    marked.value = null;
    const codes = now?.division.grids.map(({ code }) => code) ?? [];
    const kept = selected.value.filter((code) => codes.includes(code));
    if (kept.length !== selected.value.length) selected.value = kept;
  });

  function press(at: LonLat, reach_m: number, tool: Tool): void {
    const mesh = standing.value?.scene.mesh;
    if (!mesh) return;
    const arc = tool === "merge" ? undefined : arcAt(mesh, at, reach_m);
    if (arc !== undefined) {
      const { left, right } = mesh.arcs[arc]!;
      selected.value = [mesh.codes[left]!, mesh.codes[right]!];
      return;
    }
    if (tool === "snap" && selected.value.length === 2) return;
    const all = mesh.codes.map((_, grid) => grid);
    const grid = gridAt(mesh, all, ...at);
    if (grid !== NOBODY) pick(mesh.codes[grid]!, tool);
    else if (tool !== "merge") selected.value = [];
  }

  function pick(code: string, tool: Tool): void {
    const several = tool === "merge" || (tool === "snap" && selected.value.length < 2);
    if (!several) selected.value = [code];
    else if (selected.value.includes(code))
      selected.value = selected.value.filter((one) => one !== code);
    else selected.value = [...selected.value, code];
  }

  function clear(): boolean {
    const some = selected.value.length > 0;
    selected.value = [];
    return some;
  }
  return { selected, arcs, handles, marked, press, pick, clear };
}
