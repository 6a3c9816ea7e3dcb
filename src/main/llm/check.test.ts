import { afterEach, describe, expect, it } from "vitest";
import { checkEndpoint } from "./check.ts";
import { endpointAt } from "./testing/endpoint.ts";
import { type Script, startServer, type TestServer } from "./testing/server.ts";

let server: TestServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

const KEY = "sk-very-secret-0123456789";
const signal = new AbortController().signal;
async function check(script: Script, more: Parameters<typeof endpointAt>[1] = {}) {
  server = await startServer(script);
  return checkEndpoint(endpointAt(server.url, more), KEY, signal);
}

describe("the test of an endpoint", () => {
  it("names the model that answered and what it said, after one request", async () => {
    const found = await check(() => ({ text: "ready", model: "served-7b" }));
    expect(found).toMatchObject({ ok: true, fix: null });
    expect(found.message).toMatch(/^Model served-7b answered "ready" in /);
    expect(server!.hits).toHaveLength(1);
    expect(server!.hits[0]!.authorization).toBe(`Bearer ${KEY}`);
  });

  it("says what is wrong and what to do, and never the key", async () => {
    const body = JSON.stringify({ error: { message: `Incorrect API key provided: ${KEY}` } });
    const found = await check(() => ({ status: 401, body }));
    expect(found).toMatchObject({ ok: false, message: expect.stringContaining("HTTP 401") });
    expect(found.fix).toMatch(/CAMBRIAN_LLM_API_KEY/);
    expect(JSON.stringify(found)).not.toContain(KEY);
  });

  it("does without a parameter that the server does not know, as a campaign does", async () => {
    const found = await check(
      ({ body }) =>
        "temperature" in body
          ? {
              status: 400,
              body: JSON.stringify({ error: { message: "Unsupported parameter: temperature" } }),
            }
          : { text: "ready" },
      { temperature: 0.7 },
    );
    expect(found.ok).toBe(true);
    expect(server!.hits).toHaveLength(2);
  });

  it("takes a model that is still thinking for one that works", async () => {
    const found = await check(() => ({ text: "", reasoning: "let me see", finish: "length" }));
    expect(found).toMatchObject({ ok: true, message: expect.stringMatching(/still thinking/) });
  });

  it("tells of a server that is not there, and of an address that is none", async () => {
    const gone = await checkEndpoint(endpointAt("http://127.0.0.1:9/v1"), null, signal);
    expect(gone).toMatchObject({ ok: false, message: expect.stringMatching(/nothing listens there/) });
    const wrong = await checkEndpoint(endpointAt("http://me:pw@127.0.0.1/v1"), null, signal);
    expect(wrong).toMatchObject({ ok: false, message: expect.stringMatching(/password/) });
  });
});
