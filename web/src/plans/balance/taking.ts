import { ref, shallowRef, type Ref, type ShallowRef } from "vue";
import type { ApiError } from "../../core/http";
import { asApiError } from "../../core/load";
import { changesOf, type Changed } from "../api";
import {
  takeOver,
  takingOf,
  togetherOf,
  type Choice,
  type Taking,
  type Together,
  type VillageOutcome,
} from "./api";

/** Why a part of a proposal was not taken over, and what can be done about it. */
export interface NotTaken {
  error: ApiError;
  choice: Choice;
  /** What others changed in the meantime. */
  changes: Changed[];
  /** Of a part that does not tile its village: what belongs together. */
  together: Together;
  /** To be sent again as it is: no answer came. */
  again: Taking | null;
}

/** What was taken over last. */
export interface Taken {
  choice: Choice;
  /** How many villages and grids changed. */
  villages: number;
  grids: number;
}

export interface Acceptance {
  running: Ref<boolean>;
  taken: ShallowRef<Taken | null>;
  notTaken: ShallowRef<NotTaken | null>;
  take: (plan: string, id: number, choice: Choice) => Promise<boolean>;
  sendAgain: () => Promise<boolean>;
  forget: () => void;
}

/** Taking over proposals, one at a time; `done` is told what became of each village. */
export function useAcceptance(done: (outcomes: VillageOutcome[]) => void): Acceptance {
  const running = ref(false);
  const taken = shallowRef<Taken | null>(null);
  const notTaken = shallowRef<NotTaken | null>(null);

  function forget(): void {
    taken.value = notTaken.value = null;
  }

  async function send(taking: Taking): Promise<boolean> {
    if (running.value) return false;
    running.value = true;
    forget();
    try {
      const outcomes = await takeOver(taking);
      taken.value = takenOf(taking.choice, outcomes);
      done(outcomes);
      return true;
    } catch (cause) {
      notTaken.value = notTakenOf(asApiError(cause), taking);
      return false;
    } finally {
      running.value = false;
    }
  }
  const take = (plan: string, id: number, choice: Choice): Promise<boolean> =>
    send(takingOf(plan, id, choice));
  const sendAgain = async (): Promise<boolean> => {
    const again = notTaken.value?.again;
    return again ? send(again) : false;
  };
  return { running, taken, notTaken, take, sendAgain, forget };
}

function takenOf(choice: Choice, outcomes: VillageOutcome[]): Taken {
  const grids = outcomes.map(({ grids, ended }) => grids.length + ended.length);
  return { choice, villages: outcomes.length, grids: grids.reduce((sum, n) => sum + n, 0) };
}

export function notTakenOf(error: ApiError, taking: Taking): NotTaken {
  return {
    error,
    choice: taking.choice,
    changes: error.status === 412 ? changesOf(error) : [],
    together: togetherOf(error),
    /* No answer is not a no: the same deed under the same name is done once. */
    again: error.kind === "away" ? taking : null,
  };
}
