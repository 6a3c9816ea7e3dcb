import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Endpoint, LlmSettings } from "../../shared/llm.ts";
import { startServer } from "../llm/testing/server.ts";
import { modelsFile } from "../models.ts";
import { modelsProcedures } from "./models.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "cambrian-service-models-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const signal = new AbortController().signal;
const endpoint = (more: Partial<Endpoint> = {}) =>
  Endpoint.parse({ name: "a", baseUrl: "http://127.0.0.1:1/v1", model: "m", ...more });
const settings = (...endpoints: Endpoint[]) => LlmSettings.parse({ endpoints });

function made(env: NodeJS.ProcessEnv = {}, stored: Record<string, string> = {}) {
  const refresh = vi.fn();
  const secrets = { get: (name: string) => stored[name] ?? null, set: () => {}, canStore: true };
  return { refresh, ...modelsProcedures({ home, env, secrets, refresh }, async () => []) };
}

describe("models", () => {
  it("are kept in models.json, and say where their keys are, never which", async () => {
    const p = made({ A: "sk-from-environment" }, { A: "sk-older", B: "sk-from-store" });
    const given = settings(
      endpoint({ keyName: "A" }),
      endpoint({ name: "b", keyName: "B" }),
      endpoint({ name: "c", keyName: "C" }),
    );
    await p["models.set"]({ settings: given }, signal);
    expect(p.refresh).toHaveBeenCalledOnce();
    const found = await p["models.get"]({}, signal);
    expect(found).toMatchObject({
      settings: given,
      keys: { a: "environment", b: "stored", c: "none" },
      canStore: true,
    });
    const everything = JSON.stringify(found) + readFileSync(modelsFile(home), "utf8");
    expect(everything).not.toMatch(/sk-/);
    expect(statSync(modelsFile(home)).mode & 0o077).toBe(0);
    await p["models.set"]({ settings: null }, signal);
    expect((await p["models.get"]({}, signal)).settings).toBeNull();
  });

  it.each([
    ["two of one name", settings(endpoint(), endpoint()), /two endpoints/],
    ["a role for nobody", { ...settings(endpoint()), roles: { judge: "z" } }, /no endpoint "z"/],
    ["a key in the address", settings(endpoint({ baseUrl: "http://me:pw@host/v1" })), /password/],
  ])("are not kept with %s", async (_, given, says) => {
    const p = made();
    await expect(p["models.set"]({ settings: given }, signal)).rejects.toMatchObject({
      ...{ code: "bad_models", message: expect.stringMatching(says) },
    });
    expect(existsSync(modelsFile(home))).toBe(false);
  });

  it("are those of the environment where there is no file", async () => {
    const p = made({ CAMBRIAN_LLM_BASE_URL: "http://127.0.0.1:8000", CAMBRIAN_LLM_MODEL: "qwen3" });
    const found = await p["models.get"]({}, signal);
    expect(found.settings!.endpoints).toMatchObject([{ name: "default", model: "qwen3" }]);
  });

  it("are tested with the key that a campaign would use", async () => {
    const server = await startServer(() => ({ text: "ready" }));
    try {
      const p = made({}, { MINE: "sk-stored-key-123" });
      const found = await p["models.test"](
        { endpoint: endpoint({ baseUrl: server.url, keyName: "MINE" }) },
        signal,
      );
      expect(found).toMatchObject({ ok: true, fix: null });
      expect(server.hits[0]!.authorization).toBe("Bearer sk-stored-key-123");
    } finally {
      await server.close();
    }
  });
});

describe("prices", () => {
  const price = async (p: ReturnType<typeof made>, pattern: string) =>
    (await p["models.get"]({}, signal)).prices.find((row) => row.pattern === pattern);

  it("of the user's own stand above the shipped ones, which are not copied", async () => {
    const p = made();
    const { prices } = await p["models.get"]({}, signal);
    const changed = prices.map((row) => (row.pattern === "gpt-5" ? { ...row, input: 99 } : row));
    await p["prices.set"]({ prices: [...changed, { pattern: "mine*", input: 1, output: 2 }] }, signal);
    expect(await price(p, "gpt-5")).toMatchObject({ input: 99 });
    expect(await price(p, "mine*")).toMatchObject({ output: 2 });
    const kept = JSON.parse(readFileSync(join(home, "prices.json"), "utf8"));
    expect(Object.keys(kept.models).sort()).toEqual(["gpt-5", "mine*"]);
  });

  it("are refused where one stands twice, and a broken file is named", async () => {
    const p = made();
    const row = { pattern: "x", input: 1, output: 1 };
    await expect(p["prices.set"]({ prices: [row, row] }, signal)).rejects.toMatchObject({
      code: "bad_prices",
    });
    writeFileSync(join(home, "prices.json"), "{");
    await expect(p["models.get"]({}, signal)).rejects.toMatchObject({
      ...{ code: "bad_prices", message: expect.stringContaining("prices.json") },
    });
  });
});
