import type { Position } from "geojson";
import type { LonLat } from "../core/geometry";
import type { NearbyLine } from "./api";
import { SpatialHash } from "./arcs/hash";
import { polygonsOf, type Area } from "./arcs/mesh";
import { distance_m, metresPerDegree, nearest } from "./arcs/plane";

/**
 * What a border may be snapped to: roads, rivers, walls, and the vertices of the villages around.
 * Borders of the draft itself are not among them: a vertex would stick to its own ring, or to the
 * very vertex that it is.
 */
export class Snapping {
  private readonly starts: LonLat[] = [];
  private readonly ends: LonLat[] = [];
  private readonly hash: SpatialHash;

  constructor(lines: readonly NearbyLine[], around: readonly { geometry: Area }[]) {
    for (const { geometry } of lines) {
      const parts: Position[][] =
        geometry.type === "LineString" ? [geometry.coordinates] : geometry.coordinates;
      for (const part of parts)
        part.slice(1).forEach((end, n) => this.add(part[n] as LonLat, end as LonLat));
    }
    for (const position of around.flatMap(({ geometry }) => polygonsOf(geometry).flat(2)))
      this.add(position as LonLat, position as LonLat);
    const boxes = new Float64Array(this.starts.length * 4);
    this.starts.forEach(([ax, ay], n) => {
      const [bx, by] = this.ends[n]!;
      boxes.set([Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)], n * 4);
    });
    this.hash = new SpatialHash(boxes);
  }

  /** The nearest place within `reach_m`, a vertex before a line; `at` itself where there is none. */
  snap(at: LonLat, reach_m: number): LonLat {
    const [east, north] = metresPerDegree(at[1]);
    const [dx, dy] = [reach_m / east, reach_m / north];
    let best: { at: LonLat; rank: number } = { at, rank: reach_m };
    const offer = (place: LonLat, rank: number): void => {
      if (rank < best.rank) best = { at: place, rank };
    };
    this.hash.near(at[0] - dx, at[1] - dy, at[0] + dx, at[1] + dy, (n) => {
      const [a, b] = [this.starts[n]!, this.ends[n]!];
      const on = nearest(at, a, b);
      offer(on.at, on.distance_m);
      /* A vertex wins over the line it is on, as long as it is nearly as near. */
      for (const end of [a, b]) {
        const far_m = distance_m(at, end);
        if (far_m < reach_m) offer(end, far_m / 2);
      }
    });
    return best.at;
  }

  private add(start: LonLat, end: LonLat): void {
    this.starts.push(start);
    this.ends.push(end);
  }
}
