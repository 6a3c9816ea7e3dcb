import { describe, expect, it } from "vitest";
import type { Experiment } from "../../../shared/domain.ts";
import { LlmSettings } from "../../../shared/llm.ts";
import { random } from "../../../shared/random.ts";
import { archived, rungScore } from "../grammar/testing.ts";
import { beta, choose, gamma, paidFor, posterior, reward } from "./choice.ts";

const endpoint = (name: string) => ({ name, baseUrl: "http://127.0.0.1:1/v1", model: name });
const settings = (more: object = {}): LlmSettings =>
  LlmSettings.parse({
    endpoints: ["a", "b", "c"].map(endpoint),
    researchers: ["a", "b", "c"].map((name) => ({ endpoint: name })),
    ...more,
  });

/** An experiment by an endpoint, with σ(z) of its loss, or failed without one. */
function by(index: number, name: string, y: number | null, cost = 0.01, tokens = 1000): Experiment {
  const parts = { loss: y ?? 0, benchmark: 0.5, judge: null, lossPaper: 0.5, benchmarkPaper: 0.5 };
  return archived(
    index,
    {
      name: `m${index}`,
      motivation: "",
      code: "",
      genome: null,
      parentId: null,
      referenceIds: [],
      provenance: { llm: { endpoint: name, cost, tokens } },
    },
    0,
    y === null ? { status: "failed", scores: [] } : { scores: [rungScore(0, { parts })] },
  );
}
const open = (...names: string[]) => new Set(names);
const at = (visible: readonly Experiment[], index: number, closed = open()) => ({
  seed: 7,
  index,
  visible,
  open: closed,
});
function shares(
  s: LlmSettings,
  visible: readonly Experiment[],
  closed = open(),
  n = 600,
): Record<string, number> {
  const counts: Record<string, number> = { a: 0, b: 0, c: 0 };
  for (let i = 0; i < n; i++) counts[choose(s, "a", at(visible, i, closed))]! += 1 / n;
  return counts;
}
const repeat = (n: number, name: string, y: number | null, cost?: number, tokens?: number, from = 0) =>
  Array.from({ length: n }, (_, i) => by(from + i, name, y, cost, tokens));

describe("samples", () => {
  const n = 20_000;
  const moments = (draw: () => number) => {
    const x = Array.from({ length: n }, draw);
    const mean = x.reduce((a, b) => a + b, 0) / n;
    return { mean, variance: x.reduce((s, v) => s + (v - mean) ** 2, 0) / n };
  };
  // The seed is fixed; limits are four standard errors or more.
  it.each([1, 2.5, 40])("of Gamma(%d) have its mean and variance", (shape) => {
    const rng = random("gamma", shape);
    const { mean, variance } = moments(() => gamma(shape, rng));
    expect(Math.abs(mean - shape)).toBeLessThan(4 * Math.sqrt(shape / n));
    expect(Math.abs(variance / shape - 1)).toBeLessThan(4 * Math.sqrt((2 + 6 / shape) / n));
  });
  it.each([
    [1, 1],
    [3, 7],
    [50, 2],
  ])("of Beta(%d, %d) have its mean and variance", (a, b) => {
    const rng = random("beta", a, b);
    const { mean, variance } = moments(() => beta(a, b, rng));
    const v = (a * b) / ((a + b) ** 2 * (a + b + 1));
    expect(Math.abs(mean - a / (a + b))).toBeLessThan(4 * Math.sqrt(v / n));
    expect(Math.abs(variance / v - 1)).toBeLessThan(0.1);
  });
});

describe("the reward", () => {
  it("is σ(z) of the first rung's loss, 0 for a failure, and open while open", () => {
    expect(reward(by(0, "a", 0.8))).toBe(0.8);
    expect(reward(by(0, "a", null))).toBe(0);
    expect(reward({ ...by(0, "a", null), status: "rejected" })).toBe(0);
    expect(reward({ ...by(0, "a", null), status: "train" })).toBeNull();
    expect(reward(by(0, "a", Number.NaN))).toBeNull();
    const failure = (kind: "internal" | "leak") => ({ failure: { kind, message: "", detail: "" } });
    expect(reward({ ...by(0, "a", null), ...failure("internal") })).toBeNull();
    expect(reward({ ...by(0, "a", null), ...failure("leak") })).toBe(0);
  });
  it("is for proposals of models only", () => {
    expect(paidFor({ ...by(0, "a", 0.5), provenance: { how: "seed" } })).toBeNull();
    expect(
      paidFor({ ...by(0, "a", 0.5), provenance: { llm: { endpoint: "a", cost: "?", tokens: -1 } } }),
    ).toEqual({
      endpoint: "a",
      cost: 0,
      tokens: 0,
    });
  });
});

