/** What counts against a budget, whatever came of a request. */
import { describe, expect, it } from "vitest";
import { uuidOf } from "../../shared/hash.ts";
import { LlmCall } from "../../shared/llm.ts";
import { memoryLedger } from "../archive/testing/memory-ledger.ts";
import { nothing, type Received } from "./answer.ts";
import { type Failure, failure } from "./failure.ts";
import { createBook, finished } from "./ledger.ts";
import { CAMPAIGN } from "./testing/endpoint.ts";

const row = (n = 0): LlmCall =>
  LlmCall.parse({
    ...{ id: uuidOf("row", n), campaignId: CAMPAIGN, experimentId: null, key: `k${n}`, attempt: 0 },
    ...{ role: "judge", endpoint: "main", model: "m", modelServed: null, requestHash: "h" },
    ...{ promptHash: null, messages: [], params: {}, state: "sent" },
    reserved: { tokens: 1000, cost: 0.5 },
    price: { input: 1e3, output: 1e3 },
    ...{ answer: null, reasoning: null, finishReason: null, usage: null, estimated: false },
    ...{ tokens: 0, cost: 0, error: null, verdict: null, note: null },
    ...{ sentAt: "2026-05-01T00:00:00.000Z", firstByteSeconds: null, seconds: null },
  });
const never = new AbortController().signal;

describe("a finished row", () => {
  const charged = (kind: Failure["kind"]) => failure(kind, "it failed", "", { charged: true });
  const usage = { input: 10, output: 5 };
  it.each<[string, Failure | null, Partial<Received>, number, boolean]>([
    ["an answer with usage", null, { text: "x".repeat(70), finishReason: "stop", usage }, 15, false],
    ["an answer without", null, { text: "x".repeat(70), finishReason: "stop" }, 22, true],
    ["one that is longer than allowed", null, { text: "x".repeat(7000), finishReason: "stop" }, 802, true],
    ["stalled", charged("stalled"), { text: "x" }, 1000, true],
    ["cut", charged("cut"), { text: "x" }, 1000, true],
    ["cut after a count that was not the last", charged("cut"), { text: "x", usage }, 1000, true],
    ["too large", charged("protocol"), { text: "x" }, 1000, true],
    ["an error in the stream", charged("server"), { text: "x" }, 1000, true],
    ["length without usage", charged("length"), { text: "x", finishReason: "length" }, 1000, true],
    ["length with usage", charged("length"), { text: "x", finishReason: "length", usage }, 15, false],
    ["an HTTP error", failure("server", "HTTP 500", ""), {}, 0, false],
  ])("%s", (_, failed, received, tokens, estimated) => {
    const outcome = { failure: failed, received: { ...nothing(), ...received } };
    const times = { firstByteSeconds: null, longestGapSeconds: 0, seconds: 1 };
    const found = finished(row(), { ...outcome, ...times }, ["1234567"], 800, (text) => text);
    expect(found).toMatchObject({ tokens, estimated });
    expect(found.cost).toBeCloseTo(tokens === 1000 ? 0.5 : tokens / 1000, 12);
  });
});

describe("a row that cannot be stored", () => {
  const full = () => {
    throw new Error("the disk is full");
  };

  it("counts with what it reserved, as in the ledger, where it is still sent", async () => {
    const ledger = memoryLedger();
    const book = createBook(ledger, CAMPAIGN, { tokens: 2500, cost: null });
    await book.open(row(0), true, never);
    await book.open(row(1), true, never);
    const { put } = ledger;
    ledger.put = full;
    expect(() => book.close({ ...row(0), state: "done", tokens: 10 })).toThrow("the disk is full");
    ledger.put = put;
    book.close({ ...row(1), state: "done", tokens: 10 });
    expect(book.spent().tokens).toBe(1010);
    expect(ledger.totals(CAMPAIGN).tokens).toBe(1010);
    await book.open(row(2), true, never);
  });

  it("keeps nobody waiting", async () => {
    const ledger = memoryLedger();
    const book = createBook(ledger, CAMPAIGN, { tokens: 1500, cost: null });
    await book.open(row(0), true, never);
    const waiting = book.open(row(1), true, never);
    ledger.put = full;
    expect(() => book.close({ ...row(0), state: "done", tokens: 10 })).toThrow("the disk is full");
    await expect(waiting).rejects.toMatchObject({ kind: "budget" });
  });

  it("when it is opened leaves nothing set aside", async () => {
    const ledger = memoryLedger();
    const book = createBook(ledger, CAMPAIGN, { tokens: null, cost: null });
    ledger.put = full;
    await expect(book.open(row(), true, never)).rejects.toThrow("the disk is full");
    expect(book.spent().tokens).toBe(0);
  });
});
