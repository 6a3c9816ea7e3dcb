import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { fakeService } from "../../server/testing/service.ts";
import { type Keys, makeKeys } from "./keys.ts";
import { startWebServer, type WebServer } from "./server.ts";

let home: string;
let keys: Keys;
let server: WebServer;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "cambrian-web-"));
  writeFileSync(join(home, "index.html"), "<p>page");
  keys = makeKeys(home);
  server = await startWebServer({ service: fakeService(), keys, root: home, port: 0 });
});
afterEach(async () => {
  await server.close();
  rmSync(home, { recursive: true });
});

/** fetch would not let a test choose Host, or send a path that is not normalised. */
function get(path: string, headers: Record<string, string> = {}, method = "GET") {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>(
    (resolve, reject) => {
      const asked = request({ host: "127.0.0.1", port: server.port, path, method, headers }, (answer) => {
        let body = "";
        answer.on("data", (chunk) => {
          body += chunk;
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
      });
      asked.on("error", reject);
      asked.end();
    },
  );
}
const setCookie = (headers: Record<string, unknown>) =>
  String((headers["set-cookie"] as string[])?.[0] ?? "");
const enter = async (token = keys.token) => setCookie((await get(`/?token=${token}`)).headers).split(";")[0]!;

describe("coming in", () => {
  it("takes the token, and gives a session that no script can read and no other site can use", async () => {
    const answer = await get(`/?token=${keys.token}`);
    expect([answer.status, answer.headers.location]).toEqual([303, "/"]);
    expect(setCookie(answer.headers)).toMatch(
      /^cambrian-\d+=\S+; HttpOnly; SameSite=Strict; Path=\/; Max-Age=\d+$/,
    );
    expect(setCookie(answer.headers)).not.toContain(keys.token);
    const page = await get("/", { cookie: setCookie(answer.headers).split(";")[0]! });
    expect([page.status, page.body]).toEqual([200, "<p>page"]);
  });

  it("also where another site led here: by a page of our own, that takes the cookie along", async () => {
    const answer = await get(`/?token=${keys.token}`, { "sec-fetch-site": "cross-site" });
    expect([answer.status, answer.headers.location]).toEqual([200, undefined]);
    expect(answer.body).toContain("url=/");
  });

  it("takes a ticket once", async () => {
    const ticket = server.ticket();
    expect(await enter(ticket)).not.toBe("");
    expect(await enter(ticket)).toBe("");
  });

  it("refuses wrong tokens, and after ten of them looks at none for a while; sessions go on", async () => {
    const cookie = await enter();
    for (let i = 0; i < 10; i++) expect((await get(`/?token=wrong${i}`)).status).toBe(403);
    expect((await get(`/?token=${keys.token}`)).status).toBe(429);
    expect((await get("/", { cookie })).status).toBe(200);
  });

  it("needs a session for everything but its state of health", async () => {
    expect((await get("/")).status).toBe(401);
    expect((await get("/index.html", { cookie: `cambrian-${server.port}=x` })).status).toBe(401);
    expect(await get("/healthz")).toMatchObject({ status: 200, body: "ok\n" });
  });

  it("keeps its secrets for nobody else to read; the token is new at each start, the key stays", () => {
    for (const name of ["web-token", "web-key"]) expect(statSync(join(home, name)).mode & 0o777).toBe(0o600);
    expect(Buffer.from(keys.token, "base64url").length).toBe(32);
    const next = makeKeys(home);
    expect(next.token).not.toBe(keys.token);
    expect(next.session).toBe(keys.session);
    expect(readFileSync(join(home, "web-token"), "utf8").trim()).toBe(next.token);
  });
});

describe("what it answers", () => {
  it.each([
    ["another host", { host: "evil.example" }, "GET", 421],
    ["another origin", { origin: "http://evil.example" }, "GET", 403],
    ["no origin at all", { origin: "null" }, "GET", 403],
    ["something else than reading", {}, "POST", 405],
  ])("refuses %s, with a good session too", async (_what, headers, method, status) => {
    const cookie = await enter();
    expect((await get("/", { cookie, ...headers }, method)).status).toBe(status);
  });

  it("holds the page to its own files, and lets nobody frame or share it", async () => {
    const { headers } = await get("/", { cookie: await enter() });
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe-eval");
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-store",
    });
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("leads nowhere else", async () => {
    const cookie = await enter();
    for (const path of ["/web-token", "/../web-key", "/%2e%2e/x.txt", "//evil.example/x.js", "/?x=1#y"])
      expect((await get(path, { cookie })).body).not.toContain(keys.session);
    expect((await get("/web-token", { cookie })).status).toBe(404);
  });
});

describe("a connection", () => {
  function open(headers: Record<string, string>, path = "/ws"): Promise<number> {
    return new Promise((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers });
      socket.on("open", () => {
        socket.terminate();
        resolve(101);
      });
      socket.on("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
      socket.on("error", () => resolve(0));
    });
  }

  it("needs a session, our own origin, and the right place", async () => {
    const cookie = await enter();
    const origin = server.url.slice(0, -1);
    expect(await open({ cookie, origin })).toBe(101);
    expect(await open({ cookie })).toBe(403);
    expect(await open({ cookie, origin: "null" })).toBe(403);
    expect(await open({ cookie, origin: "http://evil.example" })).toBe(403);
    expect(await open({ cookie, origin, host: `evil.example:${server.port}` })).toBe(421);
    expect(await open({ origin })).toBe(401);
    expect(await open({ cookie, origin }, "/elsewhere")).toBe(404);
  });

  it("ends at a message that no page of ours sends", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws`, {
      headers: { cookie: await enter(), origin: server.url.slice(0, -1) },
    });
    await new Promise((resolve) => socket.on("open", resolve));
    socket.send("{");
    expect(await new Promise((resolve) => socket.on("close", resolve))).toBe(1008);
  });
});
