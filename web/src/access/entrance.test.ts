import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { effectScope, type EffectScope } from "vue";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { me } from "../core/me";
import { useEntrance, type Entrance } from "./entrance";

/* A real server that answers as the gate does: a right password, a code for one account, a lock. */
const PASSWORD = "right password";
let http: Server;
let locked = 0;
let bodies: Record<string, string>[] = [];
let scope: EffectScope;
let entrance: Entrance;

beforeAll(async () => {
  http = createServer((request, response) => {
    let text = "";
    request.on("data", (part: Buffer) => (text += part.toString()));
    request.on("end", () => {
      const tried = JSON.parse(text) as Record<string, string>;
      bodies.push(tried);
      const refuse = (status: number, type: string, wait = 0): void => {
        response.writeHead(status, wait ? { "retry-after": String(wait) } : {});
        response.end(JSON.stringify({ type, detail: type, detail_en: type }));
      };
      if (locked) return refuse(429, "about:blank", locked);
      if (tried.password !== PASSWORD) return refuse(401, "/problems/log-in");
      if (tried.account === "guarded" && tried.one_time_code !== "123456") {
        return refuse(401, "/problems/one-time-code");
      }
      response.end(JSON.stringify({ account: tried.account, rights: [], roles: [], csrf: "x" }));
    });
  });
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  const { port } = http.address() as AddressInfo;
  (window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL(
    `http://127.0.0.1:${port}/`,
  );
});
afterAll(() => new Promise((done) => http.close(done)));
beforeEach(() => {
  locked = 0;
  bodies = [];
  scope = effectScope();
  entrance = scope.run(() => useEntrance()) as Entrance;
});
afterEach(() => scope.stop());

test("the right password lets in; the account is sent without spaces around it", async () => {
  await entrance.take(" lead ", PASSWORD);
  expect(me.value?.account).toBe("lead");
  expect(bodies).toEqual([{ account: "lead", password: PASSWORD }]);
});

test("a wrong password is told and nothing moves on", async () => {
  await entrance.take("guarded", "wrong");
  expect(entrance.step.value).toBe("password");
  expect(entrance.act.error.value).toMatchObject({ kind: "login", zh: "/problems/log-in" });
  expect(entrance.password.value).toBe("wrong");
});

test("a code is asked for without blaming anybody, and a wrong one is told", async () => {
  await entrance.take("guarded", PASSWORD);
  expect(entrance.step.value).toBe("code");
  expect(entrance.act.error.value).toBeUndefined();
  entrance.code.value = "654321";
  await entrance.submit();
  expect(entrance.act.error.value?.type).toBe("/problems/one-time-code");
  expect([entrance.step.value, entrance.code.value]).toEqual(["code", ""]);
  entrance.code.value = "123 456";
  await entrance.submit();
  expect(me.value?.account).toBe("guarded");
});

test("back from the code the password is asked for anew", async () => {
  await entrance.take("guarded", PASSWORD);
  entrance.restart();
  expect([entrance.step.value, entrance.account.value, entrance.password.value]).toEqual([
    "password",
    "guarded",
    "",
  ]);
});

test("after too many attempts nothing is sent until the time is over, and then the error goes", async () => {
  locked = 1;
  await entrance.take("lead", PASSWORD);
  expect(entrance.act.error.value?.kind).toBe("busy");
  expect(entrance.act.wait.value).toBe(1);
  locked = 0;
  await entrance.submit();
  expect(bodies.length).toBe(1);
  await expect.poll(() => entrance.act.wait.value, { timeout: 3000 }).toBe(0);
  expect(entrance.act.error.value).toBeUndefined();
  await entrance.submit();
  expect(bodies.length).toBe(2);
});

test("while one account waits another may try", async () => {
  locked = 60;
  await entrance.take("lead", PASSWORD);
  expect(entrance.act.wait.value).toBe(60);
  locked = 0;
  entrance.account.value = "officer";
  expect([entrance.act.wait.value, entrance.act.error.value]).toEqual([0, undefined]);
  await entrance.submit();
  expect(me.value?.account).toBe("officer");
});

test("two clicks at once are one attempt", async () => {
  await Promise.all([entrance.take("lead", PASSWORD), entrance.submit()]);
  expect(bodies.length).toBe(1);
});
