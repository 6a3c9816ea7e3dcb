import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBm25 } from "./bm25.ts";
import { entry } from "./testing.ts";

const base = [
  entry("delta", {
    scenario: "A key that is written again gives a blend of both values.",
    tags: ["delta-rule"],
  }),
  entry("gate", { scenario: "The memory is never cleared when the subject changes.", tags: ["gating"] }),
  entry("sink", { scenario: "Perplexity explodes once the first tokens leave the cache." }),
];
const ids = (query: string) =>
  createBm25(base)
    .rank(query)
    .map(({ index }) => base[index]!.id);

describe("BM25", () => {
  it.each([
    ["two values are blended when a key is written twice", "delta"],
    ["clearing memory", "gate"],
    ["caches without the first token", "sink"],
    ["delta rule", "delta"],
    ["Gating", "gate"],
  ])("%s", (query, id) => {
    expect(ids(query)[0]).toBe(id);
  });

  it("finds nothing for a query of other words, and for none", () => {
    expect(ids("photosynthesis")).toEqual([]);
    expect(ids("of the and 12")).toEqual([]);
    expect(createBm25([]).rank("memory")).toEqual([]);
  });

  it("is the formula of Robertson, Zaragoza & Taylor on one field's word", () => {
    // One entry of two has "memory" once, in its scenario of 4 words (mean 4): tf = weight 3, idf = ln(1 + 1.5/1.5).
    const two = [
      entry("one", { scenario: "memory qqa qqb qqc" }),
      entry("two", { scenario: "qqd qqe qqf qqg" }),
    ];
    // Words: scenario 4, tags 3 ("linear", "attention", and both), title 0 (stop words), algorithm 8, context 8.
    const k1 = (1.2 * (3 * 4 + 2 * 3 + 8 + 8)) / (4 + 3 + 8 + 8);
    expect(createBm25(two).rank("memory")[0]!.score).toBeCloseTo(3 / (k1 + 3), 12);
    // A word that no entry has makes the query harder to satisfy: idf = ln(1 + 2.5/0.5).
    const [known, unknown] = [Math.log(2), Math.log(6)];
    expect(createBm25(two).rank("memory zebra")[0]!.score).toBeCloseTo(
      (known * (3 / (k1 + 3))) / (known + unknown),
      12,
    );
  });

  it("weighs a scenario's word more than a context's", () => {
    const two = [
      entry("context", { context: "qa qb qc qd qe qf qg hysteresis" }),
      entry("scenario", { scenario: "qa qb qc qd qe qf qg hysteresis" }),
    ];
    expect(
      createBm25(two)
        .rank("hysteresis")
        .map((r) => r.index),
    ).toEqual([1, 0]);
  });

  it("keeps every score in (0, 1), sorted", () => {
    const word = fc.constantFrom("memory", "key", "decay", "state", "space", "zebra", "token");
    const text = fc.array(word, { minLength: 1, maxLength: 12 }).map((w) => w.join(" "));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 6 }), text, (scenarios, query) => {
        const ranked = createBm25(scenarios.map((scenario, i) => entry(`e${i}`, { scenario }))).rank(query);
        for (const { score } of ranked) {
          expect(score).toBeGreaterThan(0);
          expect(score).toBeLessThan(1);
        }
        expect(ranked.map((r) => r.score)).toEqual(ranked.map((r) => r.score).sort((a, b) => b - a));
      }),
    );
  });
});
