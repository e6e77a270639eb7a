import type { Expression } from "../core/map";
import type { TokenReader } from "../core/tokens";
import type { GridKind, SizeLimits } from "./api";

/** How far the households of a grid lie from the target range; `none` has no target. */
export type Load = (typeof LOADS)[number];
export const LOADS = ["far-under", "under", "in", "over", "far-over", "none"] as const;

interface Counted {
  households: number;
  area_kind: keyof SizeLimits;
  kind: GridKind;
}

/**
 * More than a third beyond the range is far. A special grid, a campus or a market, has no target.
 */
export function loadOf({ households, area_kind, kind }: Counted, limits: SizeLimits): Load {
  if (kind !== "general") return "none";
  const [least, most] = limits[area_kind];
  if (households < least) return households * 3 < least * 2 ? "far-under" : "under";
  if (households <= most) return "in";
  return households * 3 > most * 4 ? "far-over" : "over";
}

export function loadColour(c: TokenReader): Expression {
  const colours = LOADS.flatMap((load) => [load, c(tokenOf(load))]);
  return ["match", ["get", "load"], ...colours, c("load-none")] as never;
}

const tokenOf = (load: Load): string => `load-${load}`;

/** The colour of a load, for a style sheet. */
export const swatchOf = (load: Load): string => `var(--${tokenOf(load)})`;
