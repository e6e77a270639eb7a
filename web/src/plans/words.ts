import { count, moment } from "../core/format";
import { t, type MessageKey } from "../core/i18n";
import type { Changed } from "./api";
import type { Criteria, CriterionName } from "./arcs/criteria";

/** 东街村第一网格 → 第一网格: which village it is, one sees. */
export function shortName(name: string, village: string): string {
  return name.startsWith(village) && name !== village ? name.slice(village.length) : name;
}

const DEEDS = [
  ...["move_border", "split", "merge", "reassign", "draw", "snap", "fill", "edit"],
  ...["import", "merge_networks", "balance", "undo", "redo"],
];
const deedOf = (operation: string): string =>
  DEEDS.includes(operation) ? t(`plan.did.${operation}` as MessageKey) : operation;

/** What somebody else did to a grid, and when. */
export function changeTold({ by, at, operation, code, grid }: Changed, timeZone: string): string {
  const told = t("plan.conflict.line", {
    by: by ?? "–",
    at: at ? moment(at, timeZone) : "–",
    did: deedOf(operation ?? "–"),
    grid: grid?.name ?? code,
  });
  return grid ? told : told + t("plan.conflict.gone");
}

/** The figure behind a criterion, as the server words it. */
export function figureOf(name: CriterionName, criteria: Criteria): string {
  const { good, of } = criteria[name];
  if (name !== "distance") return t(`plan.criterion.${name}.figure`, { good, of });
  const n = count(Math.round(criteria.mean_m));
  return of ? t("plan.criterion.distance.figure", { n }) : t("plan.criterion.distance.nobody");
}
