import { onScopeDispose, watch } from "vue";
import { useLoad, type Load } from "../../core/load";
import { fetchProposals, type Job, type Proposals } from "./api";

const ASK_EVERY_MS = 1000;

export const isUnderWay = ({ state }: Job): boolean => state === "waiting" || state === "running";

interface Key {
  plan: string;
  id: number;
  village: string;
}

/** A job, asked for again every second for as long as it is under way. */
export function useJob(key: () => Key | undefined): Load<Proposals> {
  const load = useLoad(key, ({ plan, id, village }, signal) =>
    fetchProposals(plan, id, village, signal),
  );
  /* What belongs to another job, or another village, is not shown meanwhile. */
  watch(
    () => JSON.stringify(key() ?? null),
    () => (load.data.value = undefined),
  );
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(load.data, (job) => {
    clearTimeout(timer);
    if (job && isUnderWay(job)) timer = setTimeout(() => void load.reload(), ASK_EVERY_MS);
  });
  onScopeDispose(() => clearTimeout(timer));
  return load;
}
