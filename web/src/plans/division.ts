import type { Geometry } from "geojson";
import type { Division, Grid, Operation, Outcome } from "./api";
import { Buildings, Places, resettle, seats, type PlaceTable } from "./arcs/buildings";
import { Yardstick, type Standard } from "./arcs/criteria";
import type { Scene } from "./arcs/drag";
import { Mesh, NOBODY } from "./arcs/mesh";
import { Cuts, Walls } from "./arcs/walls";
import type { Box } from "../core/geometry";
import { boxOf, overlaps } from "./places";

/** What the editor reads of a division: as arcs, with its buildings seated. */
export interface Standing {
  division: Division;
  scene: Scene;
}

type Ground = Pick<Scene, "buildings" | "facilities" | "cuts">;

/** `ground` is what stands there, where it is known already. */
export function standingOf(division: Division, ground?: Ground): Standing {
  const { basis, walls } = division;
  const mesh = new Mesh(division.grids, division.village.geometry);
  const buildings = ground?.buildings ?? new Buildings(division.buildings);
  const facilities = ground?.facilities ?? new Places(basis.facilities);
  const seat = seats(division.buildings.grid, mesh);
  const facilitySeat = seats(basis.facilities.grid, mesh);
  const standards = division.grids.map((grid) => standardOf(grid, division));
  const yardstick = new Yardstick(
    standards,
    division.grids,
    buildings,
    seat,
    facilitySeat,
    basis.metres_per_degree,
  );
  const solid = ground?.cuts.walls ?? new Walls(walls.cores);
  const cuts = new Cuts(mesh, solid, walls.building_cut === "block");
  const figures = division.grids;
  const scene = { mesh, buildings, seat, figures, facilities, facilitySeat, yardstick, cuts };
  return { division, scene };
}

function standardOf(
  { kind, area_kind, code }: Grid,
  { size_limits, basis }: Division,
): Standard | null {
  if (kind !== "general") return null;
  const staffed = (basis.staff[code] ?? 0) > 0;
  return { range: size_limits[area_kind], near_m: basis.near_m[area_kind], staffed };
}

/** The division after an operation. */
export function after({ division, scene }: Standing, outcome: Outcome): Standing {
  const fresh = new Map(outcome.grids.map((grid) => [grid.code, grid]));
  const changed = new Set(fresh.keys());
  const ended = new Set(outcome.ended);
  const kept = division.grids.filter(({ code }) => !fresh.has(code) && !ended.has(code));
  const grids = [...kept, ...outcome.grids].sort((a, b) => (a.code < b.code ? -1 : 1));
  const mesh = new Mesh(outcome.grids, division.village.geometry);
  const anew = <T extends PlaceTable>(places: Places, table: T): T => ({
    ...table,
    grid: resettle(places, table.grid, mesh, changed, ended),
  });
  const { undo, redo } = outcome;
  const buildings = anew(scene.buildings, division.buildings);
  const facilities = anew(scene.facilities, division.basis.facilities);
  const basis = { ...division.basis, facilities };
  return standingOf({ ...division, grids, buildings, basis, undo, redo }, scene);
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
        ...operation.slides.map(({ at }) => at),
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
