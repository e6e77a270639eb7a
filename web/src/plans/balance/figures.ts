import { count } from "../../core/format";
import { t, type MessageKey } from "../../core/i18n";
import type { Figures } from "./api";

/** One line of the table that sets divisions side by side. */
export interface Line {
  title: MessageKey;
  text: (figures: Figures) => string;
  /** What the text is about; null is unknown. */
  value: (figures: Figures) => number | null;
  better: "more" | "less";
}

export const share = (value: number | null): string =>
  value === null ? "–" : `${(value * 100).toFixed(1)}%`;

/** A share with its sign, "+12.0%". */
export function deviation(value: number | null): string {
  if (value === null) return "–";
  const text = share(Math.abs(value));
  return text === "0.0%" ? text : `${value < 0 ? "−" : "+"}${text}`;
}

const metres = (value: number): string =>
  value >= 1000 ? `${(value / 1000).toFixed(2)} km` : `${Math.round(value)} m`;

/** "3 buildings, at least 2 needed": what moves, and the bound that any division has. */
export function moved({ moved_buildings: n, moved_at_least: least, possible }: Figures): string {
  if (n === 0) return t("balance.moved.none");
  const told = t("balance.moved.buildings", { n: count(n) });
  /* The bound is of divisions in range: it says nothing where there is none, or this is none. */
  return least === null || n < least || possible === 0
    ? told
    : told + t("balance.moved.least", { n: count(least) });
}

const outOf = ({ in_range, grids }: Figures): number => grids - in_range;

export const LINES: readonly Line[] = [
  {
    title: "balance.figure.in_range",
    text: (of) => `${of.in_range} / ${of.grids}`,
    value: outOf,
    better: "less",
  },
  {
    title: "balance.figure.mean",
    text: (of) => share(of.mean_deviation),
    value: (of) => of.mean_deviation,
    better: "less",
  },
  {
    title: "balance.figure.max",
    text: (of) => share(of.max_deviation),
    value: (of) => of.max_deviation,
    better: "less",
  },
  {
    title: "balance.figure.connected",
    text: (of) => `${of.connected} / ${of.grids}`,
    value: (of) => of.grids - of.connected,
    better: "less",
  },
  {
    title: "balance.figure.border",
    text: (of) => metres(of.border_m),
    value: (of) => of.border_m,
    better: "less",
  },
  {
    title: "balance.figure.cost",
    text: (of) => metres(of.border_cost_m),
    value: (of) => of.border_cost_m,
    better: "less",
  },
  {
    title: "balance.figure.road",
    text: (of) => share(of.road_share),
    value: (of) => of.road_share,
    better: "more",
  },
  {
    title: "balance.figure.compact",
    text: (of) => of.polsby_popper?.toFixed(2) ?? "–",
    value: (of) => of.polsby_popper,
    better: "more",
  },
  {
    title: "balance.figure.moved",
    text: moved,
    value: (of) => of.moved_buildings,
    better: "less",
  },
  {
    title: "balance.figure.moved_households",
    text: ({ moved_households: n, moved_households_share: of }) =>
      n === 0
        ? t("balance.moved.none")
        : t("balance.moved.households", { n: count(n), share: share(of) }),
    value: (of) => of.moved_households,
    better: "less",
  },
];

/** Which of some divisions are best in a line; none where all are alike. */
export function bestOf({ value, better }: Line, all: readonly Figures[]): boolean[] {
  const sign = better === "more" ? -1 : 1;
  const values = all.map((figures) => value(figures));
  const known = values.filter((one) => one !== null).map((one) => sign * one);
  const least = Math.min(...known);
  /* What differs only beyond what is written is alike. */
  const alike = (one: number): boolean => Math.abs(sign * one - least) <= 1e-6;
  const some = known.some((one) => !alike(sign * one));
  return values.map((one) => some && one !== null && alike(one));
}
