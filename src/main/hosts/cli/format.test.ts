import { describe, expect, test } from "vitest";
import { campaign, experiment, rungScore, snapshot } from "./fixtures.ts";
import { bytes, count, cut, duration, fixed, harmless, measured, signed, table } from "./format.ts";
import { baselineNoise, leaderboard, overall, proxyLine } from "./leaderboard.ts";
import { changes, liveTable } from "./live.ts";
import { seconds } from "./options.ts";

test.each([
  [fixed(Number.NaN, 2), "–"],
  [fixed(null, 2), "–"],
  [signed(0.1234, 3), "+0.123"],
  [signed(-0.1234, 3), "−0.123"],
  [signed(Number.POSITIVE_INFINITY, 3), "–"],
  [count(950), "950"],
  [count(17312), "17.3k"],
  [count(2.5e6), "2.5M"],
  [bytes(205.3e6), "205.3 MB"],
  [duration(8.4), "8 s"],
  [duration(75), "1 min 15 s"],
  [duration(3725), "1 h 02 min"],
  [duration(59.7), "1 min 00 s"],
  [measured(0), "0"],
  [measured(1e-9), "1.0e-9"],
  [measured(0.99991234), "0.9999"],
  [measured(null), "–"],
  [cut("abcdef", 4), "abc…"],
])("%s", (got, want) => {
  expect(got).toBe(want);
});

test.each([
  ["90", 90],
  ["90s", 90],
  ["30m", 1800],
  ["30 min", 1800],
  ["1.5h", 5400],
  ["2d", 172800],
])("%s", (text, want) => {
  expect(seconds(text)).toBe(want);
});
test.each(["", "0", "-5", "soon", "5y"])("%j is no time", (text) => {
  expect(() => seconds(text)).toThrow(/such as 90s/);
});

test("a table is no wider than asked where it can shrink, and escapes do not count as width", () => {
  const lines = table(
    [{ a: "x", b: "long ".repeat(20) }],
    [
      { head: "a", cell: (r) => `\x1b[32m${r.a}\x1b[39m` },
      { head: "b", cell: (r) => r.b, min: 10 },
    ],
    30,
  );
  expect(lines[1]).toBe(`\x1b[32mx\x1b[39m  ${"long ".repeat(20).slice(0, 26)}…`);
});

describe("the leaderboard", () => {
  test.each([
    [0.3, 0.3, "better"],
    [0.3, 0, "better"],
    [0, -0.3, "worse"],
    [0.3, -0.3, "mixed"],
    [0, 0, "within noise"],
  ])("loss gain %f, benchmark gain %f, both ± 0.1: %s", (gain, benchmarkGain, want) => {
    expect(
      overall({
        gain,
        gainSe: 0.1,
        benchmarkGain,
        benchmarkGainSe: 0.1,
        freedom: { loss: 60, benchmark: 60 },
      }),
    ).toBe(want);
  });
  test("ranks rung by rung, the deepest first, and leaves out what was not trained", () => {
    const screen = (i: number, fitness: number) =>
      experiment(i, { scores: [rungScore("screen", 0.1, 0.05, fitness)] });
    const deep = experiment(2, {
      scores: [rungScore("screen", 0.1, 0.05, 0.1), rungScore("confirm", 0.1, 0.05, 0.2)],
    });
    const lines = leaderboard(campaign, [screen(0, 0.5), screen(1, 0.9), deep, experiment(3)]);
    const order = lines.flatMap((l) => l.match(/Rung \w+|Mixer\d/) ?? []);
    expect(order).toEqual(["Rung confirm", "Mixer2", "Rung screen", "Mixer1", "Mixer0"]);
    expect(leaderboard(campaign, [experiment(0)])).toEqual([]);
  });
  test("the baseline's noise is that of its own size and its language modelling", () => {
    const run = (task: string, seed: number, loss: number) => ({
      id: `${task}-s${seed}`,
      task,
      seed,
      step: 80,
      loss,
      accuracy: 0,
      score: 0,
      probe: 0,
    });
    const point = (width: number, runs: ReturnType<typeof run>[]) => ({
      width,
      mixerParams: 1,
      flopsPerToken: 1,
      rung: "screen",
      runs,
    });
    const [line] = baselineNoise(campaign, [
      point(1, [run("lm", 0, 3), run("lm", 1, 3.2), run("icr", 0, 9)]),
      point(2, [run("lm", 0, 1)]),
    ]);
    expect(line).toBe(
      "Baseline delta_net, rung screen: loss 3.1000 ± 0.1414 (standard deviation of 2 seeds); also measured at 2× its size.",
    );
    expect(baselineNoise(campaign, [])).toEqual([]);
  });
  test("proxy validity says when it is not known", () => {
    expect(proxyLine({ rho: null, low: null, high: null, n: 1, rhoParams: null })).toMatch(
      /not known yet \(1 on both/,
    );
  });
});

describe("a running campaign", () => {
  const training = experiment(0, { status: "train" });
  test("the screen shows the step and the training's progress", () => {
    const s = snapshot([training], {
      training: { [training.id]: { run: "lm-s0", step: 40, until: 80, loss: 3 } },
    });
    expect(liveTable(s, 10, 100).join("\n")).toMatch(/1 of 3 experiments[\s\S]*Mixer0 +train lm-s0 40\/80/);
    for (const line of liveTable(snapshot(Array.from({ length: 40 }, (_, i) => experiment(i))), 5, 60))
      expect(line.length).toBeLessThanOrEqual(60);
  });
  test("the log tells each thing once", () => {
    const said = new Set<string>();
    expect(changes(said, snapshot([training], { activity: "measuring" }))).toEqual([
      "measuring",
      "#0 Mixer0: train",
    ]);
    expect(changes(said, snapshot([training], { activity: "measuring" }))).toEqual([]);
    const failed = {
      ...training,
      status: "failed" as const,
      failure: { kind: "timeout" as const, message: "too long", detail: "" },
    };
    expect(changes(said, snapshot([failed]))).toEqual(["#0 Mixer0: failed: too long"]);
  });
});

describe("harmless", () => {
  test.each([
    ["a\u001b[2Jb", "a[2Jb"],
    ["title\u001b]0;evil\u0007", "title]0;evil"],
    ["\u009b2Jx", "2Jx"],
    ["bell\u0007 back\b\r", "bell back"],
    ["\u001b[31mred\u001b[39m\tand\nplain", "\u001b[31mred\u001b[39m\tand\nplain"],
  ])("%j", (text, left) => {
    expect(harmless(text)).toBe(left);
  });
});
