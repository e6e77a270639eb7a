import type { Geometry } from "geojson";
import { computed, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import type { ApiError } from "../core/http";
import { asApiError, useLoad, type Load } from "../core/load";
import {
  changesOf,
  fetchDivision,
  operate,
  placeOf,
  send,
  stepBack,
  type Changed,
  type Deed,
  type Division,
  type Operation,
  type Outcome,
  type Warning,
} from "./api";
import { after, standingOf, touchedBy, type Standing } from "./division";

/** Why an operation did not come about, and where; `deed` can be sent again as it is. */
export interface Refusal {
  error: ApiError;
  place: Geometry | null;
  deed: Deed | null;
}

/** Somebody else was faster; `operation` can be tried on what is there now. */
export interface Conflict {
  changes: Changed[];
  operation: Operation | null;
  land: readonly Geometry[];
}

export interface Editor {
  load: Load<Division>;
  standing: ShallowRef<Standing | undefined>;
  busy: Ref<boolean>;
  refusal: ShallowRef<Refusal | null>;
  conflict: ShallowRef<Conflict | null>;
  warnings: ShallowRef<Warning[]>;
  /** Counts what has been done or read anew, for what has to be asked again afterwards. */
  deeds: Ref<number>;
  canUndo: ComputedRef<boolean>;
  canRedo: ComputedRef<boolean>;
  /** Whether it came about; `land` is that of the street blocks which the operation names. */
  perform: (operation: Operation, land?: readonly Geometry[]) => Promise<boolean>;
  step: (which: "undo" | "redo") => Promise<boolean>;
  sendAgain: () => Promise<boolean>;
  reapply: () => Promise<boolean>;
  /** Take in what was done by another call than `perform`. */
  absorb: (outcome: Outcome) => void;
  forget: () => void;
}

/** A village of a draft, and what is done to it. */
export function useEditor(plan: () => string, village: () => string | undefined): Editor {
  const load = useLoad(
    () => (village() === undefined ? undefined : { plan: plan(), village: village()! }),
    (key, signal) => fetchDivision(key.plan, key.village, signal),
  );
  const standing = shallowRef<Standing>();
  const busy = ref(false);
  const deeds = ref(0);
  const refusal = shallowRef<Refusal | null>(null);
  const conflict = shallowRef<Conflict | null>(null);
  const warnings = shallowRef<Warning[]>([]);

  watch(load.data, (division) => (standing.value = division && standingOf(division)));
  watch([plan, village], () => {
    forget();
    standing.value = undefined;
  });

  function forget(): void {
    refusal.value = conflict.value = null;
    warnings.value = [];
  }

  function absorb(outcome: Outcome): void {
    if (!standing.value) return;
    standing.value = after(standing.value, outcome);
    warnings.value = outcome.warnings;
    deeds.value += 1;
  }

  async function carry(
    deed: Deed,
    operation: Operation | null,
    land: readonly Geometry[] = [],
  ): Promise<boolean> {
    if (busy.value || !standing.value) return false;
    busy.value = true;
    forget();
    try {
      absorb(await send(deed));
      return true;
    } catch (cause) {
      await fail(asApiError(cause), deed, operation, land);
      return false;
    } finally {
      busy.value = false;
    }
  }

  async function fail(
    error: ApiError,
    deed: Deed,
    operation: Operation | null,
    land: readonly Geometry[],
  ): Promise<void> {
    if (error.status === 412) {
      await load.reload();
      deeds.value += 1;
      conflict.value = { changes: changesOf(error), operation, land };
      return;
    }
    /* No answer is not a no: the same deed under the same name is done once, whenever it arrives. */
    refusal.value = { error, place: placeOf(error), deed: error.kind === "away" ? deed : null };
  }

  async function perform(operation: Operation, land: readonly Geometry[] = []): Promise<boolean> {
    const now = standing.value;
    const at = village();
    if (!now || at === undefined) return false;
    const deed = operate(plan(), at, operation, touchedBy(operation, now, land));
    return carry(deed, operation, land);
  }

  async function step(which: "undo" | "redo"): Promise<boolean> {
    const at = village();
    return at === undefined ? false : carry(stepBack(plan(), at, which), null);
  }

  async function sendAgain(): Promise<boolean> {
    const deed = refusal.value?.deed;
    return deed ? carry(deed, null) : false;
  }

  async function reapply(): Promise<boolean> {
    const { operation, land } = conflict.value ?? {};
    return operation ? perform(operation, land) : false;
  }

  const canUndo = computed(() => Boolean(standing.value?.division.undo) && !busy.value);
  const canRedo = computed(() => Boolean(standing.value?.division.redo) && !busy.value);
  return {
    load,
    standing,
    busy,
    refusal,
    conflict,
    warnings,
    deeds,
    canUndo,
    canRedo,
    perform,
    step,
    sendAgain,
    reapply,
    absorb,
    forget,
  };
}
