import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { effectScope, nextTick, ref, shallowRef, type EffectScope } from "vue";
import type { Division } from "./api";
import type { Area } from "./arcs/mesh";
import { town } from "./arcs/town";
import { standingOf, type Standing } from "./division";
import { labelPlace } from "./places";
import { useChoosing } from "./choosing";
import { useEditor, type Editor } from "./editor";
import { useTarget } from "./tools";

const { village, shapes } = town(2, 4);
const grids = shapes.map(({ code, geometry }) => ({ code, name: code, kind: "general", geometry }));
const [first, second] = shapes.map(({ code }) => code) as [string, string];
const divided = (codes: string[]): Division =>
  ({
    plan: "p",
    village: { code: "v", name: "v", geometry: village as Area },
    grids: grids.filter(({ code }) => codes.includes(code)),
    buildings: { lon: [], lat: [], households: [], residents: [], grid: [] },
    lines: [],
    around: [],
    size_limits: { urban: [1, 2], rural: [1, 2] },
    basis: {
      metres_per_degree: [100_000, 100_000],
      near_m: { urban: 500, rural: 1500 },
      staff: {},
      facilities: { lon: [], lat: [], grid: [] },
    },
    walls: { building_cut: "warn", cores: [] },
  }) as unknown as Division;
const ALL = divided(shapes.map(({ code }) => code));

/* A real server on which somebody else is always faster. */
let http: Server;
beforeAll(async () => {
  http = createServer((request, response) => {
    const status = request.method === "POST" ? 412 : 200;
    response
      .writeHead(status, { "content-type": "application/json" })
      .end(JSON.stringify(status === 200 ? ALL : { title: "有人先改了", changes: [] }));
  });
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  const { port } = http.address() as AddressInfo;
  (window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL(
    `http://127.0.0.1:${port}/`,
  );
});
afterAll(() => new Promise((done) => http.close(done)));

let scope: EffectScope;
beforeEach(() => {
  scope = effectScope();
  return () => scope.stop();
});

test("who comes second asks everything anew, not the division alone", async () => {
  const editor: Editor = scope.run(() =>
    useEditor(
      () => "p",
      () => "v",
    ),
  )!;
  await vi.waitUntil(() => editor.standing.value);
  expect(editor.deeds.value).toBe(0);
  const done = await editor.perform({ operation: "merge", grids: [first, second], keep: null });
  expect(done).toBe(false);
  expect(editor.conflict.value?.operation?.operation).toBe("merge");
  expect(editor.deeds.value).toBe(1);
});

test("the grid that gets the land stays the chosen one, until another is selected or it is gone", async () => {
  const selected = ref<readonly string[]>([]);
  const standing = shallowRef<Standing>();
  const to = scope.run(() => useTarget(selected, standing))!;
  standing.value = standingOf(ALL);
  await nextTick();
  expect(to.value).toBe(first);
  selected.value = [second];
  await nextTick();
  expect(to.value).toBe(second);
  to.value = first;
  standing.value = standingOf(ALL);
  await nextTick();
  expect(to.value).toBe(first);
  standing.value = standingOf(divided([second]));
  await nextTick();
  expect(to.value).toBe(second);
});

test("a press beside the lines leaves the border that is to be pulled selected", () => {
  const standing = shallowRef<Standing | undefined>(standingOf(ALL));
  const choosing = scope.run(() => useChoosing(standing, ref(1), () => true))!;
  const third = shapes[2]!;
  choosing.selected.value = [first, second];
  choosing.press(labelPlace(third.geometry), 1, "snap");
  expect(choosing.selected.value).toEqual([first, second]);
  choosing.press(labelPlace(third.geometry), 1, "move");
  expect(choosing.selected.value).toEqual([third.code]);
});
