import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { effectScope } from "vue";
import { useLaying } from "./laying";

/* A real server that keeps the network "police", and has discarded the others. */
let http: Server;
let asked: string[] = [];
beforeAll(async () => {
  http = createServer(({ url }, response) => {
    asked.push(url ?? "");
    const kept = url?.startsWith("/api/plans/police/");
    response
      .writeHead(kept ? 200 : 404, { "content-type": "application/json" })
      .end(JSON.stringify(kept ? { network: "公安", grids: [] } : { title: "没有这个方案" }));
  });
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  const { port } = http.address() as AddressInfo;
  (window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL(
    `http://127.0.0.1:${port}/`,
  );
});
afterAll(() => new Promise((done) => http.close(done)));

test("a network that cannot be read leaves the others to be laid and taken off; each is read once", async () => {
  const scope = effectScope();
  const { laid, networks, reading, errors } = scope.run(useLaying)!;
  const shown = (): string[] => networks.value.map(({ network }) => network);
  laid.value = ["civil"];
  await vi.waitUntil(() => errors.has("civil"));
  laid.value = ["civil", "police"];
  await vi.waitUntil(() => networks.value.length > 0);
  expect(shown()).toEqual(["公安"]);
  expect(errors.get("civil")?.status).toBe(404);
  expect(errors.has("police")).toBe(false);
  laid.value = ["civil"];
  expect(shown()).toEqual([]);
  laid.value = ["civil", "police"];
  expect(shown()).toEqual(["公安"]);
  asked = [];
  laid.value = [];
  await Promise.resolve();
  laid.value = ["civil", "police"];
  await vi.waitUntil(() => asked.length > 0 && !reading.value);
  expect(asked).toEqual(["/api/plans/civil/network"]);
  scope.stop();
});
