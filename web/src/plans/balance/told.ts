import { moment } from "../../core/format";
import { t } from "../../core/i18n";
import type { Job, Mode } from "./api";

export const modeTold = (mode: Mode): string => t(`balance.mode.${mode}`);

/** What was asked for, in one line. */
export function askedTold({ asked: { modes, size, locked, villages } }: Job): string {
  const [low, high] = size ?? [];
  return [
    villages.length > 1 ? t("balance.told.villages", { n: villages.length }) : "",
    low && high ? t("balance.told.size", { low, high }) : t("balance.told.standard"),
    modes.map(modeTold).join(t("list.and")),
    locked.length ? t("balance.told.locked", { n: locked.length }) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

/** A job among others: when it was asked for, what, and how it ended. */
export function jobTold(job: Job, timeZone: string): string {
  const at = moment(job.at, timeZone).slice(5);
  const modes = job.asked.modes.map(modeTold).join(t("list.and"));
  return [at, modes, t(`balance.state.${job.state}`)].join(" · ");
}
