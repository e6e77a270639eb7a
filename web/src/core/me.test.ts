import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { getJson, reportShut, sendJson, server } from "./http";
import {
  enter,
  justLeft,
  leave,
  may,
  me,
  meError,
  refresh,
  standing,
  watchOver,
  type Me,
} from "./me";

/* A real server: whoever it holds for logged in, and what it was asked. */
const LEAD: Me = {
  account: "lead",
  display_name: "网格长甲",
  roles: [],
  rights: ["territory", "incidents"],
  csrf: "page-token",
  must_enroll: false,
  must_change_password: false,
  has_one_time_code: false,
  via: "password",
};
let http: Server;
let known: Me | null = null;
let away = false;
let asked: IncomingMessage[] = [];

beforeAll(async () => {
  http = createServer((request, response) => {
    asked.push(request);
    const answer = (status: number, body?: object): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(body && JSON.stringify(body));
    };
    if (request.url === "/readyz") return answer(200, {});
    if (away) return answer(503, { detail: "数据库暂时不可用" });
    if (!known) return answer(401, { type: "/problems/log-in", detail: "请先登录" });
    if (request.method === "GET") return answer(200, request.url === "/api/me" ? known : {});
    if (request.headers["x-csrf-token"] !== known.csrf) {
      return answer(403, { type: "/problems/csrf", detail: "请刷新页面后再试" });
    }
    if (request.method === "DELETE" && request.url === "/api/login") known = null;
    return answer(204);
  });
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  const { port } = http.address() as AddressInfo;
  (window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL(
    `http://127.0.0.1:${port}/`,
  );
  watchOver();
});
afterAll(() => new Promise((done) => http.close(done)));
beforeEach(() => {
  away = false;
  asked = [];
});

async function logInAs(who: Me): Promise<void> {
  known = who;
  await refresh();
}

test("while the server is away it is not known who is logged in, and asked when it is back", async () => {
  away = true;
  expect(standing.value).toBe("asking");
  await refresh();
  expect(standing.value).toBe("asking");
  expect(meError.value?.zh).toBe("数据库暂时不可用");
  away = false;
  server.recoveries += 1;
  await expect.poll(() => standing.value).toBe("out");
  expect(meError.value).toBeUndefined();
  expect(me.value).toBeUndefined();
});

test("who is logged in, and what they may", async () => {
  await logInAs(LEAD);
  expect(standing.value).toBe("in");
  expect(me.value?.display_name).toBe("网格长甲");
  expect([may("territory"), may("audit")]).toEqual([true, false]);
});

test("what changes something brings the page's token along, what reads does not", async () => {
  await logInAs(LEAD);
  await sendJson("POST", "/api/me/password", { old: "a", new: "b" });
  await getJson("/api/areas");
  const tokens = asked.slice(-2).map(({ headers }) => headers["x-csrf-token"]);
  expect(tokens).toEqual(["page-token", undefined]);
});

test("a log-in that ended keeps who it was; the next one has everything asked for again", async () => {
  await logInAs(LEAD);
  known = null;
  await expect(getJson("/api/areas")).rejects.toMatchObject({ kind: "login", status: 401 });
  await expect.poll(() => standing.value).toBe("expired");
  expect(me.value?.account).toBe("lead");
  const before = server.recoveries;
  enter(LEAD);
  expect(standing.value).toBe("in");
  expect(server.recoveries).toBe(before + 1);
});

test("a map that is answered 401 has the log-in looked after", async () => {
  await logInAs(LEAD);
  known = null;
  reportShut();
  await expect.poll(() => standing.value).toBe("expired");
});

test("an answer from before a log-in does not end it", async () => {
  known = null;
  const late = refresh();
  enter(LEAD);
  await late;
  expect(standing.value).toBe("in");
});

test("another log-in of this browser is found out when the page's token is refused", async () => {
  await logInAs(LEAD);
  known = { ...LEAD, account: "officer", csrf: "another" };
  await expect(sendJson("POST", "/api/me/tokens", {})).rejects.toMatchObject({
    kind: "forbidden",
    type: "/problems/csrf",
  });
  await expect.poll(() => me.value?.account).toBe("officer");
});

test("logging out forgets who it was, also when the server had done so before", async () => {
  await logInAs(LEAD);
  await leave();
  expect(known).toBeNull();
  expect([standing.value, me.value, justLeft.value]).toEqual(["out", undefined, true]);
  await logInAs(LEAD);
  expect(justLeft.value).toBe(false);
  known = null;
  await leave();
  expect([standing.value, me.value]).toEqual(["out", undefined]);
});

test("logging out while the server is away fails, and nobody believes to be out", async () => {
  await logInAs(LEAD);
  away = true;
  await expect(leave()).rejects.toMatchObject({ kind: "away" });
  expect(standing.value).toBe("in");
});

test("the other tabs of the browser follow", async () => {
  await logInAs(LEAD);
  const other = new BroadcastChannel("gridmap.login");
  other.postMessage("left");
  await expect.poll(() => standing.value).toBe("out");
  expect(me.value).toBeUndefined();
  known = LEAD;
  other.postMessage("entered");
  await expect.poll(() => standing.value).toBe("in");
  other.close();
});
