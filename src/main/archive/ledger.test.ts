import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LlmCall, LlmErrorKind } from "../../shared/llm.ts";
import type { Archive, LedgerStore } from "../interfaces.ts";
import { createArchive, openReader } from "./index.ts";
import { call, campaign, uuid } from "./testing/fixtures.ts";
import { memoryLedger } from "./testing/memory-ledger.ts";

let folder: string;
let file: string;
let archive: Archive;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cambrian-ledger-"));
  file = join(folder, "a.sqlite");
  archive = createArchive(file);
  archive.createCampaign(campaign(1));
  archive.createCampaign(campaign(2));
});
afterEach(() => {
  archive.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the file beside the archive's own connection, to look at what is stored. */
const raw = <T>(work: (db: Database.Database) => T): T => {
  const db = new Database(file);
  try {
    return work(db);
  } finally {
    db.close();
  }
};
const count = (table: string) => raw((db) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get());

const text = fc.string({ unit: "grapheme" });
const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
const json = fc
  .jsonValue()
  .map((v) => JSON.parse(JSON.stringify(v).replaceAll("__proto__", "proto")) as unknown);
const arbitraryCall = fc.record({
  experimentId: fc.option(fc.uuid({ version: 4 })),
  role: text,
  endpoint: text,
  model: text,
  modelServed: fc.option(text),
  requestHash: text,
  promptHash: fc.option(text),
  messages: fc.array(
    fc.record({ role: fc.constantFrom("user" as const, "assistant" as const), content: text }),
    { maxLength: 3 },
  ),
  params: fc.dictionary(fc.stringMatching(/^[a-z]+$/), json, { maxKeys: 3 }),
  state: fc.constantFrom(...LlmCall.shape.state.options),
  source: fc.constantFrom("server" as const, "replay" as const),
  reserved: fc.record({ tokens: fc.nat(), cost: amount }),
  price: fc.record({ input: amount, output: amount }),
  answer: fc.option(text),
  reasoning: fc.option(text),
  finishReason: fc.option(text),
  usage: fc.option(fc.record({ input: fc.nat(), output: fc.nat() })),
  estimated: fc.boolean(),
  tokens: fc.maxSafeNat(),
  cost: amount,
  error: fc.option(fc.record({ kind: fc.constantFrom(...LlmErrorKind.options), message: text })),
  verdict: fc.option(fc.constantFrom("used" as const, "repair" as const, "unusable" as const)),
  note: fc.option(text),
  sentAt: text,
  firstByteSeconds: fc.option(amount),
  seconds: fc.option(amount),
});

describe("requests", () => {
  it("come back as they were put, in every field", () => {
    let n = 0;
    fc.assert(
      fc.property(text, arbitraryCall, arbitraryCall, (key, first, second) => {
        const [a, b] = [first, second].map((over) => call(n, { ...over, key: `${n}${key}` }));
        n++;
        archive.ledger.put(a!);
        expect(archive.ledger.at(uuid(1), a!.key)).toEqual([a]);
        archive.ledger.put(b!); // An update leaves nothing of the first.
        expect(archive.ledger.at(uuid(1), b!.key)).toEqual([b]);
      }),
      { numRuns: 60 },
    );
    expect(archive.ledger.calls(uuid(1))).toHaveLength(n);
  });

  it("are one row however often they are put", () => {
    archive.ledger.put(call(1, { state: "sent" }));
    archive.ledger.put(call(1));
    archive.ledger.put(call(1));
    expect(archive.ledger.calls(uuid(1))).toEqual([call(1)]);
    expect(count("llm_calls")).toBe(1);
  });

  it("may name an experiment whose row is not there yet, but no campaign that is not", () => {
    archive.ledger.put(call(1, { experimentId: uuid(77) }));
    expect(() => archive.ledger.put(call(2, { campaignId: uuid(77) }))).toThrow(
      expect.objectContaining({ code: "invalid", message: expect.stringContaining("FOREIGN KEY") }),
    );
    expect(archive.ledger.calls(uuid(1))).toHaveLength(1);
  });

  it.each([uuid(1), null])("have one attempt of a number at a place (campaign %s)", (campaignId) => {
    archive.ledger.put(call(1, { campaignId, key: "k" }));
    archive.ledger.put(call(2, { campaignId, key: "k", attempt: 1 }));
    archive.ledger.put(call(3, { campaignId: uuid(2), key: "k" }));
    expect(() => archive.ledger.put(call(4, { campaignId, key: "k" }))).toThrow(/UNIQUE/);
  });

  it("replace unpaired surrogates, which SQLite's text cannot hold", () => {
    const lone = "a\ud800b";
    archive.ledger.put(
      call(1, { key: lone, answer: lone, reasoning: lone, note: lone, model: lone, modelServed: lone }),
    );
    const fixed = "a\ufffdb";
    expect(archive.ledger.at(uuid(1), lone)).toEqual([
      call(1, { key: fixed, answer: fixed, reasoning: fixed, note: fixed, model: fixed, modelServed: fixed }),
    ]);
    archive.ledger.putPrompt("h", lone, lone);
    expect(raw((db) => db.prepare("SELECT name, text FROM prompts").get())).toEqual({
      name: fixed,
      text: fixed,
    });
  });

  it("are refused when they do not fit the contract, by name, and nothing is stored", () => {
    expect(() => archive.ledger.put({ ...call(7), cost: Number.NaN })).toThrow(
      expect.objectContaining({
        code: "invalid",
        message: expect.stringMatching(/researcher, 7\/propose\.0.*at cost/),
      }),
    );
    expect(count("llm_calls")).toBe(0);
  });

  it.each([
    ["state = 'dreaming'", "state"],
    ["messages = '[1]'", "messages"],
    ["cost = -1", "cost"],
  ])("that no longer fit (%s) are named when they are read", (change, where) => {
    archive.ledger.put(call(7));
    raw((db) => db.prepare(`UPDATE llm_calls SET ${change}`).run());
    expect(() => archive.ledger.calls(uuid(1))).toThrow(
      expect.objectContaining({
        code: "invalid",
        message: expect.stringMatching(new RegExp(`${call(7).id}.*at ${where}`)),
      }),
    );
  });

  it.each([uuid(1), null])("are found by an index (campaign %s)", (campaignId) => {
    const plan = (sql: string, ...values: unknown[]) =>
      JSON.stringify(raw((db) => db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values)));
    const at = plan(
      "SELECT * FROM llm_calls WHERE campaign_id IS ? AND key = ? ORDER BY attempt",
      campaignId,
      "k",
    );
    expect(at).toContain("(campaign_id=? AND key=?)");
    expect(at).not.toContain("TEMP B-TREE");
    const all = plan("SELECT * FROM llm_calls WHERE campaign_id IS ? ORDER BY number", campaignId);
    expect(all).toContain("(campaign_id=?)");
    expect(all).not.toContain("TEMP B-TREE");
  });

  it("are refused once the archive is closed", () => {
    archive.close();
    expect(() => archive.ledger.put(call(1))).toThrow(expect.objectContaining({ code: "closed" }));
  });
});

describe.each<[string, () => LedgerStore]>([
  ["the archive's ledger", () => archive.ledger],
  ["the ledger in memory", memoryLedger],
])("%s", (_, make) => {
  let ledger: LedgerStore;
  beforeEach(() => {
    ledger = make();
  });
  const ids = (calls: LlmCall[]) => calls.map((c) => c.id);

  it("keeps the order of sending, whatever the clock says and whichever answer came first", () => {
    ledger.put(call(3, { state: "sent", sentAt: "2025-01-01T00:00:09.000Z" }));
    ledger.put(call(1, { state: "sent", sentAt: "2025-01-01T00:00:01.000Z" }));
    ledger.put(call(2, { campaignId: null }));
    ledger.put(call(1));
    ledger.put(call(3));
    expect(ids(ledger.calls(uuid(1)))).toEqual(ids([call(3), call(1)]));
    expect(ids(ledger.calls(null))).toEqual(ids([call(2)]));
    expect(ledger.calls(uuid(2))).toEqual([]);
  });

  it("finds the attempts at a place, first attempt first, and no other's", () => {
    ledger.put(call(1, { key: "k", attempt: 1 }));
    ledger.put(call(2, { key: "k", attempt: 10 }));
    ledger.put(call(3, { key: "k", attempt: 0 }));
    ledger.put(call(4, { key: "k/1" }));
    ledger.put(call(5, { key: "k", campaignId: null }));
    ledger.put(call(6, { key: "k", campaignId: uuid(2) }));
    expect(ids(ledger.at(uuid(1), "k"))).toEqual(ids([call(3), call(1), call(2)]));
    expect(ids(ledger.at(null, "k"))).toEqual(ids([call(5)]));
    expect(ledger.at(uuid(1), "")).toEqual([]);
  });

  it.each([
    ["sent", 1000, 1],
    ["unknown", 1000, 1],
    ["cancelled", 1000, 1],
    ["done", 100, 0.25],
    ["failed", 100, 0.25],
  ] as const)("counts a request that is %s with %d tokens", (state, tokens, cost) => {
    expect(ledger.totals(uuid(1))).toEqual({ tokens: 0, cost: 0 });
    ledger.put(call(1, { state }));
    ledger.put(call(2, { state: "done", tokens: 7, cost: 0.5 }));
    ledger.put(call(3, { campaignId: null, tokens: 3 }));
    ledger.put(call(4, { campaignId: uuid(2), tokens: 5 }));
    expect(ledger.totals(uuid(1))).toEqual({ tokens: tokens + 7, cost: cost + 0.5 });
    expect(ledger.totals(null)).toEqual({ tokens: 3, cost: 0.25 });
  });

  it("settles what was sent by a program that died, in every campaign and outside of them", () => {
    const states = ["sent", "done", "failed", "unknown", "cancelled"] as const;
    states.forEach((state, n) => {
      ledger.put(call(n, { state }));
    });
    ledger.put(call(10, { campaignId: uuid(2), state: "sent" }));
    ledger.put(call(11, { campaignId: null, state: "sent" }));
    const before = ledger.totals(uuid(1));
    expect(ledger.settle()).toBe(3);
    expect(ledger.settle()).toBe(0);
    const after = ["unknown", "done", "failed", "unknown", "cancelled"];
    expect(ledger.calls(uuid(1)).map((c) => c.state)).toEqual(after);
    expect(ledger.calls(uuid(1))[0]).toEqual(call(0, { state: "unknown" }));
    expect(ledger.calls(null)[0]!.state).toBe("unknown");
    expect(ledger.totals(uuid(1))).toEqual(before);
  });

  it("keeps vectors to the last bit, by model and text", () => {
    const bits = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 40 });
    const bytes = (v: Float32Array) => Buffer.from(v.buffer, v.byteOffset, v.byteLength).toString("hex");
    fc.assert(
      fc.property(text, text, bits, fc.nat(3), (model, hash, words, skip) => {
        // A view into a larger buffer: only its own part is stored.
        const whole = new Float32Array(Uint32Array.from([...new Array(skip).fill(7), ...words]).buffer);
        const vector = whole.subarray(skip);
        const before = bytes(vector);
        ledger.putVector(model, hash, vector);
        expect(bytes(ledger.vector(model, hash)!)).toBe(before);
      }),
      { numRuns: 40 },
    );
    ledger.putVector("m", "h", Float32Array.of(1, 2));
    ledger.putVector("m", "h", Float32Array.of(3));
    ledger.putVector("m2", "h", Float32Array.of(4));
    expect(ledger.vector("m", "h")).toEqual(Float32Array.of(3));
    expect(ledger.vector("m2", "h")).toEqual(Float32Array.of(4));
    expect(ledger.vector("m2", "no")).toBeNull();
  });

  it("refuses what is no request", () => {
    expect(() => ledger.put({ ...call(1), tokens: -1 })).toThrow();
    expect(ledger.calls(uuid(1))).toEqual([]);
  });
});

