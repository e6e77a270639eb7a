import { computed, ref, shallowReactive, watch, type ComputedRef, type Ref } from "vue";
import type { ApiError } from "../core/http";
import { asApiError } from "../core/load";
import { fetchNetwork } from "./api";
import type { KeptNetwork } from "./networks";

export interface Laying {
  /** The plans of the networks that are wanted on the map. */
  laid: Ref<string[]>;
  /** Those of them that have been read. */
  networks: ComputedRef<KeptNetwork[]>;
  reading: ComputedRef<boolean>;
  /** Why one could not be read, by its plan; it is tried again when it is laid anew. */
  errors: ReadonlyMap<string, ApiError>;
}

/** Networks laid over a map: each is read on its own, and once. */
export function useLaying(): Laying {
  const laid = ref<string[]>([]);
  const found = shallowReactive(new Map<string, KeptNetwork>());
  const errors = shallowReactive(new Map<string, ApiError>());
  const asked = shallowReactive(new Set<string>());
  const networks = computed(() => laid.value.flatMap((plan) => found.get(plan) ?? []));
  const reading = computed(() => asked.size > 0);

  watch(laid, (now, before) => {
    for (const plan of now)
      if (!before.includes(plan) && !found.has(plan) && !asked.has(plan)) void read(plan);
  });

  async function read(plan: string): Promise<void> {
    asked.add(plan);
    errors.delete(plan);
    try {
      found.set(plan, await fetchNetwork(plan));
    } catch (cause) {
      errors.set(plan, asApiError(cause));
    } finally {
      asked.delete(plan);
    }
  }
  return { laid, networks, reading, errors };
}
