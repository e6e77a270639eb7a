/* Script time of one step of a drag in the boundary editor: `npm run --silent bench:drag` in web/. */

import { cpus } from "node:os";
import type { LonLat } from "../../web/src/core/geometry";
import { gridAt, type BuildingTable } from "../../web/src/plans/arcs/buildings";
import { Drag, type Scene } from "../../web/src/plans/arcs/drag";
import type { Grip } from "../../web/src/plans/arcs/grips";
import { Mesh } from "../../web/src/plans/arcs/mesh";
import { closed, sceneOf, strewn, town } from "../../web/src/plans/arcs/town";

const SIDE = 24;
const BENDS = 29;
const BUILDINGS = 200_000;
const ORGANISATIONS = 2_000;
const DRAGS = 60;
const STEPS = 50;
const GRID_DEGREES = 0.004;

function build(): { scene: Scene; taken_ms: number } {
  const made = town(SIDE, BENDS);
  const plain = new Mesh(made.shapes, made.village);
  const buildings = seated(plain, strewn(SIDE, BUILDINGS, 1));
  const organisations = seated(plain, strewn(SIDE, ORGANISATIONS, 1, 3));
  const cores = buildings.lon.map((lon, n) =>
    footprint(lon, buildings.lat[n] ?? 0),
  );
  const start = performance.now();
  const scene = sceneOf(made, buildings, organisations, cores);
  scene.mesh.hash.near(0, 0, 0, 0, () => undefined);
  return { scene, taken_ms: performance.now() - start };
}

/** A house of about eight by eight metres. */
function footprint(lon: number, lat: number): LonLat[][] {
  const [east, north] = [0.00005, 0.00004];
  const corners: LonLat[] = [
    [lon - east, lat - north],
    [lon + east, lat - north],
    [lon + east, lat + north],
    [lon - east, lat + north],
  ];
  return [closed(corners)];
}

/** Seated by hand: the server sends the grid of each place along. */
function seated(mesh: Mesh, table: BuildingTable): BuildingTable {
  const [west, south] = mesh.position(mesh.vertexAt([111.5, 38.7]) ?? 0);
  const grid = table.lon.map((lon, n) => {
    const column = Math.floor((lon - west) / GRID_DEGREES);
    const row = Math.floor(((table.lat[n] ?? 0) - south) / GRID_DEGREES);
    const near = [-1, 0, 1].flatMap((up) =>
      [-1, 0, 1].map((over) => [column + over, row + up]),
    );
    const grids = near
      .filter((place) => place.every((at) => at >= 0 && at < SIDE))
      .map(([x = 0, y = 0]) => y * SIDE + x);
    return mesh.codes[gridAt(mesh, grids, lon, table.lat[n] ?? 0)] ?? null;
  });
  return { ...table, grid };
}

interface Sample {
  steps: number[];
  takes: number[];
  crossed: number;
}

/** Drags of one kind of grip around the town, each a spiral out to half a grid and beyond. */
function sample(
  scene: Scene,
  grips: Grip[],
  start: (grip: Grip) => LonLat,
): Sample {
  const found: Sample = { steps: [], takes: [], crossed: 0 };
  for (let n = 0; n < DRAGS; n++) {
    const grip = grips[Math.floor(((n + 0.5) / DRAGS) * grips.length)]!;
    const from = start(grip);
    const before = performance.now();
    const drag = new Drag(scene, grip, from);
    found.takes.push(performance.now() - before);
    for (let step = 1; step <= STEPS; step++) {
      const reach = (step / STEPS) * 0.6 * GRID_DEGREES;
      const to: LonLat = [
        from[0] + reach * Math.cos(step / 5),
        from[1] + reach * Math.sin(step / 5),
      ];
      const began = performance.now();
      const { fault } = drag.to(to);
      found.steps.push(performance.now() - began);
      if (fault) found.crossed++;
    }
  }
  return found;
}

function share(values: number[], part: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return (
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0
  ).toFixed(2);
}

function main(): void {
  const { scene, taken_ms } = build();
  const { mesh } = scene;
  const vertices = mesh.lon.map((_, vertex) => vertex);
  const inner = vertices.filter((vertex) => mesh.situation[vertex] === "inner");
  const outer = vertices.filter(
    (vertex) => mesh.situation[vertex] === "outline" && mesh.isJunction(vertex),
  );
  const arcs = mesh.arcs.flatMap(({ right }, arc) => (right >= 0 ? [arc] : []));
  const shared = mesh.edges.flatMap(({ right }, edge) =>
    right >= 0 ? [edge] : [],
  );
  const middle = (arc: number): LonLat =>
    mesh.position(
      mesh.arcs[arc]!.vertices[
        Math.floor(mesh.arcs[arc]!.vertices.length / 2)
      ]!,
    );
  const at = (grip: Grip): LonLat =>
    grip.kind === "vertex"
      ? mesh.position(grip.vertex)
      : grip.kind === "arc"
        ? middle(grip.arc)
        : mesh.position(mesh.edge(grip.edge).from);
  const kinds: [string, Grip[]][] = [
    [
      "a vertex of a border",
      inner.filter((vertex) => !mesh.isJunction(vertex)).map(vertexGrip),
    ],
    [
      "a junction of four grids",
      inner.filter((vertex) => mesh.isJunction(vertex)).map(vertexGrip),
    ],
    ["an end on the village line", outer.map(vertexGrip)],
    ["a new vertex", shared.map((edge) => ({ kind: "edge", edge }))],
    ["a whole border", arcs.map((arc) => ({ kind: "arc", arc }))],
  ];
  console.log(
    `${mesh.codes.length} grids, ${mesh.edges.length} edges, ${scene.buildings.count} buildings, ` +
      `node ${process.version}, ${cpus()[0]?.model}; set up in ${taken_ms.toFixed(0)} ms`,
  );
  console.log(
    "| dragged | steps | not allowed | median, ms | 95 % | longest | taking hold, median |",
  );
  console.log("|---|---:|---:|---:|---:|---:|---:|");
  for (const [name, grips] of kinds) {
    const { steps, takes, crossed } = sample(scene, grips, at);
    const figures = [
      share(steps, 0.5),
      share(steps, 0.95),
      share(steps, 1),
      share(takes, 0.5),
    ];
    console.log(
      `| ${name} | ${steps.length} | ${crossed} | ${figures.join(" | ")} |`,
    );
  }
}

function vertexGrip(vertex: number): Grip {
  return { kind: "vertex", vertex };
}

main();
