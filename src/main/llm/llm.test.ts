/** The client as a whole: paid for once, within the budget, stored before it is read, and no key anywhere. */
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Endpoint, type LlmCall, LlmSettings } from "../../shared/llm.ts";
import { memoryLedger } from "../archive/testing/memory-ledger.ts";
import { LlmError } from "../interfaces.ts";
import { createLlm } from "./llm.ts";
import { CAMPAIGN, endpointAt, llmAt, requestAt } from "./testing/endpoint.ts";
import { type Reply, type Script, startServer, type TestServer } from "./testing/server.ts";

const never = new AbortController().signal;
const servers: TestServer[] = [];
const serve = async (script: Script, options = {}): Promise<TestServer> => {
  const server = await startServer(script, options);
  servers.push(server);
  return server;
};
const inTurn =
  (...replies: Reply[]): Script =>
  ({ n }) =>
    replies[Math.min(n, replies.length - 1)]!;
afterEach(async () => {
  await Promise.all(servers.splice(0).map((s) => s.close()));
});

const failed = async (asked: Promise<unknown>): Promise<LlmError> => {
  const error = await asked.then(
    () => null,
    (e) => e,
  );
  expect(error).toBeInstanceOf(LlmError);
  return error as LlmError;
};

describe("a call", () => {
  it("is a row before it is sent, and its answer is stored before it is read", async () => {
    const ledger = memoryLedger();
    const seen: string[] = [];
    const server = await serve(() => {
      seen.push(...[...ledger.rows.values()].map((r) => r.state));
      return { text: "7 of 10", reasoning: "hm", usage: { input: 100, output: 50 } };
    });
    const price = { input: 2, output: 10 };
    const { llm } = llmAt(server.url, { price, temperature: 0.5, reasoningEffort: "low" }, { ledger });
    const answer = await llm.ask(requestAt("1/judge/0"), never);
    expect(seen).toEqual(["sent"]);
    expect(answer).toMatchObject({ text: "7 of 10", reasoning: "hm", tokens: 150, reused: false });
    expect(answer.cost).toBeCloseTo((100 * 2 + 50 * 10) / 1e6, 12);
    const [row] = [...ledger.rows.values()];
    expect(row).toMatchObject({
      ...{ id: answer.callId, state: "done", attempt: 0, answer: "7 of 10", finishReason: "stop" },
      ...{ estimated: false, price, endpoint: "main", model: "test-model", source: "server" },
      params: { temperature: 0.5, reasoning_effort: "low", max_tokens: 8192 },
    });
    expect(row!.reserved.tokens).toBeGreaterThan(8192);
    expect(ledger.prompts.get(row!.promptHash!)?.text).toContain("Role: judge");
    expect(row!.messages).toEqual([{ role: "user", content: "question 1/judge/0" }]);
    llm.mark(answer.callId, "unusable", "no score");
    expect(ledger.rows.get(answer.callId)).toMatchObject({ verdict: "unusable", note: "no score" });
    expect(llm.spent()).toMatchObject({ tokens: 150, refused: null });
  });

  it("without usage is estimated, and says so", async () => {
    const server = await serve(() => ({ text: "x".repeat(35), usage: null }));
    const { llm, ledger } = llmAt(server.url);
    await llm.ask(requestAt("a"), never);
    const [row] = ledger.calls(CAMPAIGN);
    expect(row).toMatchObject({ estimated: true, usage: null });
    const sent =
      Math.ceil("Role: judge\nSay how good it is.".length / 3.5) + Math.ceil("question a".length / 3.5);
    expect(row!.tokens).toBe(sent + 10);
  });

  it("is tried again, each request with its own row, and ends after four", async () => {
    const server = await serve(inTurn({ status: 500 }, { text: "abc", cutAfter: 1 }, { text: "ok" }));
    const { llm, ledger } = llmAt(server.url);
    expect((await llm.ask(requestAt("a"), never)).text).toBe("ok");
    expect(ledger.at(CAMPAIGN, "a").map((r) => [r.attempt, r.state, r.error?.kind, r.tokens > 0])).toEqual([
      [0, "failed", "server", false],
      [1, "failed", "cut", true],
      [2, "done", undefined, true],
    ]);
    const broken = await serve(() => ({ status: 503 }));
    const error = await failed(llmAt(broken.url).llm.ask(requestAt("a"), never));
    expect(error.kind).toBe("server");
    expect(error.message).toContain("It was asked 4 times.");
    expect(broken.hits).toHaveLength(4);
  });

  it.each([
    [{ status: 400 }, "request", 1],
    [{ status: 401 }, "key", 1],
    [{ status: 402 }, "quota", 1],
    [{ text: "x", finish: "length" }, "length", 1],
    [{ text: "x", finish: "content_filter" }, "filtered", 1],
    [{ text: "" }, "protocol", 2],
  ] as [Reply, string, number][])("%j is %s after %d requests", async (reply, kind, n) => {
    const server = await serve(() => reply);
    expect((await failed(llmAt(server.url).llm.ask(requestAt("a"), never))).kind).toBe(kind);
    expect(server.hits).toHaveLength(n);
  });

  it("that was too long brings what there was, and can be marked", async () => {
    const server = await serve(() => ({ text: "half of it", finish: "length" }));
    const { llm, ledger } = llmAt(server.url);
    const error = await failed(llm.ask(requestAt("a"), never));
    expect(error.partial).toMatchObject({ text: "half of it" });
    llm.mark(error.partial!.callId, "repair");
    expect(ledger.rows.get(error.partial!.callId)).toMatchObject({ state: "failed", verdict: "repair" });
    // It is known and paid for: asked again after a crash, it is not paid for again.
    const again = await failed(llmAt(server.url, {}, { ledger }).llm.ask(requestAt("a"), never));
    expect(again).toMatchObject({ kind: "length", partial: { text: "half of it", reused: true } });
    expect(server.hits).toHaveLength(1);
  });

  it("stops at once when it is aborted, also while it waits for Retry-After", async () => {
    const server = await serve(() => ({ status: 429, headers: { "retry-after": "50" } }));
    const { llm, ledger } = llmAt(server.url);
    const controller = new AbortController();
    const asked = llm.ask(requestAt("a"), controller.signal);
    await expect.poll(() => ledger.calls(CAMPAIGN)[0]?.state).toBe("failed");
    controller.abort("pause");
    await expect(asked).rejects.toBe("pause");
    expect(server.hits).toHaveLength(1);
    expect(llm.spent().tokens).toBe(0);
  }, 25_000); // Well before its Retry-After is over.

  it("that is given up counts with its reservation", async () => {
    const server = await serve(() => ({ text: "x", stallAfter: 0 }));
    const { llm, ledger } = llmAt(server.url);
    const controller = new AbortController();
    const asked = llm.ask(requestAt("a"), controller.signal);
    await expect.poll(() => server.hits.length).toBe(1);
    controller.abort("stop");
    await expect(asked).rejects.toBe("stop");
    const [row] = ledger.calls(CAMPAIGN);
    expect(row!.state).toBe("cancelled");
    expect(llm.spent().tokens).toBe(row!.reserved.tokens);
    expect(ledger.totals(CAMPAIGN).tokens).toBe(row!.reserved.tokens);
  });

  it("drops a parameter that the server objects to, from then on", async () => {
    const server = await serve(({ body }) =>
      body.temperature !== undefined
        ? { status: 400, body: '{"error":{"message":"Unsupported value: temperature"}}' }
        : body.max_tokens !== undefined
          ? { status: 400, body: '{"error":{"message":"Use max_completion_tokens instead of max_tokens"}}' }
          : { text: "ok" },
    );
    const ledger = memoryLedger();
    const endpoint = { temperature: 0.7 };
    const { llm } = llmAt(server.url, endpoint, { ledger });
    expect((await llm.ask(requestAt("a"), never)).text).toBe("ok");
    await llm.ask(requestAt("b"), never);
    expect(server.hits).toHaveLength(4);
    const rows = ledger.at(CAMPAIGN, "a");
    expect(rows.map((r) => [r.state, r.cost])).toEqual([
      ["failed", 0],
      ["failed", 0],
      ["done", 0],
    ]);
    expect(new Set(rows.map((r) => r.requestHash)).size).toBe(3);
    expect(rows[2]!.params).toEqual({ max_completion_tokens: 8192, stream_options: { include_usage: true } });
    // A new process has not learned it yet, and finds the answer all the same.
    expect((await llmAt(server.url, endpoint, { ledger }).llm.ask(requestAt("a"), never)).reused).toBe(true);
    expect(server.hits).toHaveLength(4);
    // Another setting is another question.
    await llmAt(server.url, { temperature: 0.9 }, { ledger }).llm.ask(requestAt("a", "another"), never);
    expect(server.hits.length).toBeGreaterThan(4);
  });

  it("fails where the server takes neither name of the limit", async () => {
    const server = await serve(({ body }) => {
      const [name] = Object.keys(body).filter((p) => p.startsWith("max_"));
      return { status: 400, body: `{"error":{"message":"Unsupported parameter: ${name}"}}` };
    });
    const { llm, ledger } = llmAt(server.url);
    expect((await failed(llm.ask(requestAt("a"), never))).kind).toBe("request");
    expect(ledger.at(CAMPAIGN, "a").map((r) => Object.keys(r.params)[0])).toEqual([
      "max_tokens",
      "max_completion_tokens",
    ]);
    expect((await failed(llm.ask(requestAt("b"), never))).kind).toBe("request");
    expect(server.hits).toHaveLength(3);
  });

  it("never runs more at once than the endpoint takes", async () => {
    const server = await serve(() => ({ text: "x", delayMs: 30 }));
    const { llm } = llmAt(server.url, { concurrency: 3 });
    await Promise.all(Array.from({ length: 12 }, (_, i) => llm.ask(requestAt(`k${i}`), never)));
    expect(Math.max(...server.hits.map((h) => h.open))).toBe(3);
  });

  it("asked for twice at once is sent once", async () => {
    const server = await serve(() => ({ text: "x", delayMs: 30 }));
    const { llm } = llmAt(server.url);
    const both = await Promise.all([llm.ask(requestAt("a"), never), llm.ask(requestAt("a"), never)]);
    expect(both.map((a) => a.reused)).toEqual([false, true]);
    expect(server.hits).toHaveLength(1);
  });

  it("reports its text as it arrives", async () => {
    const server = await serve(() => ({ text: "some text", chunks: 3 }));
    const pieces: { key: string; text: string }[] = [];
    await llmAt(server.url, {}, { onPiece: (p) => pieces.push(p) }).llm.ask(requestAt("a"), never);
    expect(pieces.map((p) => p.text).join("")).toBe("some text");
    expect(pieces[0]).toMatchObject({ key: "a", role: "judge", endpoint: "main" });
  });
});

