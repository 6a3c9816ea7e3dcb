import { describe, expect, it } from "vitest";
import type { BaselinePoint } from "../../shared/domain.ts";
import type { RunScore } from "../../shared/job.ts";
import { discoveries } from "./discovery.ts";
import { testProtocol as protocol } from "./testing/fakes.ts";
import { archived, scored } from "./testing/records.ts";

/** Small, different wobbles for each seed. */
const wobble = [0.004, -0.003, 0.001, -0.002, 0.003, -0.001];
const runs = (loss: number, score: number, seeds: number, wobbles = wobble): RunScore[] =>
  Array.from({ length: seeds }, (_, seed) => [
    {
      id: `lm-s${seed}`,
      task: "lm",
      seed,
      step: 40,
      loss: loss + wobbles[seed]!,
      accuracy: 0,
      score: 0,
      probe: 0,
    },
    {
      id: `icr-s${seed}`,
      task: "icr",
      seed,
      step: 40,
      loss: 1,
      accuracy: 0,
      score: score + wobbles[5 - seed]!,
      probe: 0,
    },
  ]).flat();
const point = (
  width: number,
  mixerParams: number,
  loss: number,
  seeds: number,
  rung = "verify",
): BaselinePoint => ({
  width,
  mixerParams,
  flopsPerToken: 1,
  rung,
  runs: runs(
    loss,
    0.5,
    seeds,
    wobble.map((w) => -w),
  ),
});
const baseline = [point(1, 1000, 3, 6), point(2, 2000, 2.9, 3), point(1, 1000, 3, 6, "screen")];
const candidate = (index: number, loss: number, score: number, seeds: number, mixerParams = 1000) =>
  archived(index, [scored(0), scored(1), scored(2, { runs: runs(loss, score, seeds) })], { mixerParams });
/** One that never left the screen, with one seed: a test all the same. */
const screened = (index: number) => archived(index, [scored(0, { runs: runs(3, 0.5, 1) })]);

const one = (loss: number, score: number, seeds: number, params = 1000) =>
  discoveries([candidate(0, loss, score, seeds, params)], baseline, protocol, "torch")[0]!;

describe("a discovery", () => {
  it("beats the baseline on at least five paired seeds and is not worse on the other metric", () => {
    expect(one(2.9, 0.52, 5)).toMatchObject({
      discovery: true,
      rung: "verify",
      seeds: { loss: 5, benchmark: 5 },
    });
    expect(one(3, 0.6, 5).discovery).toBe(true);
  });

  it("needs five seeds", () =>
    expect(one(2.9, 0.6, 4)).toMatchObject({ discovery: false, q: { loss: 1, benchmark: 1 } }));

  it("is no candidate that is worse on the other", () => {
    expect(one(2.9, 0.4, 5).discovery).toBe(false);
    expect(one(3.2, 0.7, 5).discovery).toBe(false);
  });

  it("is no candidate that is merely bigger", () => {
    expect(one(2.9, 0.5, 5, 1000).discovery).toBe(true);
    const big = one(2.9, 0.5, 5, 2000);
    expect(big.discovery).toBe(false);
    expect(big.loss!.difference).toBeCloseTo(0, 2);
  });

  it("must stand out among everything that was tried", () => {
    // Alone, a gain of p ≈ .01 passes; among a thousand trials it does not.
    const lucky = candidate(0, 2.99, 0.5, 5);
    const alone = discoveries([lucky], baseline, protocol, "torch")[0]!;
    expect(alone.loss!.p).toBeGreaterThan(0.001);
    expect(alone.discovery).toBe(true);
    const crowd = [lucky, ...Array.from({ length: 999 }, (_, i) => screened(i + 1))];
    expect(discoveries(crowd, baseline, protocol, "torch")[0]!.discovery).toBe(false);
  });

  it("is told against the baseline of its own trainer only, and the others count as tried", () => {
    const scoredOn = (index: number, measuredOn: string) => {
      const e = candidate(index, 2.9, 0.5, 5);
      return { ...e, scores: e.scores.map((s) => ({ ...s, measuredOn })) };
    };
    const found = discoveries(
      [scoredOn(0, "torch 1"), scoredOn(1, "torch 2")],
      baseline,
      protocol,
      "torch 2",
    );
    expect(found).toMatchObject([{ experimentId: scoredOn(1, "").id, discovery: true }]);
    const alone = discoveries([scoredOn(1, "torch 2")], baseline, protocol, "torch 2")[0]!;
    expect(found[0]!.q.loss).toBeGreaterThan(alone.q.loss);
  });

  it("waits for a baseline that has not been measured again", () =>
    expect(discoveries([candidate(0, 2.9, 0.5, 5)], [], protocol, "torch")).toEqual([]));

  it("is archived", () => {
    const failed = { ...candidate(0, 2.5, 0.9, 5), status: "failed" as const };
    expect(discoveries([failed], baseline, protocol, "torch")).toEqual([]);
  });
});
