import { describe, expect, test } from "vitest";
import type { LonLat } from "../../core/geometry";
import { gridAt, resettle, seats } from "./buildings";
import { Drag, type Draft, type Scene, type Step } from "./drag";
import type { Grip } from "./grips";
import { Mesh, polygonsOf, type Area, type Shape } from "./mesh";
import { doubleArea, meet, standing } from "./plane";
import { closed, dice, sceneOf, strewn, town, type Town } from "./town";

/** With every building in its grid. */
function settled(town: Town, table = strewn(3, 3000, 9)): Scene {
  const mesh = new Mesh(town.shapes, town.village);
  const all = mesh.codes.map((_, grid) => grid);
  const grid = table.lon.map((lon, n) => mesh.codes[gridAt(mesh, all, lon, table.lat[n]!)] ?? null);
  return sceneOf(town, { ...table, grid });
}

const square = (west: number, south: number, east: number, north: number): LonLat[] =>
  closed([
    [west, south],
    [east, south],
    [east, north],
    [west, north],
  ]);
const polygon = (...rings: LonLat[][]): Area => ({ type: "Polygon", coordinates: rings });

/* Two grids beside one another; the border of three vertices bulges to neither side. */
const PAIR: Town = {
  village: polygon(square(0, 0, 2, 1)),
  shapes: [
    {
      code: "a",
      geometry: polygon(
        closed([
          [0, 0],
          [1, 0],
          [1, 0.5],
          [1, 1],
          [0, 1],
        ]),
      ),
    },
    {
      code: "b",
      /* Clockwise, as some tools write it. */
      geometry: polygon(
        closed([
          [1, 1],
          [2, 1],
          [2, 0],
          [1, 0],
          [1, 0.5],
        ]),
      ),
    },
  ],
};
const FOUR_HOUSES = {
  lon: [0.5, 0.9, 1.1, 1.5],
  lat: [0.5, 0.5, 0.5, 0.5],
  households: [10, 20, 30, 40],
  residents: [1, 2, 3, 4],
  grid: ["a", "a", "b", "b"],
};

const pairScene = (): Scene => settled(PAIR, FOUR_HOUSES);
const at = (mesh: Mesh, lon: number, lat: number): number => mesh.vertexAt([lon, lat])!;
const grid = ({ grids }: Step, code: string): Draft => grids.find((one) => one.code === code)!;
const drag = (scene: Scene, grip: Grip, from: LonLat): Drag => new Drag(scene, grip, from);

describe("what neighbours share", () => {
  test("the same two doubles are one vertex, and a border is one arc for both grids", () => {
    const { mesh } = pairScene();
    expect(mesh.lon.length).toBe(7);
    const shared = mesh.arcs.filter(({ right }) => right >= 0);
    expect(shared.map(({ vertices }) => mesh.ring(vertices))).toEqual([
      [
        [1, 0],
        [1, 0.5],
        [1, 1],
      ],
    ]);
    expect(mesh.isJunction(at(mesh, 1, 0))).toBe(true);
    expect(mesh.isJunction(at(mesh, 1, 0.5))).toBe(false);
  });

  test("the last bit of a coordinate tells vertices apart", () => {
    const next = 0.5 + Number.EPSILON;
    const shapes = structuredClone(PAIR.shapes);
    (polygonsOf(shapes[1]!.geometry)[0]![0]![4] as number[])[1] = next;
    const mesh = new Mesh(shapes, PAIR.village);
    expect(mesh.vertexAt([1, 0.5])).not.toBe(mesh.vertexAt([1, next]));
  });

  test("a winding town has the junctions, arcs and edges that Euler's formula asks for", () => {
    const { shapes, village } = town(4, 5);
    const mesh = new Mesh(shapes, village);
    expect(mesh.lon.length - mesh.edges.length + shapes.length).toBe(1);
    expect(mesh.arcs.filter(({ right }) => right >= 0).length).toBe(2 * 4 * 3);
    expect(mesh.situation.filter((one) => one === "outline").length).toBe(4 * 4 * 6);
  });
});

