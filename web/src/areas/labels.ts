import { centre } from "../core/geometry";
import type { Points } from "../core/map";
import type { Area, GridRow } from "./api";

/** A grid's name without the village in front of it: "坪后沟村第二网格" in 坪后沟村 → "第二网格". */
export function shortName(name: string, village: string): string {
  const short = village && name.startsWith(village) ? name.slice(village.length).trim() : name;
  return short || name;
}

/** The part of a grid code that tells it from its neighbours in the same village. */
export function codeTail(code: string, village: string): string {
  return code.startsWith(village) && code.length > village.length
    ? code.slice(village.length)
    : code.slice(-3);
}

/** One label point per area and grid; larger territories win where labels meet. */
export function labelPoints(areas: Area[], grids: GridRow[]): Points {
  const names = new Map(areas.map((area) => [area.code, area.name]));
  const ofAreas = areas.map((area) =>
    point(area.bbox, { level: area.level, name: area.name, rank: -area.households }),
  );
  const ofGrids = grids.map((grid) =>
    point(grid.bbox, {
      level: "grid",
      name: shortName(grid.name, names.get(grid.village_code) ?? ""),
      tail: codeTail(grid.code, grid.village_code),
      rank: -grid.households,
    }),
  );
  return { type: "FeatureCollection", features: [...ofAreas, ...ofGrids] };
}

function point(
  bbox: Area["bbox"],
  properties: Record<string, string | number>,
): Points["features"][number] {
  return { type: "Feature", geometry: { type: "Point", coordinates: centre(bbox) }, properties };
}
