import type { LonLat } from "../core/geometry";
import { SpatialHash } from "./arcs/hash";
import { distance_m, standing } from "./arcs/plane";
import type { Block } from "./offers";
import { boxOf } from "./places";

/* How close together a stroke of the brush is looked at, and at how many places at most. */
const STEP_M = 4;
const MOST_STEPS = 500;

/** The street blocks of a village by place. */
export class BlockMap {
  private readonly hash: SpatialHash;

  constructor(readonly blocks: readonly Block[]) {
    const boxes = new Float64Array(blocks.length * 4);
    blocks.forEach(({ geometry }, n) => boxes.set(boxOf(geometry), n * 4));
    this.hash = new SpatialHash(boxes);
  }

  /** The block that holds a place. */
  at([lon, lat]: LonLat): Block | undefined {
    let found: Block | undefined;
    this.hash.near(lon, lat, lon, lat, (n) => {
      const block = this.blocks[n]!;
      const [exterior, ...holes] = block.geometry.coordinates as LonLat[][];
      if (standing(lon, lat, exterior!) < 0) return;
      if (holes.every((hole) => standing(lon, lat, hole) <= 0)) found ??= block;
    });
    return found;
  }

  /** Every block that a stroke from one place to another passes. */
  along(from: LonLat, to: LonLat): Set<Block> {
    const steps = Math.min(MOST_STEPS, Math.ceil(distance_m(from, to) / STEP_M) || 1);
    const passed = new Set<Block>();
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      const lon = from[0] + (to[0] - from[0]) * share;
      const block = this.at([lon, from[1] + (to[1] - from[1]) * share]);
      if (block) passed.add(block);
    }
    return passed;
  }
}

/** What goes over to a grid with some blocks. */
export interface Moving {
  buildings: number;
  households: number;
  residents: number;
  /** Whether any land goes, be it without a building. */
  any: boolean;
}

/** What other grids have in these blocks. */
export function movingTo(to: string, blocks: readonly Block[]): Moving {
  const theirs = blocks.flatMap(({ grids }) => grids).filter(({ code }) => code !== to);
  const sum = (of: "buildings" | "households" | "residents"): number =>
    theirs.reduce((total, held) => total + held[of], 0);
  return {
    buildings: sum("buildings"),
    households: sum("households"),
    residents: sum("residents"),
    any: theirs.length > 0,
  };
}
