import { computed, reactive, ref, watch, type ComputedRef, type Ref } from "vue";
import { useAct, type Act } from "../../core/act";
import { useLoad, type Load } from "../../core/load";
import { change, query } from "../../core/router";
import type { SizeLimits } from "../api";
import type { Editor } from "../editor";
import {
  askFor,
  callOff,
  fetchJobs,
  MODES,
  type Ask,
  type Job,
  type Mode,
  type Proposal,
  type Proposals,
} from "./api";
import { isUnderWay, useJob } from "./job";
import { outdated } from "./rows";
import { useAcceptance, type Acceptance } from "./taking";
import { askOf, firstWish, limitsOf, toggled, wishOf, type Wish } from "./wish";

const NEW = "new";

/** What the map shows: the draft as it is, or one of the proposals. */
export type Shown = "present" | Mode;

export interface Balance {
  /** Whether the panel is there; the address says so. */
  open: ComputedRef<boolean>;
  jobs: Load<Job[]>;
  job: Load<Proposals>;
  /** What is asked for next; its locks are drawn on the map. */
  wish: Wish;
  /** Asking for it. */
  asking: Act;
  acceptance: Acceptance;
  /** Null is side by side. */
  shown: ComputedRef<Shown | null>;
  /** The proposal that is looked at closely. */
  proposal: ComputedRef<Proposal | undefined>;
  /** Its grids that are to be taken over without the others. */
  picked: Ref<readonly string[]>;
  /** The grid that is pointed at, in whatever drawing. */
  hovered: Ref<string | null>;
  limits: ComputedRef<SizeLimits | undefined>;
  /** Grids that were changed since the proposals were computed. */
  late: ComputedRef<string[]>;
  start: () => Promise<void>;
  close: () => void;
  /** Leave what was opened last. */
  back: () => void;
  look: (job: number | null) => void;
  show: (what: Shown | null) => void;
  choose: (mode: Mode) => void;
  ask: (wanted?: Ask) => Promise<void>;
  /** Take what is shown away: called off if it is under way. */
  drop: () => Promise<void>;
  lock: (code: string) => void;
  pick: (code: string) => void;
  /** A grid on the map was clicked: locked or unlocked, or picked from the proposal on the map. */
  press: (code: string | null) => void;
}

interface Context {
  plan: () => string;
  village: () => string | undefined;
  editor: Editor;
}

/** Balanced divisions for a draft: asked for, watched, set side by side, taken over. */
export function useBalance({ plan, village, editor }: Context): Balance {
  const { standing } = editor;
  const open = computed(() => query.value.balance !== undefined);
  const id = computed(() => Number(query.value.balance) || null);
  const jobs = useLoad(
    () => (open.value ? { plan: plan(), after: query.value.balance } : undefined),
    (key, signal) => fetchJobs(key.plan, signal),
  );
  const job = useJob(() =>
    id.value !== null && village() !== undefined
      ? { plan: plan(), id: id.value, village: village()! }
      : undefined,
  );
  const wish = useWish(job);
  const view = useView(job);
  const acceptance = useAcceptance((outcomes) => {
    const here = outcomes.find((one) => one.village === village());
    if (here) editor.absorb(here);
    view.show("present");
  });
  const asking = useAct();

  watch([plan, village, id], () => {
    acceptance.forget();
    asking.clear();
  });
  watch(
    () => job.data.value?.state,
    (state) => state && void jobs.reload(),
  );
  watch(acceptance.notTaken, (not) => not?.error.status === 412 && void editor.load.reload());
  watch(standing, (now, before) => {
    if (now?.division.village.code !== before?.division.village.code) return;
    const codes = new Set(now?.division.grids.map(({ code }) => code));
    const gone = before?.division.grids.filter(({ code }) => !codes.has(code)) ?? [];
    for (const { code } of gone) if (wish.locked.includes(code)) lock(code);
  });

  const look = (number: number | null): void =>
    change({ balance: String(number ?? NEW), shown: undefined });
  const close = (): void => change({ balance: undefined, shown: undefined });
  const lock = (code: string): void => void (wish.locked = toggled(wish.locked, code));

  async function start(): Promise<void> {
    look(null);
    const made = await fetchJobs(plan()).catch(() => []);
    const last = made.find(({ asked }) => asked.villages.includes(village() ?? ""));
    if (last && query.value.balance === NEW) look(last.id);
  }
  async function ask(wanted?: Ask): Promise<void> {
    const at = village();
    if (at === undefined) return;
    await asking.run(async () => look((await askFor(plan(), wanted ?? askOf(wish, at))).id));
  }
  async function drop(): Promise<void> {
    const number = id.value;
    if (number === null) return;
    const runs = job.data.value && isUnderWay(job.data.value);
    const done = await asking.run(() => callOff(plan(), number));
    if (done) await (runs ? job.reload() : look(null));
  }
  function back(): void {
    if (view.picked.value.length) view.picked.value = [];
    else if (view.shown.value) view.show(null);
    else close();
  }

  function press(code: string | null): void {
    if (code === null) return;
    const today = standing.value?.division.grids.find((grid) => grid.code === code);
    const onMap = view.shown.value !== null && view.shown.value !== "present";
    if (!onMap) return today?.kind === "general" ? lock(code) : undefined;
    const grid = view.proposal.value?.grids.find((one) => one.code === code);
    if (grid && grid.fate !== "same") view.pick(code);
  }

  const limits = computed(
    () =>
      standing.value &&
      limitsOf(job.data.value?.asked.size ?? wish.size, standing.value.division.size_limits),
  );
  const late = computed(() => {
    const { state, present = [] } = job.data.value ?? {};
    return state === "done" && present.length && standing.value
      ? outdated(present, standing.value.division.grids)
      : [];
  });
  const acts = { start, close, back, look, ask, drop, lock, press };
  return { open, jobs, job, wish, asking, acceptance, limits, late, ...view, ...acts };
}

/** The next wish: at first that of the job which is looked at. */
function useWish(job: Load<Proposals>): Wish {
  const wish = reactive(firstWish());
  watch(
    () => job.data.value?.id,
    () => job.data.value && Object.assign(wish, wishOf(job.data.value.asked)),
  );
  return wish;
}

type View = Pick<Balance, "shown" | "proposal" | "picked" | "hovered" | "show" | "choose" | "pick">;

/** What of a job is looked at. */
function useView(job: Load<Proposals>): View {
  const chosen = ref<Mode | null>(null);
  const picked = ref<readonly string[]>([]);
  const hovered = ref<string | null>(null);
  const shown = computed<Shown | null>(() => {
    const { shown: what } = query.value;
    if (what === "present") return what;
    return MODES.find((mode) => mode === what) ?? null;
  });
  const proposal = computed(() => {
    const all = job.data.value?.proposals ?? [];
    const named = (name: string | null): Proposal | undefined =>
      all.find(({ mode }) => mode === name);
    return named(shown.value) ?? named(chosen.value) ?? all[0];
  });
  watch([() => proposal.value?.mode, () => job.data.value?.id], () => (picked.value = []));

  const show = (what: Shown | null): void => {
    if (what && what !== "present") chosen.value = what;
    change({ shown: what ?? undefined });
  };
  const choose = (mode: Mode): void => {
    chosen.value = mode;
    if (shown.value) show(mode);
  };
  const pick = (code: string): void => void (picked.value = toggled(picked.value, code));
  return { shown, proposal, picked, hovered, show, choose, pick };
}
