import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { effectScope } from "vue";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { useResidents, type Residents } from "./paging";
import { findResidents } from "./residents";

/* A real server with a grid of 120, and what it was asked. */
const CODES = Array.from({ length: 120 }, (_, n) => `P${String(n).padStart(3, "0")}`);
let http: Server;
let fails = 0;
let asked: string[] = [];
let bodies: string[] = [];

beforeAll(async () => {
  http = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://here");
    asked.push(url.pathname + url.search);
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      bodies.push(body);
      const status = fails > 0 ? 403 : 200;
      fails = Math.max(0, fails - 1);
      response.writeHead(status, { "content-type": "application/json" });
      const rest = CODES.filter((code) => code > (url.searchParams.get("after") ?? ""));
      const page = rest.slice(0, Number(url.searchParams.get("limit") ?? 100));
      const next = rest.length > page.length ? page.at(-1) : null;
      const residents = page.map((code) => ({ code }));
      response.end(JSON.stringify(status === 200 ? { residents, next } : { detail: "无权" }));
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
  fails = 0;
  asked = [];
  bodies = [];
});

function open(): Residents {
  return effectScope().run(() => useResidents("14092910020000/1")) as Residents;
}

test("a grid is listed page by page, everybody once, and then there is no more", async () => {
  const list = open();
  expect(asked).toEqual([]);
  await list.next();
  expect(list.rows.value?.length).toBe(50);
  expect(asked[0]).toContain("/api/grids/14092910020000%2F1/residents?limit=50");
  await list.next();
  await list.next();
  expect(list.rows.value?.map(({ code }) => code)).toEqual(CODES);
  expect(list.more.value).toBe(false);
  await list.next();
  expect(asked.length).toBe(3);
});

test("a page that failed leaves what was there and can be asked for again", async () => {
  const list = open();
  fails = 1;
  await list.next();
  expect(list.rows.value).toBeUndefined();
  expect(list.error.value?.kind).toBe("forbidden");
  await list.next();
  fails = 1;
  await list.next();
  expect(list.rows.value?.length).toBe(50);
  expect(list.error.value?.kind).toBe("forbidden");
  await list.next();
  expect(list.rows.value?.length).toBe(100);
  expect(list.error.value).toBeUndefined();
});

test("two clicks ask once", async () => {
  const list = open();
  await Promise.all([list.next(), list.next()]);
  expect(asked.length).toBe(1);
});

test("a number is sent in the body and stands in no address", async () => {
  await findResidents({ phone: "13800001234" });
  expect(asked).toEqual(["/api/residents/find"]);
  expect(JSON.parse(bodies[0] ?? "")).toEqual({ phone: "13800001234" });
});