it("agrees with the ledger in memory on any sequence of puts and settlements", () => {
  const memory = memoryLedger();
  const campaigns = [uuid(1), uuid(2), null];
  let run = 0;
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.tuple(fc.nat(5), arbitraryCall), { freq: 8 }), { maxLength: 8 }),
      (steps) => {
        run++;
        for (const step of steps) {
          if (step === null) {
            expect(archive.ledger.settle()).toBe(memory.settle());
            continue;
          }
          const [n, over] = step;
          const row = call(run * 10 + n, {
            ...over,
            tokens: over.tokens % 1e6,
            campaignId: campaigns[n % 3]!,
            key: `${run}/${n % 3}`,
            attempt: n,
          });
          archive.ledger.put(row);
          memory.put(row);
        }
        for (const [i, id] of campaigns.entries()) {
          expect(archive.ledger.calls(id)).toEqual(memory.calls(id));
          expect(archive.ledger.at(id, `${run}/${i}`)).toEqual(memory.at(id, `${run}/${i}`));
          expect(archive.ledger.totals(id).tokens).toBe(memory.totals(id).tokens);
          expect(archive.ledger.totals(id).cost).toBeCloseTo(memory.totals(id).cost, 3);
        }
      },
    ),
    { numRuns: 25 },
  );
});

