import type { Geometry } from "geojson";
import type { Division, Grid, Operation, Outcome } from "./api";
import { Buildings, resettle, seats } from "./arcs/buildings";
import type { Scene } from "./arcs/drag";
import { Mesh, NOBODY } from "./arcs/mesh";
import type { Box } from "../core/geometry";
import { boxOf, overlaps } from "./places";

/** What the editor reads of a division: as arcs, with its buildings seated. */
export interface Standing {
  division: Division;
  scene: Scene;
}

export function standingOf(division: Division, buildings?: Buildings): Standing {
  const mesh = new Mesh(division.grids, division.village.geometry);
  const seat = seats(division.buildings.grid, mesh);
  const scene = {
    mesh,
    buildings: buildings ?? new Buildings(division.buildings),
    seat,
    figures: division.grids,
  };
  return { division, scene };
}

/** The division after an operation. */
export function after({ division, scene }: Standing, outcome: Outcome): Standing {
  const fresh = new Map(outcome.grids.map((grid) => [grid.code, grid]));
  const ended = new Set(outcome.ended);
  const kept = division.grids.filter(({ code }) => !fresh.has(code) && !ended.has(code));
  const grids = [...kept, ...outcome.grids].sort((a, b) => (a.code < b.code ? -1 : 1));
  const mesh = new Mesh(outcome.grids, division.village.geometry);
  const grid = resettle(
    scene.buildings,
    division.buildings.grid,
    mesh,
    new Set(fresh.keys()),
    ended,
  );
  const { undo, redo } = outcome;
  const next = { ...division, grids, buildings: { ...division.buildings, grid }, undo, redo };
  return standingOf(next, scene.buildings);
}

/** The grids whose versions an operation relies on; `land` is that of the blocks it names. */
export function touchedBy(
  operation: Operation,
  { division, scene }: Standing,
  land: readonly Geometry[] = [],
): Grid[] {
  const named = new Set(codesOf(operation, scene.mesh));
  const boxes = boxesTouched(operation, division.grids, land);
  return division.grids.filter(
    ({ code, geometry }) => named.has(code) || boxes.some((box) => overlaps(boxOf(geometry), box)),
  );
}

function codesOf(operation: Operation, mesh: Mesh): string[] {
  switch (operation.operation) {
    case "move_border": {
      const places = [
        ...operation.moves.map(({ at }) => at),
        ...operation.inserts.flatMap(({ edge }) => edge),
        ...operation.removes,
      ];
      return places.flatMap((place) => codesAt(mesh, mesh.vertexAt(place)));
    }
    case "merge":
    case "snap":
      return operation.grids;
    case "split":
    case "edit":
      return [operation.grid];
    case "reassign":
    case "fill":
      return [operation.to];
    case "draw":
      return [];
  }
}

function codesAt(mesh: Mesh, vertex: number | undefined): string[] {
  if (vertex === undefined) return [];
  return (mesh.edgesAt[vertex] ?? []).flatMap((edge) => {
    const { left, right } = mesh.edge(edge);
    return [left, right].filter((grid) => grid !== NOBODY).map((grid) => mesh.codes[grid]!);
  });
}

/* What these reach is only known on the server: everything near is named. */
function boxesTouched(
  operation: Operation,
  grids: Grid[],
  land: readonly Geometry[],
): readonly Box[] {
  switch (operation.operation) {
    case "split":
      return [boxOf({ type: "LineString", coordinates: operation.line })];
    case "reassign":
      return ("region" in operation ? [operation.region] : land).map((one) => wider(boxOf(one)));
    case "draw":
      return [boxOf(operation.shape)];
    case "snap": {
      const own = grids.filter(({ code }) => operation.grids.includes(code));
      return [boxOf(...own.map(({ geometry }) => geometry))];
    }
    case "fill":
      return [boxOf({ type: "Point", coordinates: operation.at })];
    default:
      return [];
  }
}

/* A building that goes over goes whole, a strip along the blocks with them: by no more than this. */
const A_BUILDING_DEGREES = 0.001;

function wider([west, south, east, north]: Box): Box {
  const by = A_BUILDING_DEGREES;
  return [west - by, south - by, east + by, north + by];
}
