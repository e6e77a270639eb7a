import type { LonLat } from "../../core/geometry";
import { SpatialHash } from "./hash";
import type { Mesh } from "./mesh";
import { NOBODY } from "./mesh";
import { standing } from "./plane";

/** Anchors of the buildings of a village, in columns of equal length. */
export interface BuildingTable {
  lon: number[];
  lat: number[];
  households: number[];
  residents: number[];
  grid: (string | null)[];
}

export interface Figures {
  households: number;
  residents: number;
  buildings: number;
}

/** The buildings of a village by place. */
export class Buildings {
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  readonly households: Int32Array;
  readonly residents: Int32Array;
  private readonly hash: SpatialHash;

  constructor(table: BuildingTable) {
    this.lon = Float64Array.from(table.lon);
    this.lat = Float64Array.from(table.lat);
    this.households = Int32Array.from(table.households);
    this.residents = Int32Array.from(table.residents);
    const boxes = new Float64Array(this.lon.length * 4);
    this.lon.forEach((lon, n) => boxes.set([lon, this.at(n), lon, this.at(n)], n * 4));
    this.hash = new SpatialHash(boxes, 8);
  }

  get count(): number {
    return this.lon.length;
  }

  /** Every building in a box. */
  near(
    west: number,
    south: number,
    east: number,
    north: number,
    visit: (building: number, lon: number, lat: number) => void,
  ): void {
    this.hash.near(west, south, east, north, (building) => {
      const lon = this.lon[building] as number;
      const lat = this.at(building);
      if (lon >= west && lon <= east && lat >= south && lat <= north) visit(building, lon, lat);
    });
  }

  private at(building: number): number {
    return this.lat[building] as number;
  }
}

/** For every building the number of its grid in a mesh. */
export function seats(codes: readonly (string | null)[], mesh: Mesh): Int32Array {
  const numbers = new Map(mesh.codes.map((code, grid) => [code, grid]));
  return Int32Array.from(codes, (code) => (code === null ? NOBODY : (numbers.get(code) ?? NOBODY)));
}

/**
 * The grid of a position among some; on a border it is the one with the smallest code, as on the
 * server. NOBODY where none holds it.
 */
export function gridAt(mesh: Mesh, grids: Iterable<number>, lon: number, lat: number): number {
  let found = NOBODY;
  for (const grid of grids) {
    const before = found === NOBODY || codeOf(mesh, grid) < codeOf(mesh, found);
    const parts = mesh.parts[grid] ?? [];
    if (before && covers(parts, (ring) => mesh.ring(ring), lon, lat)) found = grid;
  }
  return found;
}

function codeOf(mesh: Mesh, grid: number): string {
  return mesh.codes[grid] as string;
}

/** Whether a grid, given by its rings, covers a position; its border is part of it. */
export function covers(
  parts: readonly number[][][],
  ring: (vertices: readonly number[]) => LonLat[],
  lon: number,
  lat: number,
): boolean {
  return parts.some(([exterior, ...holes]) => {
    if (!exterior || standing(lon, lat, ring(exterior)) < 0) return false;
    return holes.every((hole) => standing(lon, lat, ring(hole)) <= 0);
  });
}

/**
 * The grid codes of the buildings after `changed` grids got new shapes and `ended` ones are gone.
 * A building of another grid keeps its own.
 */
export function resettle(
  buildings: Buildings,
  codes: readonly (string | null)[],
  mesh: Mesh,
  changed: ReadonlySet<string>,
  ended: ReadonlySet<string>,
): (string | null)[] {
  const grids = [...changed].map((code) => mesh.codes.indexOf(code)).filter((grid) => grid >= 0);
  return codes.map((code, building) => {
    if (code !== null && !changed.has(code) && !ended.has(code)) return code;
    const lon = buildings.lon[building] as number;
    const found = gridAt(mesh, grids, lon, buildings.lat[building] as number);
    return found === NOBODY ? null : codeOf(mesh, found);
  });
}

/** What every grid of a mesh holds. */
export function figuresOf(buildings: Buildings, seat: Int32Array, grids: number): Figures[] {
  const figures = Array.from({ length: grids }, () => ({
    households: 0,
    residents: 0,
    buildings: 0,
  }));
  seat.forEach((grid, building) => {
    const held = figures[grid];
    if (!held) return;
    held.households += buildings.households[building] as number;
    held.residents += buildings.residents[building] as number;
    held.buildings += 1;
  });
  return figures;
}