describe("moving a shared border", () => {
  test("both grids move, and the houses in the strip change sides", () => {
    const scene = pairScene();
    const moving = drag(scene, { kind: "vertex", vertex: at(scene.mesh, 1, 0.5) }, [1, 0.5]);
    const step = moving.to([1.3, 0.5]);
    expect(step.fault).toBeNull();
    expect(grid(step, "a")).toMatchObject({ households: 60, residents: 6, buildings: 3 });
    expect(grid(step, "b")).toMatchObject({ households: 40, residents: 4, buildings: 1 });
    expect(grid(step, "a").area_share).toBeCloseTo(1.15, 12);
    expect(polygonsOf(grid(step, "b").geometry)[0]![0]).toContainEqual([1.3, 0.5]);
    expect(moving.operation()).toEqual({
      operation: "move_border",
      moves: [{ at: [1, 0.5], to: [1.3, 0.5] }],
      inserts: [],
      removes: [],
      slides: [],
    });
  });

  test("going back gives back what it took", () => {
    const scene = pairScene();
    const moving = drag(scene, { kind: "vertex", vertex: at(scene.mesh, 1, 0.5) }, [1, 0.5]);
    moving.to([1.3, 0.5]);
    const back = moving.to([1, 0.5]);
    expect(grid(back, "a")).toMatchObject({ households: 30, buildings: 2, area_share: 1 });
    expect(moving.operation()).toBeNull();
  });

  test("a house exactly on the border belongs to the smallest code", () => {
    const scene = pairScene();
    const moving = drag(scene, { kind: "vertex", vertex: at(scene.mesh, 1, 0.5) }, [1, 0.5]);
    expect(grid(moving.to([1.1, 0.5]), "a").households).toBe(60);
    expect(grid(moving.to([0.9, 0.5]), "a").households).toBe(30);
  });

  test("a whole border shifts; its ends slide along the outline", () => {
    const scene = pairScene();
    const arc = scene.mesh.arcs.findIndex(({ right }) => right >= 0);
    const moving = drag(scene, { kind: "arc", arc }, [1, 0.7]);
    const step = moving.to([1.3, 0.9]);
    expect(step.fault).toBeNull();
    expect(grid(step, "a").households).toBe(60);
    const places = moving.operation()!.moves.map(({ to }) => to);
    expect(places.map(([lon]) => lon)).toEqual([1.3, 1.3, 1.3].map((x) => expect.closeTo(x, 12)));
    expect(places.map(([, lat]) => lat)).toEqual(
      expect.arrayContaining([0, 1, expect.closeTo(0.7, 12)]),
    );
  });

  test("a vertex is put in where two grids share an edge", () => {
    const scene = pairScene();
    const edge = scene.mesh.edgeBetween(at(scene.mesh, 1, 0), at(scene.mesh, 1, 0.5))!;
    const moving = drag(scene, { kind: "edge", edge }, [1, 0.25]);
    const step = moving.to([1.2, 0.25]);
    expect(grid(step, "b").area_share).toBeCloseTo(0.95, 12);
    expect(moving.operation()).toMatchObject({ moves: [], inserts: [{ at: [1.2, 0.25] }] });
    for (const code of ["a", "b"])
      expect(polygonsOf(grid(step, code).geometry)[0]![0]).toContainEqual([1.2, 0.25]);
  });

  test("a vertex is taken out of both grids, a junction of none", () => {
    const scene = pairScene();
    const removal = (lon: number, lat: number): Drag =>
      new Drag(scene, { kind: "removal", vertex: at(scene.mesh, lon, lat) }, [lon, lat]);
    const step = removal(1, 0.5).to([0, 0]);
    expect(step.fault).toBeNull();
    expect(polygonsOf(grid(step, "a").geometry)[0]![0]).not.toContainEqual([1, 0.5]);
    expect(removal(1, 0.5).operation()).toMatchObject({ removes: [[1, 0.5]] });
    expect(removal(1, 0).to([0, 0]).fault?.rule).toBe("not_connected");
    expect(removal(0, 0).to([0, 0]).fault?.rule).toBe("outline_moved");
  });
});

