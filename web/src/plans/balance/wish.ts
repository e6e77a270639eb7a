import type { MessageKey } from "../../core/i18n";
import type { Division, SizeLimits } from "../api";
import { MODES, MOST_MODES, type Ask, type Mode, type Size } from "./api";

/** What somebody is about to ask for. */
export interface Wish {
  /** All villages of the draft, not only the one in view. */
  everywhere: boolean;
  /** Null for the profile's limits. */
  size: Size | null;
  modes: Mode[];
  /** Codes of grids that stay exactly as they are. */
  locked: string[];
}

export const firstWish = (): Wish => ({
  everywhere: false,
  size: null,
  modes: ["stable", "shape", "even"],
  locked: [],
});

export const askOf = ({ everywhere, size, modes, locked }: Wish, village: string): Ask => ({
  villages: everywhere ? null : [village],
  size,
  modes: MODES.filter((mode) => modes.includes(mode)),
  locked,
});

/** What was asked for, to be asked again. */
export const wishOf = ({ villages, size, modes, locked }: Ask): Wish => ({
  everywhere: (villages?.length ?? 0) > 1,
  size: size && [...size],
  modes: [...modes],
  locked: [...locked],
});

/** Why a wish cannot be asked for as it is; null if it can. */
export function faultOf({ modes, size }: Wish): MessageKey | null {
  if (modes.length === 0) return "balance.fault.modes";
  if (size === null) return null;
  const [low, high] = size;
  return low > 0 && low < high && Number.isFinite(high) ? null : "balance.fault.size";
}

/** One more mode may be chosen, up to three. */
export const mayChoose = ({ modes }: Wish, mode: Mode): boolean =>
  modes.includes(mode) || modes.length < MOST_MODES;

export const toggled = <T>(list: readonly T[], one: T): T[] =>
  list.includes(one) ? list.filter((other) => other !== one) : [...list, one];

/** The limits that grids are told against: those asked for, or the profile's. */
export const limitsOf = (size: Size | null, profile: SizeLimits): SizeLimits =>
  size ? { urban: size, rural: size } : profile;

/** The profile's limits of the kinds of area that there are in a village. */
export function kindsOf({ grids }: Division): (keyof SizeLimits)[] {
  const kinds = (["urban", "rural"] as const).filter((kind) =>
    grids.some(({ area_kind }) => area_kind === kind),
  );
  return kinds.length ? kinds : ["urban"];
}

/** Whether the same grids are locked. */
export const sameLocks = (one: readonly string[], other: readonly string[]): boolean =>
  [...one].sort().join() === [...other].sort().join();
