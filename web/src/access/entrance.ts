import { ref, watch, type Ref } from "vue";
import { enter } from "../core/me";
import { asApiError } from "../core/load";
import { useAct, type Act } from "../core/act";
import { logIn } from "./api";
import { tidyCode } from "./rules";

export interface Entrance {
  account: Ref<string>;
  password: Ref<string>;
  code: Ref<string>;
  /** What is asked for: first the password, then the one-time code where there is one. */
  step: Ref<"password" | "code">;
  act: Act;
  submit: () => Promise<void>;
  /** Back from the one-time code to account and password. */
  restart: () => void;
  /** Log in as this account, as if it had been typed. */
  take: (account: string, password: string) => Promise<void>;
}

/** The way in: account and password, and the one-time code if the server asks for it. */
export function useEntrance(known = ""): Entrance {
  const account = ref(known);
  const password = ref("");
  const code = ref("");
  const step = ref<"password" | "code">("password");
  const act = useAct();
  /* It is the account that has to wait. */
  watch(account, act.clear, { flush: "sync" });

  async function attempt(): Promise<void> {
    const given = step.value === "code" ? tidyCode(code.value) : undefined;
    try {
      enter(await logIn(account.value.trim(), password.value, given));
    } catch (cause) {
      const { type } = asApiError(cause);
      if (type !== "/problems/one-time-code") throw cause;
      code.value = "";
      if (step.value === "code") throw cause;
      step.value = "code";
    }
  }
  function restart(): void {
    step.value = "password";
    password.value = code.value = "";
    act.clear();
  }
  async function submit(): Promise<void> {
    await act.run(attempt);
  }
  async function take(name: string, secret: string): Promise<void> {
    restart();
    account.value = name;
    password.value = secret;
    await submit();
  }
  return { account, password, code, step, act, submit, restart, take };
}