describe("after a crash", () => {
  /** A ledger as a killed program left it: rows of one call in the given states. */
  async function left(...states: LlmCall["state"][]) {
    const server = await serve(() => ({ text: "stored", usage: { input: 10, output: 10 } }));
    const first = llmAt(server.url);
    await first.llm.ask(requestAt("a"), never);
    const [row] = first.ledger.calls(CAMPAIGN);
    const { uuidOf } = await import("../../shared/hash.ts");
    const rows = states.map((state, attempt) => ({
      ...row!,
      ...{ state, attempt, id: uuidOf(CAMPAIGN, "a", attempt) },
      ...(state !== "done" && { answer: null, tokens: 0 }),
    }));
    server.hits.length = 0;
    const ledger = memoryLedger(rows);
    ledger.settle();
    return { server, ledger, ...{ llm: llmAt(server.url, {}, { ledger }).llm } };
  }

  it.each([
    [["done"], true, 0],
    [["unknown", "done"], true, 0],
    [["failed"], false, 1],
    [["cancelled"], false, 1],
    [["sent"], false, 1],
    [["unknown"], false, 1],
    [["unknown", "failed", "cancelled"], false, 1],
  ] as [LlmCall["state"][], boolean, number][])(
    "%j: reused %s, %d requests",
    async (states, reused, hits) => {
      const { server, llm, ledger } = await left(...states);
      const answer = await llm.ask(requestAt("a"), never);
      expect(answer).toMatchObject({ text: "stored", reused });
      expect(server.hits).toHaveLength(hits);
      expect(ledger.calls(CAMPAIGN)).toHaveLength(states.length + hits);
      if (reused) llm.mark(answer.callId, "used");
    },
  );

  it("a request that was lost twice is not sent a third time", async () => {
    const { server, llm } = await left("unknown", "sent");
    expect((await failed(llm.ask(requestAt("a"), never))).kind).toBe("twice");
    expect(server.hits).toHaveLength(0);
    // Another question at the same place is another request.
    expect((await llm.ask(requestAt("a", "something else"), never)).text).toBe("stored");
  });

  it("an answer of another model to the same question is not paid for again", async () => {
    const { server, ledger } = await left("done");
    const other = llmAt(server.url, { model: "another-model" }, { ledger }).llm;
    expect(await other.ask(requestAt("a"), never)).toMatchObject({ model: "test-model", reused: true });
    expect((await other.ask(requestAt("a", "something else"), never)).model).toBe("another-model");
    expect(server.hits).toHaveLength(1);
  });

  it("what was lost counts with what it reserved", async () => {
    const { llm, ledger } = await left("sent");
    expect(llm.spent().tokens).toBe(ledger.calls(CAMPAIGN)[0]!.reserved.tokens);
  });
});

