import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Experiment } from "../../shared/domain.ts";
import { agentStats, wilson } from "./agent-stats.ts";
import { call, experiment, score, uuid } from "./testing/fixtures.ts";

const llm = (model: string, cost: number | null, tokens: number | null = 1000) => ({
  provenance: { how: "llm", llm: { endpoint: "main", model, cost, tokens } },
});
const gained = (gain: number): Partial<Experiment> => ({
  status: "archived",
  scores: [
    { ...score("screen", 2), gain },
    { ...score("confirm", 1), gain: 9 },
  ],
});

describe("agentStats", () => {
  it("has nothing to say of nothing", () => {
    expect(agentStats([], [])).toEqual([]);
    expect(agentStats([], [experiment(0, llm("a", 1))])).toEqual([]);
  });

  it("sums requests by role and model, in the order of the roles, then by model", () => {
    const rows = agentStats(
      [
        call(1, { role: "embedding", model: "e", verdict: null }),
        call(2, { role: "judge", model: "b" }),
        call(3, { role: "judge", model: "a" }),
        call(4, { role: "researcher", model: "z" }),
        call(5, { role: "another", model: "a" }),
        call(6, { role: "judge", model: "b" }),
      ],
      [],
    );
    expect(rows.map((r) => [r.role, r.model, r.requests])).toEqual([
      ["researcher", "z", 1],
      ["judge", "a", 1],
      ["judge", "b", 2],
      ["another", "a", 1],
      ["embedding", "e", 1],
    ]);
    expect(rows.map((r) => r.validRate?.n ?? null)).toEqual([1, 1, 2, 1, null]);
    expect(rows.every((r) => r.gain === null)).toBe(true);
  });

  it("counts places and requests, outcomes, and what the budgets count", () => {
    const [row] = agentStats(
      [
        call(1, { key: "0/judge", attempt: 0, state: "failed", tokens: 40, cost: 0.1, verdict: null }),
        call(2, { key: "0/judge", attempt: 1, state: "unknown", verdict: null }),
        call(3, { key: "0/judge", attempt: 2, estimated: true, verdict: "repair", seconds: 9 }),
        call(4, { key: "0/judge", campaignId: uuid(2), seconds: 1 }),
        call(5, { key: "1/judge", state: "cancelled", verdict: null, seconds: 99 }),
        call(6, { key: "2/judge", state: "sent", verdict: null, seconds: null }),
        call(7, { key: "3/judge", verdict: "unusable", seconds: 4 }),
        call(8, { key: "4/judge", verdict: null, seconds: 2 }),
      ],
      [],
    );
    expect(row).toEqual({
      role: "researcher",
      model: "qwen3",
      calls: 6,
      requests: 8,
      failed: 1,
      unknown: 1,
      tokens: 40 + 3 * 1000 + 4 * 100,
      cost: 0.1 + 3 * 1 + 4 * 0.25,
      estimated: 1,
      validRate: wilson(1, 3), // Used, of used, sent back and unusable; one is not read yet.
      repairs: 1,
      medianSeconds: 3,
      gain: null,
    });
  });

  it("counts an answer that was cut off and sent back as one that could not be used", () => {
    const cut = { kind: "length" as const, message: "" };
    const [row] = agentStats([call(1, { state: "failed", error: cut, verdict: "repair" }), call(2)], []);
    expect(row).toMatchObject({ failed: 1, repairs: 1, validRate: { mean: 0.5, n: 2 } });
  });
});