describe("what is not allowed", () => {
  const fault = (scene: Scene, grip: Grip, to: LonLat): string | undefined =>
    drag(scene, grip, to).to(to).fault?.rule;

  test("leaving the village, and crossing one's own ring", () => {
    const scene = pairScene();
    const middle: Grip = { kind: "vertex", vertex: at(scene.mesh, 1, 0.5) };
    expect(fault(scene, middle, [2.5, 0.5])).toBe("off_village");
    expect(fault(scene, middle, [2, 0.5])).toBe("off_village");
    const { mesh } = scene;
    const edge = mesh.edgeBetween(at(mesh, 1, 0), at(mesh, 1, 0.5))!;
    expect(fault(scene, { kind: "edge", edge }, [1, 0.75])).toBe("self_crossing");
  });

  test("crossing a third grid", () => {
    const scene = settled(town(3, 3));
    const { mesh } = scene;
    const arc = mesh.arcs.find(({ left, right }) => Math.min(left, right) === 0 && right !== -1)!;
    const vertex = arc.vertices[1]!;
    const [lon, lat] = mesh.position(vertex);
    expect(fault(scene, { kind: "vertex", vertex }, [lon + 0.0002, lat])).toBeUndefined();
    expect(["overlap", "self_crossing"]).toContain(
      fault(scene, { kind: "vertex", vertex }, [lon + 0.006, lat + 0.0061]),
    );
  });

  test("the outline stays: a junction on it slides, a corner does not move", () => {
    const scene = pairScene();
    const moving = drag(scene, { kind: "vertex", vertex: at(scene.mesh, 1, 0) }, [1, 0]);
    expect(moving.to([1.25, 0.1]).fault).toBeNull();
    expect(moving.operation()!.moves[0]!.to).toEqual([1.25, 0]);
    const corner: Grip = { kind: "vertex", vertex: at(scene.mesh, 2, 0) };
    expect(fault(scene, corner, [1.9, 0.1])).toBe("outline_moved");
  });

  test("drawing a border over an island that it does not touch", () => {
    const island: Town = {
      village: PAIR.village,
      shapes: [
        ...PAIR.shapes.slice(0, 1),
        {
          code: "b",
          geometry: polygon(
            ...polygonsOf(PAIR.shapes[1]!.geometry)[0]!.map((ring) => ring as LonLat[]),
            square(1.2, 0.48, 1.22, 0.52).reverse(),
          ),
        },
        { code: "c", geometry: polygon(square(1.2, 0.48, 1.22, 0.52)) },
      ],
    };
    const scene = settled(island, FOUR_HOUSES);
    const middle: Grip = { kind: "vertex", vertex: at(scene.mesh, 1, 0.5) };
    expect(fault(scene, middle, [1.1, 0.5])).toBeUndefined();
    expect(fault(scene, middle, [1.21, 0.5])).toBe("self_crossing");
    expect(fault(scene, middle, [1.8, 0.5])).toBe("overlap");
  });

  test("turning an island inside out, without crossing anything", () => {
    const ring: LonLat[] = closed([
      [1.4, 0.4],
      [1.6, 0.4],
      [1.5, 0.5],
    ]);
    const around = polygonsOf(PAIR.shapes[1]!.geometry)[0]![0] as LonLat[];
    const island: Town = {
      village: PAIR.village,
      shapes: [
        PAIR.shapes[0]!,
        { code: "b", geometry: polygon(around, ring.toReversed()) },
        { code: "c", geometry: polygon(ring) },
      ],
    };
    const scene = settled(island, FOUR_HOUSES);
    const tip: Grip = { kind: "vertex", vertex: at(scene.mesh, 1.5, 0.5) };
    expect(fault(scene, tip, [1.5, 0.41])).toBeUndefined();
    expect(fault(scene, tip, [1.5, 0.3])).toBe("empty_grid");
  });

  test("the border of land that is in no grid", () => {
    const gap: Town = { village: polygon(square(0, 0, 3, 1)), shapes: PAIR.shapes };
    const scene = settled(gap, FOUR_HOUSES);
    expect(fault(scene, { kind: "vertex", vertex: at(scene.mesh, 2, 0) }, [2.1, 0])).toBe(
      "outline_moved",
    );
    const shapes = structuredClone(PAIR.shapes);
    const torn = polygonsOf(shapes[1]!.geometry)[0]![0]!;
    torn.splice(1, 0, [1.5, 0.8]);
    const open = settled({ village: PAIR.village, shapes }, FOUR_HOUSES);
    expect(fault(open, { kind: "vertex", vertex: at(open.mesh, 1.5, 0.8) }, [1.5, 0.9])).toBe(
      "gap",
    );
  });
});

