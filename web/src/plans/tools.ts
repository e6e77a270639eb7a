import { ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import type { LonLat } from "../core/geometry";
import type { Drawing, Grab, MapView } from "../core/map";
import { token } from "../core/tokens";
import type { GridKind, Operation } from "./api";
import { gridAt } from "./arcs/buildings";
import { NOBODY } from "./arcs/mesh";
import { distance_m } from "./arcs/plane";
import { useBrush, type Brush } from "./brushing";
import type { Standing } from "./division";
import type { Editor } from "./editor";
import { usePulls, type Pulls } from "./pulling";

export const TOOLS = ["move", "split", "merge", "lasso", "paint", "draw", "fill", "snap"] as const;
export type Tool = (typeof TOOLS)[number];

/* What a tool has drawn on the map first. */
const DRAWING: Partial<Record<Tool, Drawing>> = { split: "line", lasso: "lasso", draw: "polygon" };

export interface Tools {
  tool: Ref<Tool>;
  /** What the lasso, the brush and the filling give their land to. */
  to: Ref<string>;
  kind: Ref<GridKind>;
  name: Ref<string>;
  within_m: Ref<number>;
  brush: Brush;
  pulls: Pulls;
  pick: (tool: Tool) => void;
  /** Make one grid of those that are selected. */
  merge: () => Promise<void>;
  /** Pull the selected border. */
  snap: () => Promise<void>;
  /** Give away what is painted. */
  apply: () => Promise<void>;
  /** What a tool takes hold of where the map is pressed. */
  grab: (at: LonLat) => Grab | null;
  /** A place on the map is pressed: whether it was meant for the tool, and not to choose a grid. */
  press: (at: LonLat, reach_m: number) => boolean;
}

interface Context {
  map: ShallowRef<MapView | undefined>;
  editor: Editor;
  selected: Ref<readonly string[]>;
  /** What is edited; null where there is nothing. */
  village: () => { plan: string; village: string } | null;
}

/** The tool in hand, and what it makes of what is drawn. */
export function useTools({ map, editor, selected, village }: Context): Tools {
  const { standing, perform } = editor;
  const tool = ref<Tool>("move");
  const to = useTarget(selected, standing);
  const kind = ref<GridKind>("general");
  const name = ref("");
  const within_m = ref(15);
  const round = ref(0);
  const brush = useBrush({
    editor,
    to,
    village: () => (tool.value === "paint" ? village() : null),
  });
  const pulls = usePulls({ editor, within_m, border });
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

  function border(): ReturnType<Parameters<typeof usePulls>[0]["border"]> {
    const [one, other] = selected.value;
    const at = tool.value === "snap" ? village() : null;
    return at && one && other ? { ...at, one, other } : null;
  }

  async function carry(operation: Operation): Promise<void> {
    if (await perform(operation)) pick("move");
  }

  function merge(): Promise<void> {
    return carry({ operation: "merge", grids: [...selected.value], keep: null });
  }

  async function snap(): Promise<void> {
    const [one, other] = selected.value;
    if (!one || !other) return;
    const line = pulls.chosen.value?.place ?? null;
    await carry({ operation: "snap", grids: [one, other], within_m: within_m.value, line });
  }

  async function apply(): Promise<void> {
    if (tool.value === "paint") await brush.apply();
  }

  function grab(at: LonLat): Grab | null {
    return tool.value === "paint" ? brush.grab(at) : null;
  }

  function press(at: LonLat, reach_m: number): boolean {
    if (tool.value === "fill") void perform({ operation: "fill", at, to: to.value });
    if (tool.value === "snap") return pulls.press(at, reach_m);
    return tool.value !== "move" && tool.value !== "merge";
  }

  function pick(next: Tool): void {
    tool.value = next;
    name.value = "";
  }
  const acts = { pick, merge, snap, apply, grab, press };
  return { tool, to, kind, name, within_m, brush, pulls, ...acts };
}

/** The grid that gets the land: the one selected last, or another chosen since; one that is there. */
export function useTarget(
  selected: Ref<readonly string[]>,
  standing: Ref<Standing | undefined>,
): Ref<string> {
  const to = ref("");
  watch(selected, ([only, ...others]) => {
    if (only && !others.length) to.value = only;
  });
  watch(standing, () => {
    const codes = standing.value?.division.grids.map(({ code }) => code) ?? [];
    if (!codes.includes(to.value)) to.value = codes[0] ?? "";
  });
  return to;
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
