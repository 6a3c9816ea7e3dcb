import { describe, expect, it } from "vitest";
import type { BaselinePoint, Judgement } from "../../shared/domain.ts";
import type { RunScore } from "../../shared/job.ts";
import {
  baselineSpread,
  checkRuns,
  fitLine,
  lineAt,
  lossFloor,
  scoreRung,
  withJudgement,
} from "./fitness.ts";
import { rungRuns } from "./jobs.ts";
import { testProtocol as protocol } from "./testing/fakes.ts";

const run = (task: string, seed: number, step: number, loss: number, score: number): RunScore => ({
  id: `${task}-s${seed}`,
  task,
  seed,
  step,
  loss,
  accuracy: score,
  score,
  probe: 0,
});

/** A candidate's runs on the screen: one LM and one recall run. */
const screen = (loss: number, score: number) => [run("lm", 0, 10, loss, 0.5), run("icr", 0, 10, 1, score)];

const point = (
  width: number,
  mixerParams: number,
  losses: number[],
  scores: number[],
  rung = "screen",
): BaselinePoint => ({
  width,
  mixerParams,
  flopsPerToken: 1,
  rung,
  runs: losses.flatMap((loss, seed) => [
    run("lm", seed, 10, loss, 0.5),
    run("icr", seed, 10, 1, scores[seed]!),
  ]),
});

/** Loss falls by .1 for each doubling of the size; the recall score stands at .5. */
const baseline = [point(1, 1000, [2.98, 3.02], [0.48, 0.52]), point(2, 2000, [2.9], [0.5])];

const score = (loss: number, recall: number, mixerParams = 1000, points = baseline) =>
  scoreRung({ protocol, rung: 0, runs: screen(loss, recall), mixerParams, baseline: points, seconds: 1 });

const judged = (n: number): Judgement => ({ score: n, items: {}, note: "", by: "test", samples: 1, sd: 0 });

describe("gains", () => {
  it("are against the baseline at the candidate's own size, the raw gain beside them", () => {
    const small = score(2.9, 0.5);
    expect(small.gain).toBeCloseTo(0.1, 9);
    expect(small.rawGain).toBeCloseTo(0.1, 9);
    const large = score(2.9, 0.5, 2000);
    expect(large.gain).toBeCloseTo(0, 9);
    expect(large.rawGain).toBeCloseTo(0.1, 9);
    const between = score(2.9, 0.5, Math.sqrt(2) * 1000);
    expect(between.gain).toBeCloseTo(0.05, 9);
  });

  it("claim nothing outside the measured sizes", () => {
    expect(score(2.9, 0.5, 10).gain).toBe(score(2.9, 0.5, 1000).gain);
    expect(score(2.9, 0.5, 1e9).gain).toBe(score(2.9, 0.5, 2000).gain);
  });

  it("are in units of the seed spread, with the standard error of a difference", () => {
    // Seed sd of 2.98 and 3.02 is .0283, of the scores the same.
    const sd = Math.SQRT2 * 0.02;
    const s = score(2.9, 0.4);
    expect(s.z.loss).toBeCloseTo(0.1 / sd, 9);
    expect(s.z.benchmark).toBeCloseTo(-0.1 / sd, 9);
    expect(s.gainSe).toBeCloseTo(sd * Math.sqrt(1 + 1 / 2), 9);
    expect(s.parts.loss).toBeCloseTo(1 / (1 + Math.exp(-0.1 / sd)), 9);
  });

  it("pool the candidate's own seeds into the noise", () => {
    const runs = [run("lm", 0, 20, 2.8, 0.5), run("lm", 1, 20, 3, 0.5), run("icr", 0, 20, 1, 0.5)];
    const points = [point(1, 1000, [2.98, 3.02], [0.48, 0.52], "confirm")];
    const s = scoreRung({ protocol, rung: 1, runs, mixerParams: 1000, baseline: points, seconds: 1 });
    // Two groups of two: variances .0008 and .02.
    expect(s.z.loss).toBeCloseTo(0.1 / Math.sqrt((0.0008 + 0.02) / 2), 9);
    expect(s.loss).toMatchObject({ mean: 2.9, n: 2 });
    expect(s.loss.sd).toBeCloseTo(Math.SQRT2 * 0.1, 9);
    expect(s.gainSe).toBeCloseTo(Math.sqrt(0.0104) * Math.sqrt(1 / 2 + 1 / 2), 9);
    // The recall run has one seed only: the benchmark is complete for seed 0 alone.
    expect(s.benchmark.n).toBe(1);
  });

  it("do not depend on the order in which anything was measured", () => {
    const turned = [...baseline].reverse().map((p) => ({ ...p, runs: [...p.runs].reverse() }));
    expect(score(2.87, 0.51, 1234, turned)).toEqual(score(2.87, 0.51, 1234));
  });
});

