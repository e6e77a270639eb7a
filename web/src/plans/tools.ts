import { ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import type { LonLat } from "../core/geometry";
import type { Drawing, MapView } from "../core/map";
import { token } from "../core/tokens";
import type { GridKind, Operation } from "./api";
import { gridAt } from "./arcs/buildings";
import { NOBODY } from "./arcs/mesh";
import { distance_m } from "./arcs/plane";
import type { Standing } from "./division";

export const TOOLS = ["move", "split", "merge", "lasso", "draw", "fill", "snap"] as const;
export type Tool = (typeof TOOLS)[number];

/* What a tool has drawn on the map first. */
const DRAWING: Partial<Record<Tool, Drawing>> = { split: "line", lasso: "lasso", draw: "polygon" };

export interface Tools {
  tool: Ref<Tool>;
  /** What the lasso and the filling give their land to. */
  to: Ref<string>;
  kind: Ref<GridKind>;
  name: Ref<string>;
  within_m: Ref<number>;
  pick: (tool: Tool) => void;
  /** Draw anew: after Escape, or after what was drawn came to nothing. */
  again: () => void;
}

interface Context {
  map: ShallowRef<MapView | undefined>;
  standing: ShallowRef<Standing | undefined>;
  selected: Ref<readonly string[]>;
  perform: (operation: Operation) => Promise<boolean>;
}

/** The tool in hand, and what it makes of what is drawn. */
export function useTools({ map, standing, selected, perform }: Context): Tools {
  const tool = ref<Tool>("move");
  const to = ref("");
  const kind = ref<GridKind>("general");
  const name = ref("");
  const within_m = ref(15);
  const round = ref(0);
  const stop = shallowRef<() => void>(() => undefined);

  watch([tool, map, round], async (_, __, onCleanup) => {
    stop.value();
    stop.value = () => undefined;
    const drawing = DRAWING[tool.value];
    if (!map.value || !drawing) return;
    let over = false;
    onCleanup(() => (over = true));
    const off = await map.value.capture(drawing, token("accent"), (drawn) => void use(drawn));
    if (over) off();
    else stop.value = off;
  });
  watch([selected, standing], () => {
    const codes = standing.value?.division.grids.map(({ code }) => code) ?? [];
    if (selected.value.length === 1) to.value = selected.value[0]!;
    else if (!codes.includes(to.value)) to.value = codes[0] ?? "";
  });

  async function use(drawn: LonLat[]): Promise<void> {
    const operation = operationOf(drawn);
    if (operation && (await perform(operation))) pick("move");
    else round.value += 1;
  }

  function operationOf(drawn: LonLat[]): Operation | null {
    const ring = [...drawn, drawn[0]!];
    const area = { type: "Polygon" as const, coordinates: [ring] };
    if (tool.value === "lasso") return { operation: "reassign", region: area, to: to.value };
    if (tool.value === "draw")
      return { operation: "draw", shape: area, kind: kind.value, name: name.value.trim() || null };
    const grid = standing.value && splitBy(standing.value, drawn, selected.value);
    return grid === undefined ? null : { operation: "split", grid, line: drawn };
  }

  function pick(next: Tool): void {
    tool.value = next;
    name.value = "";
  }
  return { tool, to, kind, name, within_m, pick, again: () => (round.value += 1) };
}

/** The grid that a line splits: the selected one, or the one that holds most of the line. */
export function splitBy(
  { scene: { mesh } }: Standing,
  drawn: readonly LonLat[],
  selected: readonly string[],
): string | undefined {
  if (selected.length === 1) return selected[0];
  const all = mesh.codes.map((_, grid) => grid);
  const held = new Map<number, number>();
  drawn.slice(1).forEach((b, n) => {
    const a = drawn[n]!;
    const PARTS = 20;
    for (let part = 0; part < PARTS; part++) {
      const share = (part + 0.5) / PARTS;
      const at: LonLat = [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
      const grid = gridAt(mesh, all, ...at);
      if (grid !== NOBODY) held.set(grid, (held.get(grid) ?? 0) + distance_m(a, b) / PARTS);
    }
  });
  const [most] = [...held].sort(([, a], [, b]) => b - a);
  return most && mesh.codes[most[0]];
}