describe("Thompson sampling", () => {
  it("is the same for the same seed, index and past", () => {
    const past = [...repeat(3, "a", 0.7), ...repeat(3, "b", 0.4)];
    for (let i = 0; i < 20; i++)
      expect(choose(settings(), "a", at(past, i))).toBe(choose(settings(), "a", at(past, i)));
  });
  it("treats unknown models alike", () => {
    for (const share of Object.values(shares(settings(), [])))
      expect(Math.abs(share - 1 / 3)).toBeLessThan(0.08);
  });
  it("prefers what gained more, and still tries the others", () => {
    const past = [...repeat(10, "a", 0.8), ...repeat(10, "b", 0.4), ...repeat(10, "c", null)];
    const s = shares(settings(), past);
    expect(s.a).toBeGreaterThan(0.9);
    expect(s.a! > s.b! && s.b! >= s.c!).toBe(true);
    const young = shares(settings(), [...repeat(2, "a", 0.8), ...repeat(2, "b", 0.4)]);
    expect(Math.min(...Object.values(young))).toBeGreaterThan(0.05);
  });
  it("prefers what costs less at the same gain", () => {
    const past = [...repeat(20, "a", 0.5, 0.1), ...repeat(20, "b", 0.5, 0.01), ...repeat(20, "c", 0.5, 0.1)];
    expect(shares(settings(), past).b).toBeGreaterThan(0.95);
  });
  it("counts tokens where nothing costs money", () => {
    const past = [
      ...repeat(20, "a", 0.5, 0, 9000),
      ...repeat(20, "b", 0.5, 0, 9000),
      ...repeat(20, "c", 0.5, 0, 1000),
    ];
    expect(shares(settings(), past).c).toBeGreaterThan(0.95);
  });
  it("lets no free model win by its price alone", () => {
    // A divisor of 0 would always choose the free one; the floor leaves it an advantage of 20 at most.
    const past = [...repeat(60, "a", 0.9, 0.02), ...repeat(60, "b", null, 0), ...repeat(60, "c", 0.9, 0.02)];
    const s = shares(settings(), past);
    expect(s.b).toBeLessThan(0.5);
  });
  it("takes the mean of the others for a cost that is not known", () => {
    const past = [...repeat(20, "a", 0.5, 0.1), ...repeat(20, "b", 0.5, 0.1)];
    expect(shares(settings(), past).c).toBeGreaterThan(0.2);
  });
  it("passes over a model whose breaker is open, unless all are", () => {
    const past = [...repeat(10, "a", 0.8), ...repeat(10, "b", 0.4)];
    expect(shares(settings(), past, open("a")).a).toBe(0);
    expect(shares(settings(), past, open("a", "b", "c"))).toEqual(shares(settings(), past));
  });
});

describe("fixed weights", () => {
  const weighted = settings({
    choice: "weights",
    researchers: [
      { endpoint: "a", weight: 6 },
      { endpoint: "b", weight: 3 },
      { endpoint: "c", weight: 1 },
    ],
  });
  it("are the shares, whatever was gained", () => {
    const s = shares(weighted, repeat(30, "c", 0.99));
    expect(Math.abs(s.a! - 0.6)).toBeLessThan(0.08);
    expect(Math.abs(s.b! - 0.3)).toBeLessThan(0.08);
    expect(s.c).toBeGreaterThan(0.04);
  });
  it("pass over open breakers", () => {
    expect(shares(weighted, [], open("a", "b")).c).toBeCloseTo(1);
  });
});

it("without researchers the role's model is chosen", () => {
  expect(choose(settings({ researchers: [] }), "b", at([], 0))).toBe("b");
});

describe("the posterior for display", () => {
  it("has mean, interval and cost of every model", () => {
    const rows = posterior(settings(), [...repeat(4, "a", 0.75, 0.02), ...repeat(1, "b", null, 0.04)]);
    expect(rows.map((r) => [r.endpoint, r.n, r.meanCost, r.unit])).toEqual([
      ["a", 4, 0.02, "money"],
      ["b", 1, 0.04, "money"],
      ["c", 0, null, "money"],
    ]);
    expect(rows[0]!.mean).toBeCloseTo(4 / 6);
    // Beta(4, 2): quantiles .2836 and .9473; Beta(1, 1): .025 and .975.
    expect(Math.abs(rows[0]!.low - 0.2836)).toBeLessThan(0.03);
    expect(Math.abs(rows[0]!.high - 0.9473)).toBeLessThan(0.02);
    expect(Math.abs(rows[2]!.low - 0.025)).toBeLessThan(0.015);
    expect(posterior(settings(), [])).toEqual(posterior(settings(), []));
  });
});
