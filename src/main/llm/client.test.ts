/** Every way in which a server can fail, over real HTTP. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Endpoint } from "../../shared/llm.ts";
import { chat, embeddings } from "./client.ts";
import { endpointAt } from "./testing/endpoint.ts";
import { type Reply, startServer, type TestServer } from "./testing/server.ts";

let server: TestServer;
let reply: Reply = {};
beforeAll(async () => {
  server = await startServer(() => reply);
});
afterAll(() => server.close());
afterEach(() => {
  server.hits.length = 0;
});

const never = new AbortController().signal;
/** Short enough for a test, long enough for a busy machine. */
const SHORT = 0.4;

function asked(
  r: Reply,
  more: Partial<Endpoint> = {},
  signal = never,
  pieces: string[] = [],
  key: string | null = null,
) {
  reply = r;
  const params = { max_tokens: 100, stream_options: { include_usage: true } };
  const messages = [{ role: "user" as const, content: "How good is it?" }];
  const ask = { system: "Role: judge\nBe brief.", messages, params };
  return chat({ endpoint: endpointAt(server.url, more), key }, ask, signal, (t) => pieces.push(t), Date.now);
}

const text = "An answer with some wörds and an emoji 🙂 in it.";

describe("answers", () => {
  it("are gathered from the stream, with reasoning, usage and times", async () => {
    const pieces: string[] = [];
    const { failure, received, firstByteSeconds, seconds } = await asked(
      {
        text,
        reasoning: "Let me think.",
        chunks: 7,
        usage: { input: 11, output: 22 },
        model: "test-model-2026",
      },
      {},
      never,
      pieces,
    );
    expect(failure).toBeNull();
    expect(received).toEqual({
      ...{ text, reasoning: "Let me think.", refusal: "", finishReason: "stop" },
      ...{ usage: { input: 11, output: 22 }, modelServed: "test-model-2026" },
    });
    expect(pieces.join("")).toBe(text);
    expect(pieces.length).toBeGreaterThan(3);
    expect(firstByteSeconds).toBeLessThanOrEqual(seconds);
    expect(server.hits[0]!.body).toMatchObject({
      ...{ model: "test-model", stream: true, max_tokens: 100 },
      messages: [{ role: "system" }, { role: "user", content: "How good is it?" }],
    });
  });

  it.each([
    ["plain JSON, though a stream was asked for", { text, plain: true }, { text }],
    [
      "reasoning in the other field",
      { text, reasoning: "hm", reasoningField: "reasoning" },
      { reasoning: "hm" },
    ],
    ["an answer in the reasoning only", { text: "", reasoning: text }, { text: "", reasoning: text }],
    ["no usage", { text, usage: null }, { usage: null }],
    ["usage of zeros, which is none", { text, usage: { input: 0, output: 0 } }, { usage: null }],
    ["another model than asked for", { text, model: "other" }, { modelServed: "other" }],
    ["a pause shorter than the limit", { text, chunkMs: 30 }, { text }],
  ] as [string, Reply, object][])("%s", async (_, r, expected) => {
    const { failure, received } = await asked(r);
    expect(failure).toBeNull();
    expect(received).toMatchObject(expected);
  });

  it("in lists of typed parts are read", async () => {
    const content = [
      { type: "thinking", thinking: [{ type: "text", text: "x" }] },
      { type: "text", text: "yes" },
    ];
    const body = JSON.stringify({ choices: [{ message: { content }, finish_reason: "stop" }], usage: null });
    expect((await asked({ body })).received.text).toBe("yes");
  });
});

describe("an answer with its finish_reason is whole", () => {
  it.each([
    ["when neither usage nor an end follows", "finish", "nothing", null],
    ["when the connection breaks after it", "finish", "break", null],
    ["when usage follows, but no end", "usage", "nothing", { input: 3, output: 4 }],
    ["and nothing is waited for after usage", "usage", "error", { input: 3, output: 4 }],
  ] as const)("%s", async (_, event, comes, usage) => {
    const r: Reply = { text, usage: { input: 3, output: 4 }, after: { event, comes } };
    const { failure, received } = await asked(r, { totalSeconds: 20 });
    expect(failure).toBeNull();
    expect(received).toMatchObject({ text, finishReason: "stop", usage });
  });

  it("when the silence after it is longer than the endpoint allows", async () => {
    const after = { event: "finish", comes: "nothing" } as const;
    expect((await asked({ text, after }, { idleSeconds: SHORT })).failure).toBeNull();
    const { failure } = await asked({ text, finish: "length", after }, { idleSeconds: SHORT });
    expect(failure?.kind).toBe("length");
  });
});

