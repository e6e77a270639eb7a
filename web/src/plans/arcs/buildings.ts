import type { LonLat } from "../../core/geometry";
import { SpatialHash } from "./hash";
import type { Mesh } from "./mesh";
import { NOBODY } from "./mesh";
import { standing } from "./plane";

/** Places in a village, in columns of equal length, with the code of the grid of each. */
export interface PlaceTable {
  lon: number[];
  lat: number[];
  grid: (string | null)[];
}

/** Anchors of the buildings of a village, and who lives there. */
export interface BuildingTable extends PlaceTable {
  households: number[];
  residents: number[];
}

export interface Figures {
  households: number;
  residents: number;
  buildings: number;
}

/** Places in a village, found by where they are. */
export class Places {
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  private readonly hash: SpatialHash;

  constructor({ lon, lat }: Pick<PlaceTable, "lon" | "lat">) {
    this.lon = Float64Array.from(lon);
    this.lat = Float64Array.from(lat);
    const boxes = new Float64Array(lon.length * 4);
    this.lon.forEach((x, n) => boxes.set([x, this.at(n), x, this.at(n)], n * 4));
    this.hash = new SpatialHash(boxes, 8);
  }

  get count(): number {
    return this.lon.length;
  }

  /** Every place in a box. */
  near(
    west: number,
    south: number,
    east: number,
    north: number,
    visit: (place: number, lon: number, lat: number) => void,
  ): void {
    this.hash.near(west, south, east, north, (place) => {
      const lon = this.lon[place] as number;
      const lat = this.at(place);
      if (lon >= west && lon <= east && lat >= south && lat <= north) visit(place, lon, lat);
    });
  }

  private at(place: number): number {
    return this.lat[place] as number;
  }
}

/** The buildings of a village. */
export class Buildings extends Places {
  readonly households: Int32Array;
  readonly residents: Int32Array;

  constructor(table: Omit<BuildingTable, "grid">) {
    super(table);
    this.households = Int32Array.from(table.households);
    this.residents = Int32Array.from(table.residents);
  }
}

/** For every place the number of its grid in a mesh. */
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
 * The grid codes of places after `changed` grids got new shapes and `ended` ones are gone. A place
 * in another grid keeps its own.
 */
export function resettle(
  places: Places,
  codes: readonly (string | null)[],
  mesh: Mesh,
  changed: ReadonlySet<string>,
  ended: ReadonlySet<string>,
): (string | null)[] {
  const grids = [...changed].map((code) => mesh.codes.indexOf(code)).filter((grid) => grid >= 0);
  return codes.map((code, place) => {
    if (code !== null && !changed.has(code) && !ended.has(code)) return code;
    const lon = places.lon[place] as number;
    const found = gridAt(mesh, grids, lon, places.lat[place] as number);
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
