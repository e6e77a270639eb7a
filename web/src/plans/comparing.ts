import type { Box } from "../core/geometry";
import type { Compared, Comparison, Fate, Moved, Named } from "./api";
import { polygonsOf, type Area } from "./arcs/mesh";
import { boxOf } from "./places";

/** What becomes of the grids of one village. */
export interface VillageChange extends Named {
  grids: Compared[];
  moved: Moved[];
  box: Box;
}

export const FATES: readonly Fate[] = ["created", "ended", "changed", "same"];

/** The villages in which something changes, each with its own grids and moves. */
export function changedVillages(
  { grids, moved }: Comparison,
  villages: readonly Named[],
): VillageChange[] {
  return villages.flatMap(({ code, name }) => {
    const own = grids.filter(({ village }) => village === code);
    if (own.every(({ fate }) => fate === "same")) return [];
    const codes = new Set(own.map((grid) => grid.code));
    const here = moved.filter(
      ({ from, to }) => from !== to && (codes.has(from ?? "") || codes.has(to ?? "")),
    );
    const shapes = own.flatMap(({ before, after }) =>
      [before, after].flatMap((side) => (side ? [side.geometry] : [])),
    );
    return [{ code, name, grids: own, moved: here, box: boxOf(...shapes) }];
  });
}

/** How many grids have each fate. */
export function fatesOf(grids: readonly Compared[]): Record<Fate, number> {
  const counts: Record<Fate, number> = { created: 0, ended: 0, changed: 0, same: 0 };
  for (const { fate } of grids) counts[fate] += 1;
  return counts;
}

/** Degrees to units of a drawing of a given width, north up and true to shape. */
export interface Sheet {
  width: number;
  height: number;
  place: (lon: number, lat: number) => [number, number];
}

export function sheetOf([west, south, east, north]: Box, width: number): Sheet {
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = width / ((east - west) * squeeze);
  return {
    width,
    height: (north - south) * scale,
    place: (lon, lat) => [(lon - west) * squeeze * scale, (north - lat) * scale],
  };
}

/** An SVG path of an area; holes are left out by the even-odd rule. */
export function pathOf(area: Area, { place }: Sheet): string {
  return polygonsOf(area)
    .flat()
    .map((ring) => {
      const points = ring.map(([lon = 0, lat = 0]) =>
        place(lon, lat)
          .map((n) => n.toFixed(1))
          .join(","),
      );
      return `M${points.join("L")}Z`;
    })
    .join("");
}
