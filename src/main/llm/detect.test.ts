import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { detectLocal } from "./detect.ts";
import { startServer } from "./testing/server.ts";

it("servers on this machine are found where they answer, and nothing else is", async () => {
  const server = await startServer(() => ({}), { models: ["a", "b"] });
  const gone = await startServer(() => ({}));
  await gone.close();
  const page = createServer((_, response) => response.end("<html>"));
  const silent = createServer(() => {});
  for (const s of [page, silent]) await new Promise<void>((resolve) => s.listen(0, "127.0.0.1", resolve));
  const portOf = (s: typeof page) => (s.address() as AddressInfo).port;
  const found = await detectLocal([
    { port: Number(new URL(server.url).port), name: "Good" },
    { port: Number(new URL(gone.url).port), name: "Gone" },
    { port: portOf(page), name: "Page" },
    { port: portOf(silent), name: "Silent" },
  ]);
  expect(found).toEqual([{ name: "Good", baseUrl: server.url, models: ["a", "b"] }]);
  await server.close();
  for (const s of [page, silent]) {
    s.closeAllConnections();
    s.close();
  }
});