describe("failures", () => {
  it.each([
    ["a cut connection", { text, cutAfter: 2 }, "cut", true],
    ["a cut connection before a piece", { text, cutAfter: 0 }, "unreachable", true],
    ["a stream without a finish_reason", { text, finish: null }, "cut", true],
    ["plain JSON without a finish_reason", { text, finish: null, plain: true }, "cut", true],
    ["plain JSON that is cut", { text, plain: true, cutAfter: 2 }, "cut", true],
    ["finish_reason=length", { text, finish: "length" }, "length", true],
    ["finish_reason=content_filter", { text, finish: "content_filter" }, "filtered", true],
    ["finish_reason=error", { text, finish: "error" }, "server", true],
    ["an empty answer", { text: "" }, "protocol", true],
    ["broken events", { text, malformed: true }, "protocol", true],
    ["an error in the stream", { text, streamError: { message: "boom" } }, "server", true],
    ["overload in the stream", { text, streamError: { message: "slow", code: 429 } }, "rate", true],
    [
      "a web page",
      { body: "<html>hello</html>", headers: { "content-type": "text/html" } },
      "protocol",
      true,
    ],
    ["broken JSON", { body: '{"choices": [' }, "protocol", true],
    ["JSON of another kind", { body: '{"status": "ok"}' }, "protocol", true],
    ["JSON that is null", { body: "null" }, "protocol", true],
    ["an error with status 200", { body: '{"error": {"message": "no"}}' }, "server", true],
    ["500", { status: 500 }, "server", false],
    ["503 without a body", { status: 503, body: "" }, "server", false],
    ["429", { status: 429, headers: { "retry-after": "6" } }, "rate", false],
    [
      "no credit left",
      { status: 429, body: '{"error":{"message":"x","code":"insufficient_quota"}}' },
      "quota",
      false,
    ],
    ["402", { status: 402 }, "quota", false],
    ["401", { status: 401 }, "key", false],
    ["404", { status: 404 }, "request", false],
    ["501", { status: 501 }, "request", false],
    ["a redirect", { status: 302, headers: { location: "http://127.0.0.1:1/elsewhere" } }, "request", false],
  ] as [string, Reply, string, boolean][])("%s", async (_, r, kind, charged) => {
    const { failure } = await asked(r);
    expect(failure).toMatchObject({ kind, charged });
    expect(failure!.message).toContain("main (test-model)");
    expect(failure!.fix).not.toBe("");
    expect(server.hits).toHaveLength(1);
  });

  it("keep what was received", async () => {
    const { received } = await asked({ text: "abcdefgh", chunks: 4, cutAfter: 2 });
    expect(received.text).toBe("abcd");
  });

  it("an answer beyond all bounds is not read to its end", async () => {
    const { failure, received } = await asked({ text: "x".repeat(4_600_000), chunks: 46 });
    expect(failure).toMatchObject({ kind: "protocol" });
    expect(received.text.length).toBeLessThan(4 * 1024 * 1024);
  });

  it("a server that is not there", async () => {
    const gone = await startServer(() => ({}));
    await gone.close();
    const endpoint = endpointAt(gone.url);
    const ask = { system: "", messages: [], params: {} };
    const { failure } = await chat({ endpoint, key: null }, ask, never, () => {}, Date.now);
    expect(failure).toMatchObject({ kind: "unreachable", charged: false });
    expect(failure!.message).toContain("nothing listens there");
  });
});