it("keeps the first text of a prompt, once", () => {
  archive.ledger.putPrompt("h", "judge", "Role: judge");
  archive.ledger.putPrompt("h", "judge", "Role: judge");
  archive.ledger.putPrompt("h", "other", "another");
  archive.ledger.putPrompt("g", "analyst", "Role: analyst");
  expect(count("prompts")).toBe(2);
  expect(raw((db) => db.prepare("SELECT name FROM prompts WHERE hash = 'h'").pluck().get())).toBe("judge");
});

it("names an embedding that was cut off", () => {
  archive.ledger.putVector("m", "h", Float32Array.of(1, 2));
  raw((db) => db.prepare("UPDATE embeddings SET vector = substr(vector, 1, 7)").run());
  expect(() => archive.ledger.vector("m", "h")).toThrow(
    expect.objectContaining({ code: "invalid", message: expect.stringContaining("7 bytes") }),
  );
});

it("is read by the reader, while it is written, in the order of sending", async () => {
  const reader = await openReader(file);
  expect(await reader.calls()).toEqual([]);
  expect(await reader.prompts()).toEqual([]);
  archive.ledger.put(call(2, { campaignId: uuid(2) }));
  archive.ledger.put(call(1));
  archive.ledger.put(call(3, { campaignId: null }));
  archive.ledger.putPrompt("h", "judge", "Role: judge");
  archive.ledger.putPrompt("g", "analyst", "Role: analyst");
  expect(await reader.calls(uuid(1))).toEqual([call(1)]);
  expect((await reader.calls()).map((c) => c.id)).toEqual([call(2).id, call(1).id, call(3).id]);
  expect(await reader.calls(uuid(77))).toEqual([]);
  expect(await reader.calls(uuid(1), false)).toEqual([
    { ...call(1), messages: [], answer: null, reasoning: null },
  ]);
  expect(await reader.prompts()).toEqual([
    { hash: "g", name: "analyst", text: "Role: analyst" },
    { hash: "h", name: "judge", text: "Role: judge" },
  ]);
  await reader.close();
});