/* The long way round, sharing no code with the drag but the plane geometry. */
function soundness(shapes: Shape[]): boolean {
  const segments = new Map<string, [LonLat, LonLat]>();
  for (const { geometry } of shapes) {
    for (const ring of polygonsOf(geometry).flat() as LonLat[][]) {
      if (doubleArea(ring.slice(0, -1)) <= 0) return false;
      ring.slice(1).forEach((b, n) => {
        const a = ring[n]!;
        const [low, high] = [String(a), String(b)].sort();
        segments.set(`${low} ${high}`, [a, b]);
      });
    }
  }
  const all = [...segments.values()];
  return all.every(([a, b], n) =>
    all.slice(n + 1).every(([c, d]) => {
      const ends = new Set([a, b, c, d].map(String)).size;
      if (ends < 4) return true;
      return !meet(a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1]);
    }),
  );
}

function recount(shapes: Shape[], { buildings }: Scene): Record<string, number> {
  const held: Record<string, number> = Object.fromEntries(shapes.map(({ code }) => [code, 0]));
  buildings.lon.forEach((lon, n) => {
    const home = shapes.find(
      ({ geometry }) =>
        standing(lon, buildings.lat[n]!, polygonsOf(geometry)[0]![0] as LonLat[]) >= 0,
    );
    if (home) held[home.code]! += buildings.households[n]!;
  });
  return held;
}

test("after any drag the live figures are those of a full count, and illegal ones are noticed", () => {
  const roll = dice(7);
  const made = town(3, 2);
  const scene = settled(made, strewn(3, 900, 9));
  const { mesh } = scene;
  const seen = { legal: 0, illegal: 0 };
  for (let round = 0; round < 240; round++) {
    const pick = (n: number): number => Math.floor(roll() * n);
    const grips: Grip[] = [
      { kind: "vertex", vertex: pick(mesh.lon.length) },
      { kind: "edge", edge: pick(mesh.edges.length) },
      { kind: "arc", arc: pick(mesh.arcs.length) },
    ];
    const grip = grips[round % 3]!;
    const start = mesh.position(pick(mesh.lon.length));
    const reach = (): number => (roll() - 0.5) * 0.003;
    const from = grip.kind === "vertex" ? mesh.position(grip.vertex) : start;
    const near = grip.kind === "edge" ? mesh.position(mesh.edge(grip.edge).from) : from;
    const { grids, fault } = drag(scene, grip, from).to([near[0] + reach(), near[1] + reach()]);
    const drawn = made.shapes.map(
      (shape) => grids.find(({ code }) => code === shape.code) ?? shape,
    );
    if (fault) {
      const held = ["outline_moved", "gap"].includes(fault.rule);
      expect(held || !soundness(drawn), JSON.stringify({ round, grip, fault })).toBe(true);
      seen.illegal++;
      continue;
    }
    seen.legal++;
    expect(soundness(drawn), JSON.stringify({ round, grip })).toBe(true);
    const truth = recount(drawn, scene);
    for (const { code, households } of grids) expect(households).toBe(truth[code]);
  }
  expect(Math.min(seen.legal, seen.illegal)).toBeGreaterThan(40);
});

test("after an operation the buildings of the changed grids are seated anew", () => {
  const scene = pairScene();
  const { buildings } = scene;
  const moving = drag(scene, { kind: "vertex", vertex: at(scene.mesh, 1, 0.5) }, [1, 0.5]);
  const mesh = new Mesh(moving.to([1.3, 0.5]).grids, PAIR.village);
  const codes = resettle(buildings, FOUR_HOUSES.grid, mesh, new Set(["a", "b"]), new Set());
  expect(codes).toEqual(["a", "a", "a", "b"]);
  expect([...seats(codes, mesh)]).toEqual([0, 0, 0, 1]);
  const merged = new Mesh([{ code: "a", geometry: PAIR.village }], PAIR.village);
  const after = resettle(buildings, codes, merged, new Set(["a"]), new Set(["b"]));
  expect(after).toEqual(["a", "a", "a", "a"]);
});
