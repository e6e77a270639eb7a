import type { LonLat } from "../../core/geometry";
import {
  Buildings,
  figuresOf,
  Places,
  seats,
  type BuildingTable,
  type PlaceTable,
} from "./buildings";
import { Yardstick, type Standard } from "./criteria";
import type { Scene } from "./drag";
import { Mesh, type Area, type Shape } from "./mesh";
import { metresPerDegree } from "./plane";
import { Cuts, Walls, type Cores } from "./walls";

/* A made-up village for tests and measurements: a chequerboard of grids with winding borders. */

const WEST = 111.5;
const SOUTH = 38.7;
const GRID_DEGREES = 0.004;

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export interface Town {
  village: Area;
  shapes: Shape[];
}

/** `side` × `side` grids; every border of two has `bends` vertices between its ends. */
export function town(side: number, bends: number, seed = 1): Town {
  const roll = dice(seed);
  const bent = new Map<string, LonLat>();
  const steps = bends + 1;
  /* Places are counted in steps along the lattice, so that neighbours ask for the same ones. */
  const at = (column: number, row: number): LonLat => {
    const key = `${column},${row}`;
    const known = bent.get(key);
    if (known) return known;
    const rim = [column, row].some((n) => n === 0 || n === side * steps);
    const sway = (): number => (rim ? 0 : (roll() - 0.5) * 0.3 * (GRID_DEGREES / steps));
    const place: LonLat = [
      WEST + (column * GRID_DEGREES) / steps + sway(),
      SOUTH + (row * GRID_DEGREES) / steps + sway(),
    ];
    bent.set(key, place);
    return place;
  };
  const shapes = Array.from({ length: side * side }, (_, n): Shape => {
    const ring = around((n % side) * steps, Math.floor(n / side) * steps, steps).map(([x, y]) =>
      at(x, y),
    );
    return { code: codeOf(n), geometry: { type: "Polygon", coordinates: [closed(ring)] } };
  });
  const outline = around(0, 0, side * steps).map(([x, y]) => at(x, y));
  return { village: { type: "Polygon", coordinates: [closed(outline)] }, shapes };
}

/** Every place of the lattice on the rim of a square. */
function around(column: number, row: number, size: number): [number, number][] {
  const along = Array.from({ length: size }, (_, n) => n);
  return [
    ...along.map((n): [number, number] => [column + n, row]),
    ...along.map((n): [number, number] => [column + size, row + n]),
    ...along.map((n): [number, number] => [column + size - n, row + size]),
    ...along.map((n): [number, number] => [column, row + size - n]),
  ];
}

export function closed(ring: LonLat[]): LonLat[] {
  return [...ring, ring[0]!];
}

function codeOf(n: number): string {
  return `140929001001${String(n + 1).padStart(3, "0")}`;
}

/** So many buildings, strewn over a town of `side` × `side`, with up to `most` households each. */
export function strewn(side: number, count: number, most: number, seed = 2): BuildingTable {
  const roll = dice(seed);
  const numbers = Array.from({ length: count }, (_, n) => n);
  const table = {
    lon: numbers.map(() => WEST + roll() * side * GRID_DEGREES),
    lat: numbers.map(() => SOUTH + roll() * side * GRID_DEGREES),
    households: numbers.map(() => 1 + Math.floor(roll() * most)),
  };
  return {
    ...table,
    residents: table.households.map((households) => households * 3),
    grid: numbers.map(() => null),
  };
}

const STANDARD: Standard = { range: [300, 500], near_m: 150, staffed: true };

/** A village as a drag needs it, with buildings and organisations that know their grids. */
export function sceneOf(
  { village, shapes }: Town,
  table: BuildingTable,
  organisations: PlaceTable = { lon: [], lat: [], grid: [] },
  cores: Cores = [],
  block = false,
): Scene {
  const mesh = new Mesh(shapes, village);
  const buildings = new Buildings(table);
  const seat = seats(table.grid, mesh);
  const figures = figuresOf(buildings, seat, shapes.length);
  const facilities = new Places(organisations);
  const facilitySeat = seats(organisations.grid, mesh);
  const standards = shapes.map(() => STANDARD);
  const metres = metresPerDegree(SOUTH);
  const yardstick = new Yardstick(standards, figures, buildings, seat, facilitySeat, metres);
  const cuts = new Cuts(mesh, new Walls(cores), block);
  return { mesh, buildings, seat, figures, facilities, facilitySeat, yardstick, cuts };
}