describe("gain", () => {
  const gainOf = (experiments: Experiment[], calls = [call(1)]) =>
    agentStats(calls, experiments).find((r) => r.model === "qwen3")!.gain;

  it("is the mean positive gain of the first rung, per mean cost", () => {
    const gain = gainOf([
      experiment(0, { ...llm("qwen3", 1), ...gained(0.3) }),
      experiment(1, { ...llm("qwen3", 3), ...gained(-5) }),
      experiment(2, { ...llm("qwen3", 2), status: "rejected" }),
      experiment(3, { ...llm("other", 1), ...gained(7) }),
      experiment(4, { ...gained(7), provenance: { fallback: { insteadOf: "llm" } } }),
      experiment(5, { ...llm("qwen3", 100), status: "train" }), // Under way: not known yet.
    ]);
    expect(gain).toMatchObject({ n: 3, perMillionTokens: null });
    expect(gain!.mean).toBeCloseTo(0.1, 12);
    // Gains .3, 0, 0: s² = (.04 + .01 + .01) / 2 = .03, and the standard error √(.03 / 3).
    expect(gain!.se).toBeCloseTo(0.1, 12);
    expect(gain!.perCost).toBeCloseTo(0.05, 12);
  });

  it("is for a million tokens where proposals cost nothing", () => {
    const gain = gainOf([
      experiment(0, { ...llm("qwen3", 0, 1000), ...gained(0.2) }),
      experiment(1, { ...llm("qwen3", 0, 3000), ...gained(0.4) }),
    ]);
    expect(gain).toMatchObject({ n: 2, perCost: null });
    expect(gain!.perMillionTokens).toBeCloseTo(150, 9);
  });

  it.each([
    ["one proposal has no standard error", [llm("qwen3", 1)], { n: 1, se: null, mean: 0.2, perCost: 0.2 }],
    ["no cost is known", [llm("qwen3", null)], { perCost: null, perMillionTokens: null }],
    ["neither cost nor tokens", [llm("qwen3", 0, 0)], { perCost: null, perMillionTokens: null }],
    ["one cost of two is known", [llm("qwen3", 2), llm("qwen3", null)], { n: 2, perCost: 0.1 }],
  ])("where %s", (_, made, expected) => {
    const experiments = made.map((m, i) => experiment(i, { ...m, ...gained(0.2) }));
    expect(gainOf(experiments)).toMatchObject(expected);
  });

  it("is unknown before a proposal has ended, and where the provenance names no model", () => {
    expect(gainOf([experiment(0, llm("qwen3", 1))])).toBeNull();
    expect(gainOf([experiment(0, { ...gained(1), provenance: { llm: "qwen3" } })])).toBeNull();
  });

  it("counts a proposal that never came for the model that was asked, with what it cost", () => {
    const failed = (index: number, over: Partial<Experiment> = {}) =>
      experiment(index, {
        status: "failed",
        failure: { kind: "answer", message: "No answer could be used.", detail: "" },
        ...over,
      });
    const asked = (n: number, index: number) =>
      call(n, { experimentId: failed(index).id, verdict: "unusable" });
    const calls = [asked(1, 0), asked(2, 0), asked(3, 1), asked(4, 2)];
    const gain = gainOf(
      [
        failed(0),
        failed(1, { provenance: { fallback: { insteadOf: "llm" } } }), // The built-in researcher's.
        failed(2, { failure: { kind: "internal", message: "", detail: "" } }),
        failed(3), // Nobody was asked.
        experiment(4, { ...llm("qwen3", 0.5), ...gained(0.4) }),
      ],
      calls,
    );
    expect(gain).toMatchObject({ n: 2, mean: 0.2, perCost: 0.4 }); // Costs .25 + .25 and .5.
  });
});

describe("wilson", () => {
  // Newcombe 1998 (Statistics in Medicine 17), table I, method 3.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])("gives the published interval for %d of %d", (k, n, low, high) => {
    const share = wilson(k, n);
    expect(share.low).toBeCloseTo(low, 4);
    expect(share.high).toBeCloseTo(high, 4);
  });

  it("holds the share, within [0, 1], and mirrors", () => {
    const kn = fc.integer({ min: 1, max: 1000 }).chain((n) => fc.tuple(fc.nat(n), fc.constant(n)));
    fc.assert(
      fc.property(kn, ([k, n]) => {
        const { mean, low, high } = wilson(k, n);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(mean);
        expect(high).toBeGreaterThanOrEqual(mean);
        expect(wilson(n - k, n).low).toBeCloseTo(1 - high, 12);
      }),
    );
  });
});