describe("limits on waiting", () => {
  it.each([
    ["nothing at all", { text, delayMs: 60_000 }, { firstByteSeconds: SHORT }, "had not begun"],
    [
      "headers and an empty piece only",
      { text, stallAfter: 0 },
      { firstByteSeconds: SHORT },
      "had not begun",
    ],
    ["silence after a piece", { text, stallAfter: 1 }, { idleSeconds: SHORT }, "fell silent"],
    ["silence in plain JSON", { text, plain: true, stallAfter: 1 }, { idleSeconds: SHORT }, "fell silent"],
    ["an answer without end", { text, chunks: 40, chunkMs: 50 }, { totalSeconds: SHORT }, "had not finished"],
    [
      "silence in an error",
      { status: 200, body: "{}", stallAfter: 1 },
      { idleSeconds: SHORT },
      "fell silent",
    ],
  ] as [string, Reply, Partial<Endpoint>, string][])("%s", async (_, r, limits, says) => {
    const { failure } = await asked(r, limits);
    expect(failure).toMatchObject({ kind: "stalled", charged: true });
    expect(failure!.message).toContain(says);
    await expect.poll(() => server.hits[0]!.hungUp).toBe(true);
  });

  it("do not disturb an answer that is slow but alive", async () => {
    const { failure, received } = await asked({ text, chunks: 12, chunkMs: 60 }, { idleSeconds: 0.5 });
    expect(failure).toBeNull();
    expect(received.text).toBe(text);
  });
});

describe("an abort", () => {
  it.each([
    ["before it is sent", {}, 0],
    ["before the first byte", { text, delayMs: 60_000 }, 60],
    ["in the middle of an answer", { text, chunks: 40, chunkMs: 50 }, 200],
    ["in a stalled stream", { text, stallAfter: 1 }, 200],
  ] as [string, Reply, number][])("%s rejects with its reason and hangs up", async (_, r, ms) => {
    const controller = new AbortController();
    const reason = new Error("paused");
    if (ms === 0) controller.abort(reason);
    else setTimeout(() => controller.abort(reason), ms);
    await expect((async () => asked(r, {}, controller.signal))()).rejects.toBe(reason);
    if (ms > 0) await expect.poll(() => server.hits.every((hit) => hit.hungUp)).toBe(true);
    else expect(server.hits).toHaveLength(0);
  });
});

describe("what is sent", () => {
  it("is the key, and nothing of the environment or the machine", async () => {
    process.env.OPENAI_API_KEY = "sk-of-another-provider";
    process.env.OPENAI_ORG_ID = "org-1";
    process.env.OPENAI_CUSTOM_HEADERS = "x-own: 1";
    try {
      await asked({ text }, {}, never, [], "sk-right-key-12345");
      await asked({ text });
    } finally {
      for (const name of ["OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_CUSTOM_HEADERS"])
        delete process.env[name];
    }
    const [withKey, without] = server.hits;
    expect(withKey!.authorization).toBe("Bearer sk-right-key-12345");
    expect(without!.authorization).toBeNull();
    for (const { headers } of server.hits)
      expect(Object.keys(headers).filter((n) => /^(x-|openai)/.test(n))).toEqual([]);
  });

  it("is no key that could not be one", async () => {
    const { failure } = await asked({ text }, {}, never, [], "two\nlines");
    expect(failure).toMatchObject({ kind: "key", charged: false });
    expect(failure!.message).not.toContain("lines\n");
    expect(server.hits).toHaveLength(0);
  });
});

describe("embeddings", () => {
  const at = (url: string) => ({ endpoint: endpointAt(url, { embeddingModel: "emb" }), key: null });

  it("are unit vectors, in order", async () => {
    const { failure, received } = await embeddings(at(server.url), ["a b", "c", "a b"], never, Date.now);
    expect(failure).toBeNull();
    const { vectors } = received;
    expect(vectors).toHaveLength(3);
    expect(vectors[2]).toEqual(vectors[0]);
    expect(vectors[1]).not.toEqual(vectors[0]);
    for (const v of vectors) expect(Math.hypot(...v)).toBeCloseTo(1, 5);
    expect(server.hits[0]!.body).toMatchObject({ model: "emb", encoding_format: "float" });
  });

  it("that a server lacks are a refused request", async () => {
    const without = await startServer(() => ({}), { dimensions: 0 });
    const { failure } = await embeddings(at(without.url), ["a"], never, Date.now);
    expect(failure?.kind).toBe("request");
    await without.close();
  });
});
