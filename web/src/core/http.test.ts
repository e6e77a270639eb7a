import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { getJson, kindOf, probeNow, queryString, reportAway, server } from "./http";

/* A real server that tells apart what the database does: there, away, or knowing no such grid. */
let http: Server;
let ready = true;

beforeAll(async () => {
  http = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (request.url === "/readyz") return answer(ready ? 200 : 503, {});
    if (request.url === "/api/areas") {
      return ready ? answer(200, { areas: [] }) : answer(503, { title: "数据库暂时不可用" });
    }
    return answer(404, { title: "没有找到", detail: "没有这个网格", detail_en: "no such grid" });
  });
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  const { port } = http.address() as AddressInfo;
  (window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL(
    `http://127.0.0.1:${port}/`,
  );
});
afterAll(() => new Promise((done) => http.close(done)));

test("an answer is given back as it is", async () => {
  expect(await getJson("/api/areas")).toEqual({ areas: [] });
});

test("a problem of the server arrives in both languages", async () => {
  await expect(getJson("/api/grids/1")).rejects.toMatchObject({
    kind: "missing",
    status: 404,
    zh: "没有这个网格",
    en: "no such grid",
  });
  expect(server.away).toBe(false);
});

test("a server that is away is noticed, and noticed again when it is back", async () => {
  ready = false;
  await expect(getJson("/api/areas")).rejects.toMatchObject({
    kind: "away",
    zh: "数据库暂时不可用",
  });
  expect(server.away).toBe(true);
  await probeNow();
  expect(server.away).toBe(true);
  ready = true;
  const before = server.recoveries;
  await probeNow();
  expect(server.away).toBe(false);
  expect(server.recoveries).toBe(before + 1);
});

test("the page finds out by itself that the server is back", async () => {
  const before = server.recoveries;
  reportAway();
  await expect.poll(() => server.recoveries, { timeout: 4000 }).toBe(before + 1);
});

test("statuses fall into the kinds a person can act on", () => {
  expect([502, 503, 504].map(kindOf)).toEqual(["away", "away", "away"]);
  expect(kindOf(404)).toBe("missing");
  expect([401, 403, 429].map(kindOf)).toEqual(["login", "forbidden", "busy"]);
  expect(kindOf(422)).toBe("refused");
  expect(kindOf(500)).toBe("broken");
});

test("a query leaves out what is not asked and repeats what is asked twice", () => {
  expect(
    queryString({ q: "东街 1", limit: 20, as_of: undefined, status: "", category: ["01", "02"] }),
  ).toBe("?q=%E4%B8%9C%E8%A1%97%201&limit=20&category=01&category=02");
  expect(queryString({})).toBe("");
});