describe("a zero-spread baseline", () => {
  const flat = [point(1, 1000, [3, 3, 3], [0.5, 0.5, 0.5])];

  it("falls back to a third of the tie width, and to .01 of a score", () => {
    const s = score(2.98, 0.52, 1000, flat);
    expect(s.z.loss).toBeCloseTo(0.02 / (0.02 / 3), 9);
    expect(s.z.benchmark).toBeCloseTo(0.02 / 0.01, 9);
    expect(baselineSpread(flat, protocol, 0)).toEqual({
      loss: { mean: 3, sd: 0, n: 3 },
      benchmark: { mean: 0.5, sd: 0, n: 3 },
    });
  });

  it("ranks an equal candidate exactly in the middle", () => {
    const s = withJudgement(score(3, 0.5, 1000, flat), judged(5.5));
    expect(s.parts).toMatchObject({
      loss: 0.5,
      benchmark: 0.5,
      judge: 0.5,
      lossPaper: 0.5,
      benchmarkPaper: 0.5,
    });
    expect(s.fitness).toBeCloseTo(0.5, 12);
  });

  it("has a relative floor where the protocol names no tie width", () => {
    const untied = { ...protocol, rungs: [{ ...protocol.rungs[0]!, promote: null }] };
    expect(lossFloor(untied, 3)).toBeCloseTo(0.003, 12);
    expect(lossFloor(untied, 0)).toBeGreaterThan(0);
    expect(lossFloor(protocol, 3)).toBeCloseTo(0.02 / 3, 12);
  });

  it("with one seed has no spread to believe either", () => {
    const one = [point(1, 1000, [3], [0.5])];
    expect(score(2.98, 0.5, 1000, one).z.loss).toBeCloseTo(3, 9);
  });

  it("at a benchmark of exactly 0 still gives the paper's score a meaning", () => {
    const zero = [point(1, 1000, [3, 3], [0, 0])];
    expect(score(3, 0, 1000, zero).parts.benchmarkPaper).toBe(0.5);
    expect(score(3, 0.1, 1000, zero).parts.benchmarkPaper).toBeCloseTo(1 / (1 + Math.exp(-6)), 9);
  });
});

describe("the paper's mode", () => {
  it.each([
    { loss: 3, s: 0.5 },
    { loss: 2.85, s: 1 / (1 + Math.exp(-3)) },
    { loss: 2.7, s: 1 / (1 + Math.exp(-6)) },
    { loss: 1, s: 1 / (1 + Math.exp(-6)) },
    { loss: 30, s: 1 / (1 + Math.exp(6)) },
  ])("clips the relative change at 10 %: loss $loss", ({ loss, s }) => {
    expect(score(loss, 0.5).parts.lossPaper).toBeCloseTo(s, 9);
  });

  it("and the calibrated one are means of three parts", () => {
    const s = withJudgement(score(2.9, 0.55), judged(10));
    expect(s.parts.judge).toBe(1);
    expect(s.fitness).toBeCloseTo((s.parts.loss + s.parts.benchmark + 1) / 3, 12);
    expect(s.fitnessPaper).toBeCloseTo((s.parts.lossPaper + s.parts.benchmarkPaper + 1) / 3, 12);
  });

  it.each([Number.NaN, 0, 11, Number.POSITIVE_INFINITY])("takes no judge's score of %s", (n) => {
    expect(() => withJudgement(score(2.9, 0.5), judged(n))).toThrow(/outside 1 to 10/);
  });
});

describe("what cannot be scored", () => {
  const expected = rungRuns(protocol, 0);
  const good = screen(2.9, 0.5);
  const bad = (change: Partial<RunScore>) => [{ ...good[0]!, ...change }, good[1]!];

  it.each([
    { name: "NaN loss", runs: bad({ loss: Number.NaN }), kind: "numerical", says: /not a number/ },
    {
      name: "infinite loss",
      runs: bad({ loss: Number.POSITIVE_INFINITY }),
      kind: "numerical",
      says: /not a number/,
    },
    { name: "NaN score", runs: bad({ score: Number.NaN }), kind: "numerical", says: /not a number/ },
    { name: "NaN accuracy", runs: bad({ accuracy: Number.NaN }), kind: "numerical", says: /not a number/ },
    { name: "a score beyond 1", runs: bad({ score: 1.5 }), kind: "internal", says: /outside/ },
    { name: "a missing row", runs: good.slice(1), kind: "internal", says: /0 scores of run lm-s0/ },
    { name: "a row twice", runs: [...good, good[0]!], kind: "internal", says: /2 scores of run lm-s0/ },
    { name: "no rows", runs: [], kind: "internal", says: /0 scores/ },
    { name: "another step", runs: bad({ step: 9 }), kind: "internal", says: /step 9, not at 10/ },
  ])("$name is a failure, never a score", ({ runs, kind, says }) => {
    const failure = checkRuns(expected, runs);
    expect(failure?.kind).toBe(kind);
    expect(failure?.message).toMatch(says);
  });

  it("a complete result has no failure", () => expect(checkRuns(expected, good)).toBeNull());

  it("a rung without a baseline is an error", () => {
    expect(() => score(2.9, 0.5, 1000, [])).toThrow(/baseline has not been measured on rung screen/);
    expect(() => score(2.9, 0.5, Number.NaN)).toThrow(/not a number/);
  });
});

describe("the baseline's line", () => {
  it("is flat when all sizes are equal", () => {
    const line = fitLine([
      { params: 100, value: 1 },
      { params: 100, value: 3 },
    ]);
    expect(lineAt(line, 100)).toBe(2);
    expect(lineAt(line, 5000)).toBe(2);
  });

  it("goes through two exact sizes", () => {
    const line = fitLine([
      { params: 100, value: 1 },
      { params: 1000, value: 2 },
    ]);
    expect(lineAt(line, 100)).toBeCloseTo(1, 12);
    expect(lineAt(line, Math.sqrt(1e5))).toBeCloseTo(1.5, 12);
  });
});
