/** The pure rules: when to try again, what it costs, which address, which price. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LlmErrorKind } from "../../shared/llm.ts";
import { answerTokens, checkedUrl, defaultEndpoint, isLocal, tokenLimit } from "./endpoints.ts";
import { listed, priceOf, readPrices } from "./prices.ts";
import { redactor } from "./redact.ts";
import { retryAfter, waitBefore } from "./retry.ts";
import { estimateTokens, mostTokens } from "./tokens.ts";

const most = () => 0.999999;

describe("retries", () => {
  it.each<[LlmErrorKind, boolean]>([
    ["unreachable", true],
    ["stalled", true],
    ["cut", true],
    ["rate", true],
    ["server", true],
    ["protocol", true],
    ["request", false],
    ["key", false],
    ["quota", false],
    ["length", false],
    ["filtered", false],
  ])("%s: %s", (kind, again) => {
    expect(waitBefore([kind], null, most) !== null).toBe(again);
  });

  it("back off exponentially with full jitter, and end after 4 requests", () => {
    const waits = (random: () => number) =>
      [1, 2, 3, 4].map((n) => waitBefore(new Array(n).fill("server"), null, random));
    expect(waits(() => 0)).toEqual([0, 0, 0, null]);
    expect(waits(() => 0.5)).toEqual([250, 500, 1000, null]);
  });

  it("try once more after what is no chat completion", () => {
    expect(waitBefore(["protocol", "protocol"], null, most)).toBeNull();
    expect(waitBefore(["server", "protocol"], null, most)).not.toBeNull();
    expect(waitBefore(["protocol", "server"], null, most)).not.toBeNull();
  });

  it("honour Retry-After, a minute at most", () => {
    expect(waitBefore(["rate"], 6000, () => 0)).toBe(6000);
    expect(waitBefore(["rate"], 3_600_000, most)).toBe(60_000);
    expect(waitBefore(["server"], 2000, () => 0)).toBe(2000);
  });

  const at = Date.parse("2026-01-01T00:00:00Z");
  it.each([
    [{ "retry-after": "6" }, 6000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:09 GMT" }, 9000],
    [{ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }, 0],
    [{ "retry-after": "-5" }, 0],
    [{ "retry-after": "soon" }, null],
    [{ "retry-after-ms": "250", "retry-after": "9" }, 250],
    [{}, null],
  ])("read %j", (headers: Record<string, string>, expected) => {
    expect(retryAfter((name) => headers[name] ?? null, at)).toBe(expected);
  });
});

describe("tokens", () => {
  it("estimate is never above the bound", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 40 }), { maxLength: 10 }), (texts) => {
        const estimate = texts.reduce((sum, text) => sum + estimateTokens(text), 0);
        expect(estimate).toBeLessThanOrEqual(mostTokens(texts));
      }),
    );
  });
});

describe("addresses", () => {
  it.each([
    ["http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"],
    ["http://127.0.0.1:11434", "http://127.0.0.1:11434/v1"],
    ["http://127.0.0.1:11434/", "http://127.0.0.1:11434/v1"],
    ["https://api.example.org/v1/chat/completions", "https://api.example.org/v1"],
    [
      "https://x.openai.azure.com/openai/v1?api-version=2025-01-01",
      "https://x.openai.azure.com/openai/v1?api-version=2025-01-01",
    ],
  ])("%s becomes %s", (given, expected) => {
    expect(defaultEndpoint({ CAMBRIAN_LLM_BASE_URL: given, CAMBRIAN_LLM_MODEL: "m" })?.baseUrl).toBe(
      expected,
    );
  });

  it.each([
    ["http://user:hunter2hunter2@host/v1"],
    ["https://host/v1?api_key=hunter2hunter2"],
    ["ftp://hunter2hunter2/v1"],
    ["hunter2hunter2"],
  ])("%s is refused, and not repeated", (given) => {
    expect(() => checkedUrl(given)).toThrow(RangeError);
    try {
      checkedUrl(given);
    } catch (error) {
      expect((error as Error).message).not.toContain("hunter2");
    }
  });

  it("come from flags before the environment, and need a model", () => {
    const env = { CAMBRIAN_LLM_BASE_URL: "http://127.0.0.1:1234/v1", CAMBRIAN_LLM_MODEL: "a" };
    expect(defaultEndpoint(env)).toMatchObject({ name: "default", model: "a", concurrency: 4 });
    expect(defaultEndpoint(env, { model: "b", baseUrl: "https://h/v1" })).toMatchObject({
      model: "b",
      baseUrl: "https://h/v1",
      concurrency: 32,
    });
    expect(defaultEndpoint({})).toBeNull();
    expect(() => defaultEndpoint({}, { baseUrl: "http://h/v1" })).toThrow("no model");
    expect(() => defaultEndpoint({}, { model: "m" })).toThrow("no server");
  });

  it.each([
    ["http://127.0.0.1:11434/v1", 4],
    ["http://localhost:1234/v1", 4],
    ["http://127.0.0.1:8080/v1", 4],
    ["http://127.0.0.1:8000/v1", 32],
    ["https://api.example.org:8080/v1", 32],
  ])("%s takes %d requests at once", (baseUrl, concurrency) => {
    expect(defaultEndpoint({}, { baseUrl, model: "m" })?.concurrency).toBe(concurrency);
  });

  it.each([
    ["127.0.0.1", true],
    ["localhost", true],
    ["[::1]", true],
    ["192.168.1.20", true],
    ["10.1.2.3", true],
    ["172.20.0.1", true],
    ["172.32.0.1", false],
    ["workstation", true],
    ["box.local", true],
    ["api.openai.com", false],
    ["11.1.2.3", false],
    ["[2606:4700::1]", false],
  ])("%s is local: %s", (host, local) => {
    expect(isLocal(host)).toBe(local);
  });

  it("name the limit as their server does, and leave half of the window to the prompt", () => {
    expect(tokenLimit("api.openai.com")).toBe("max_completion_tokens");
    expect(tokenLimit("x.openai.azure.com")).toBe("max_completion_tokens");
    expect(tokenLimit("127.0.0.1")).toBe("max_tokens");
    expect(answerTokens({ maxOutput: 8192, contextWindow: 8192 })).toBe(4096);
    expect(answerTokens({ maxOutput: 512, contextWindow: 8192 })).toBe(512);
  });
});

describe("prices", () => {
  const table = {
    "gpt-x": { input: 1, output: 2 },
    "gpt-x-mini": { input: 3, output: 4 },
    "qwen*": { input: 5, output: 6 },
    "qwen3-max*": { input: 7, output: 8 },
  };
  it.each([
    ["gpt-x", 1],
    ["gpt-x-2026-01-31", 1],
    ["gpt-x-latest", 1],
    ["gpt-x-mini", 3],
    ["gpt-x-pro", null],
    ["gpt-x.5", null],
    ["qwen3", 5],
    ["qwen3-max-9", 7],
    ["other", null],
  ])("of %s: %s", (model, input) => {
    expect(listed(table, model)?.input ?? null).toBe(input);
  });

  it("are 0 for a local server, and what the endpoint says before all else", () => {
    const price = { input: 9, output: 9 };
    expect(priceOf({ price: null, baseUrl: "http://127.0.0.1:8000/v1" }, "gpt-x", table)?.input).toBe(0);
    expect(priceOf({ price, baseUrl: "http://127.0.0.1:8000/v1" }, "gpt-x", table)).toEqual(price);
    expect(priceOf({ price: null, baseUrl: "https://h.org/v1" }, "gpt-x", table)?.input).toBe(1);
    expect(priceOf({ price: null, baseUrl: "https://h.org/v1" }, "other", table)).toBeNull();
  });

  it("are read from the program's file, and over it from the user's", () => {
    const home = mkdtempSync(join(tmpdir(), "prices-"));
    expect(readPrices(home)["gpt-4o"]).toEqual({ input: 2.5, output: 10 });
    writeFileSync(join(home, "prices.json"), '{"models": {"gpt-4o": {"input": 1, "output": 1}}}');
    expect(readPrices(home)["gpt-4o"]).toEqual({ input: 1, output: 1 });
    expect(readPrices(home)["gpt-4.1"]).toBeDefined();
    writeFileSync(join(home, "prices.json"), '{"models": {"gpt-4o": 3}}');
    expect(() => readPrices(home)).toThrow(/prices\.json is not a table of prices/);
  });
});

describe("keys in texts", () => {
  it.each(["abcd", "sk-1", "hunter2", "Test1", "s3cr3t-k"])("%s is taken out", (key) => {
    expect(redactor(() => [key])(`it said ${key}.`)).toBe("it said [key].");
  });

  it.each([
    ...["none", "EMPTY", "dummy", "test", "sk-no-key-required", "ollama", "lm-studio", "token", "key"],
    ...["None", "abc", ""],
  ])("%j is no secret", (key) => {
    expect(redactor(() => [key])(`it said ${key}.`)).toBe(`it said ${key}.`);
  });

  it("are taken out in every form, and placeholders are left", () => {
    const clean = redactor(() => ["sk-abc/+def=123", "none", null, " padded-key-99\n"]);
    expect(clean("a sk-abc/+def=123 b")).toBe("a [key] b");
    expect(clean(`q=${encodeURIComponent("sk-abc/+def=123")}`)).toBe("q=[key]");
    expect(clean("none of padded-key-99")).toBe("none of [key]");
  });
});