describe("budgets", () => {
  const small: Partial<Endpoint> = { maxOutput: 256, price: { input: 1, output: 1 } };

  it.each(["tokens", "cost"] as const)("in %s refuse what could exceed them, and say so", async (kind) => {
    const server = await serve(() => ({ text: "x", usage: { input: 50, output: 150 } }));
    const budget = { tokens: null, cost: null, [kind]: kind === "tokens" ? 700 : 700 / 1e6 };
    const { llm } = llmAt(server.url, small, { budget });
    await llm.ask(requestAt("a"), never);
    const error = await failed(llm.ask(requestAt("b"), never));
    expect(error.kind).toBe("budget");
    expect(error.message).toMatch(/^The next request \(judge, test-model\) may take up to/);
    expect(llm.spent().refused).toBe(error.message);
    expect(server.hits).toHaveLength(1);
  });

  it("in money need a price; in tokens they do not", async () => {
    const server = await serve(() => ({ text: "x" }));
    const settings = LlmSettings.parse({
      endpoints: [endpointAt("https://api.example.org/v1", { model: "unheard-of" })],
    });
    const options = { settings, ledger: memoryLedger(), campaignId: CAMPAIGN, key: () => null };
    const llm = createLlm({ ...options, budget: { tokens: null, cost: 5 } });
    const error = await failed(llm.ask(requestAt("a"), never));
    expect(error.kind).toBe("budget");
    expect(error.message).toContain("set the endpoint's price");
    expect(server.hits).toHaveLength(0);
  });

  it("wait for requests under way rather than refuse while there may be room", async () => {
    const server = await serve(() => ({ text: "x", delayMs: 30, usage: { input: 5, output: 5 } }));
    // Room for one reservation at a time, and for what all of them really cost.
    const { llm } = llmAt(server.url, small, { budget: { tokens: 800, cost: null } });
    await Promise.all(Array.from({ length: 6 }, (_, i) => llm.ask(requestAt(`k${i}`), never)));
    expect(server.hits).toHaveLength(6);
    expect(Math.max(...server.hits.map((h) => h.open))).toBe(1);
    expect(llm.spent()).toEqual({ tokens: 60, cost: 60 / 1e6, refused: null });
  });

  it("are never exceeded, whatever is asked at once and whatever comes of it", async () => {
    const one = fc.record({
      input: fc.integer({ min: 1, max: 300 }),
      output: fc.integer({ min: 0, max: 256 }),
      delayMs: fc.integer({ min: 0, max: 8 }),
      fate: fc.constantFrom(
        ...(["answer", "answer", "no usage", "cut", "stall", "error"] as const),
        ...(["length", "length, no usage", "500", "abort"] as const),
      ),
    });
    const replies = new Map<string, { reply: Reply; bill: number }>();
    // The server's own count, which nobody tells the client where an answer has no usage.
    let billed = 0;
    const server = await serve(({ messages }) => {
      const { reply, bill } = replies.get(messages.at(-1)!.content)!;
      billed += bill;
      return reply;
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(one, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 300, max: 4000 }),
        async (calls, tokens) => {
          const cost = (tokens * 0.9) / 1e6;
          const { llm, ledger } = llmAt(
            server.url,
            { ...small, concurrency: 8, idleSeconds: 0.05 },
            { budget: { tokens, cost } },
          );
          const id = run++;
          billed = 0;
          await Promise.allSettled(
            calls.map(({ input, output, delayMs, fate }, i) => {
              const content = `${id}-${i}`;
              const reply: Reply = {
                text: "y".repeat(20),
                delayMs: fate === "abort" ? 1000 : delayMs,
                usage: fate.endsWith("no usage") ? null : { input, output },
                ...(fate === "cut" && { cutAfter: 2 }),
                ...(fate === "stall" && { stallAfter: 2 }),
                ...(fate === "error" && { streamError: { message: "boom" } }),
                ...(fate.startsWith("length") && { finish: "length" }),
                ...(fate === "500" && { status: 500 }),
              };
              // A whole answer takes what its texts take, or what it says; any other may hold all that was allowed.
              const texts = Math.ceil((34 + content.length + 20) / 4);
              const bills = { "500": 0, "no usage": texts, answer: input + output, length: input + output };
              replies.set(content, { reply, bill: { ...bills }[fate as string] ?? input + 256 });
              const signal = fate === "abort" ? AbortSignal.timeout(20) : never;
              return llm.ask(requestAt(content, content), signal);
            }),
          );
          const [sum, spent] = [ledger.totals(CAMPAIGN), llm.spent()];
          expect(billed).toBeLessThanOrEqual(sum.tokens);
          expect(sum.tokens).toBeLessThanOrEqual(tokens);
          expect(sum.cost).toBeLessThanOrEqual(cost + 1e-12);
          expect(spent.tokens).toBe(sum.tokens);
          expect(spent.cost).toBeCloseTo(sum.cost, 12);
          for (const row of ledger.calls(CAMPAIGN))
            expect(row.tokens).toBeLessThanOrEqual(row.reserved.tokens);
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe("the circuit breaker", () => {
  it("opens after five failures, turns away who waits, and is closed by a probe", async () => {
    let broken = true;
    const server = await serve(() => (broken ? { status: 500 } : { text: "back" }));
    let now = Date.parse("2026-05-01T12:00:00Z");
    const changes: string[] = [];
    const { llm } = llmAt(
      server.url,
      { concurrency: 1 },
      { now: () => now, onChange: () => changes.push(llm.endpoints()[0]!.breaker) },
    );
    const errors = await Promise.all(
      Array.from({ length: 4 }, (_, i) => failed(llm.ask(requestAt(`k${i}`), never))),
    );
    expect(server.hits).toHaveLength(5);
    expect(errors.filter((e) => e.kind === "open").length).toBeGreaterThanOrEqual(3);
    const open = errors.find((e) => e.kind === "open")!;
    expect(open.message).toContain("main (test-model)");
    expect(open.message).toContain("2026-05-01T12:00:10.000Z");
    expect(open.message).toContain("HTTP 500");
    expect(llm.endpoints()).toEqual([
      expect.objectContaining({ breaker: "open", until: "2026-05-01T12:00:10.000Z" }),
    ]);
    expect((await failed(llm.ask(requestAt("z"), never))).kind).toBe("open");
    now += 10_000;
    expect((await failed(llm.ask(requestAt("p"), never))).kind).toBe("open");
    expect(server.hits).toHaveLength(6);
    expect(llm.endpoints()[0]!.until).toBe("2026-05-01T12:00:30.000Z");
    broken = false;
    now += 20_000;
    expect((await llm.ask(requestAt("z"), never)).text).toBe("back");
    expect(llm.endpoints()[0]).toMatchObject({ breaker: "closed", until: null, reason: null });
    expect(changes).toEqual(["open", "half-open", "open", "half-open", "closed"]);
  });

  it("opens at once for a refused key, and its reason says what to do", async () => {
    const server = await serve(() => ({ status: 401 }));
    const { llm } = llmAt(server.url);
    expect((await failed(llm.ask(requestAt("a"), never))).kind).toBe("key");
    expect(llm.endpoints()[0]).toMatchObject({ breaker: "open" });
    expect(llm.endpoints()[0]!.reason).toContain("put it into CAMBRIAN_LLM_API_KEY");
  });

  it("turns away a call that waits between two attempts", async () => {
    const server = await serve(({ messages }) =>
      messages.at(-1)!.content === "slow"
        ? { status: 429, headers: { "retry-after": "50" } }
        : { status: 402 },
    );
    const { llm, ledger } = llmAt(server.url);
    const waiting = failed(llm.ask(requestAt("a", "slow"), never));
    await expect.poll(() => ledger.calls(CAMPAIGN)[0]?.state).toBe("failed");
    await failed(llm.ask(requestAt("b", "paid"), never));
    expect((await waiting).kind).toBe("open");
  }, 25_000); // Well before its Retry-After is over.
});

describe("keys", () => {
  it("are in no row, prompt, error, state or piece, even where the server repeats them", async () => {
    const key = "sk-very/secret+key-0123456789";
    const spy = ["log", "error", "warn", "info", "debug"].map((m) => vi.spyOn(console, m as "log"));
    const echo = { message: `Incorrect API key provided: ${key}`, code: "x" };
    const server = await serve(
      inTurn(
        { text: `your key is ${key}`, reasoning: `think of ${key}`, model: key },
        { status: 400, body: JSON.stringify({ error: { ...echo, message: `bad: ${key}` } }) },
        { text: "abc", streamError: echo },
        { status: 401, body: JSON.stringify({ error: echo }) },
      ),
    );
    const pieces: unknown[] = [];
    const { llm, ledger } = llmAt(
      server.url,
      {},
      {
        key: (name) => (name === "CAMBRIAN_LLM_API_KEY" ? `${key}\n` : null),
        onPiece: (p) => pieces.push(p),
      },
    );
    const answer = await llm.ask(requestAt("a"), never);
    llm.mark(answer.callId, "unusable", `it said ${key}`);
    const errors: LlmError[] = [];
    for (const k of ["b", "c"])
      errors.push(await failed(llm.ask(requestAt(k, `${key} in a question`), never)));
    const everything = JSON.stringify([
      ...[
        answer,
        [...ledger.rows.values()],
        [...ledger.prompts.values()],
        pieces,
        llm.endpoints(),
        llm.spent(),
      ],
      errors.map((e) => [e.message, e.fix, e.stack, String(e.cause)]),
      spy.map((s) => s.mock.calls),
    ]);
    expect(server.hits[0]!.authorization).toBe(`Bearer ${key}`);
    expect(everything).toContain("[key]");
    expect(everything).not.toContain(key);
    expect(everything).not.toContain("very/secret");
    for (const s of spy) s.mockRestore();
  });
});

describe("embeddings", () => {
  const place = { campaignId: CAMPAIGN, experimentId: null, key: "cognition" };

  it("come from the server once, then from the ledger", async () => {
    const server = await serve(() => ({}));
    const { llm, ledger } = llmAt(server.url, { embeddingModel: "emb" });
    const first = await llm.embed(["a b", "c", "a b"], place, never);
    expect(first).toHaveLength(3);
    expect(first![0]).toEqual(first![2]);
    expect(await llm.embed(["c", "a b"], place, never)).toEqual([first![1], first![0]]);
    expect(server.hits).toHaveLength(1);
    const [row] = ledger.calls(CAMPAIGN);
    expect(row).toMatchObject({ role: "embedding", model: "emb", state: "done" });
    expect(JSON.stringify(row!.messages)).not.toContain("a b");
    await Promise.all([llm.embed(["d"], place, never), llm.embed(["d", "e"], place, never)]);
    expect(server.hits).toHaveLength(3);
  });

  it("are null where no endpoint has them, or its server does not, which is asked once", async () => {
    const server = await serve(() => ({}), { dimensions: 0 });
    expect(await llmAt(server.url).llm.embed(["a"], place, never)).toBeNull();
    const { llm } = llmAt(server.url, { embeddingModel: "emb" });
    expect(await llm.embed(["a"], place, never)).toBeNull();
    expect(await llm.embed(["b"], place, never)).toBeNull();
    expect(server.hits).toHaveLength(1);
    await expect(llm.embed(["a"], place, AbortSignal.abort("stop"))).rejects.toBe("stop");
  });

  it("stay readable where a short key occurs in them, or in the hashes of their texts, by chance", async () => {
    const server = await serve(() => ({}));
    const first = llmAt(server.url, { embeddingModel: "emb" });
    const vectors = await first.llm.embed(["a b"], place, never);
    const [row] = first.ledger.calls(CAMPAIGN);
    const inAnswer = JSON.parse(row!.answer!).vectors[0].slice(0, 4);
    const inHash = row!.messages[0]!.content.slice(-4);
    for (const key of [inAnswer, inHash]) {
      const { llm, ledger } = llmAt(server.url, { embeddingModel: "emb" }, { key: () => key });
      expect(await llm.embed(["a b"], place, never)).toEqual(vectors);
      expect(ledger.calls(CAMPAIGN)[0]).toMatchObject({ answer: row!.answer, messages: row!.messages });
    }
  });

  it("are asked for in batches", async () => {
    const server = await serve(() => ({}));
    const texts = Array.from({ length: 150 }, (_, i) => `text ${i}`);
    const vectors = await llmAt(server.url, { embeddingModel: "emb" }).llm.embed(texts, place, never);
    expect(vectors).toHaveLength(150);
    expect(server.hits.map((h) => (h.body.input as string[]).length)).toEqual([64, 64, 22]);
  });
});

describe("settings", () => {
  it("with a key in an address, or two endpoints of one name, are refused", () => {
    const make = (...endpoints: Endpoint[]) =>
      createLlm({
        settings: LlmSettings.parse({ endpoints }),
        ledger: memoryLedger(),
        ...{ campaignId: null, budget: { tokens: null, cost: null }, key: () => null },
      });
    expect(() => make(endpointAt("http://me:secret@host/v1"))).toThrow(RangeError);
    expect(() => make(endpointAt("http://a/v1"), endpointAt("http://b/v1"))).toThrow("same name");
  });

  it("say what fits, and an unknown endpoint is an error", async () => {
    const { llm } = llmAt("http://127.0.0.1:9/v1", { contextWindow: 8192, maxOutput: 8192 });
    expect(llm.limits("main")).toEqual({ contextWindow: 8192, maxOutput: 4096 });
    expect((await failed(llm.ask({ ...requestAt("a"), endpoint: "nobody" }, never))).kind).toBe("request");
  });
});
