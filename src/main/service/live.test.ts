import { describe, expect, it } from "vitest";
import { LiveState } from "../../shared/live.ts";
import { experiment, rungScore, snapshot } from "../hosts/cli/fixtures.ts";
import { createCurves } from "./curves.ts";
import { readSmi } from "./device.ts";
import { liveState, liveTasks, ranking } from "./live.ts";
import { type Positions, secondsLeft, track } from "./progress.ts";

const at = "2026-01-01T00:00:00Z";
const more = { archive: "a", ending: null, leaderboard: [], heartbeat: at };

describe("the live state", () => {
  const training = experiment(1, { status: "train", analysis: null });
  const waiting = experiment(2, { status: "train", analysis: null });
  const broken = experiment(3, {
    status: "gate",
    failure: { kind: "leak", message: "It sees the future.", detail: "" },
  });
  const best = experiment(0, { scores: [rungScore("screen", 0.1, 0.01, 0.6)] });
  const promotion = {
    ...{ experimentId: best.id, campaignId: best.campaignId, rung: 1, decidedAt: 1 },
    ...{ status: "train" as const, failure: null },
  };
  const positions: Positions = new Map();
  track(positions, "e1", { t: 0, type: "run_started", run: "lm-s0", step: 0, until: 40 }, 0);
  const step = { lr: 0.1, tokensPerSecond: 1, memoryMB: 1, aux: null };
  track(positions, "e1", { t: 5, type: "step", run: "lm-s0", step: 10, loss: 2.5, ...step }, 5000);
  const taken = snapshot([best, training, waiting, broken], {
    promotions: [promotion],
    tasks: { e1: at, e3: at, [`p${best.id}/1`]: at, "b1.5/0/2": at, e9: at },
  });

  it("names what goes on, in which lane, and how long it takes", () => {
    expect(liveTasks(taken, positions)).toEqual([
      {
        ...{ experimentId: training.id, index: 1, name: "Mixer1", step: "train", lane: "device", since: at },
        ...{ run: "lm-s0", position: { step: 10, until: 40 }, loss: 2.5, secondsLeft: 15 },
      },
      expect.objectContaining({ name: "Mixer3", step: "repair", lane: "mind", run: null }),
      expect.objectContaining({ name: "Mixer0", step: "train on confirm", lane: "device" }),
      expect.objectContaining({ experimentId: null, name: "Baseline 1.5×, seed 2", step: "baseline" }),
    ]);
  });

  it("counts stages and what waits for the device, and keeps the contract", () => {
    const state = liveState(taken, { ...more, positions });
    expect(state).toMatchObject({
      stages: { train: 2, repair: 1 },
      waiting: 1,
      counts: { archived: 1 },
      promotions: { open: 1, done: 0 },
    });
    expect(LiveState.safeParse(state).error).toBeUndefined();
  });

  it("ranks the deeper rung before the fitter", () => {
    const deep = experiment(4, {
      scores: [rungScore("screen", 0, 0.01, 0.2), rungScore("confirm", 0, 0.01, 0.3)],
    });
    const unfinished = experiment(5, { status: "judge", scores: [rungScore("screen", 1, 0.01, 0.9)] });
    expect(ranking([best, deep, unfinished], 2)).toEqual([deep.id, best.id]);
  });
});

it("no time is told before a rate is known", () => {
  const from = { step: 20, at: 1000 };
  const position = { run: "lm-s0", until: 40, loss: null, from };
  expect(secondsLeft({ ...position, step: 22, at: 3000 })).toBeNull();
  expect(secondsLeft({ ...position, step: 24, at: 5000 })).toBe(16);
});

describe("curves", () => {
  const about = { experimentId: null, name: "Baseline 1×, seed 0", run: "lm-s0" };

  it("come in batches by run; a new reader gets the runs under way whole", () => {
    const curves = createCurves();
    for (let step = 1; step <= 3; step++) curves.add("b1/0/0", about, step, 1 / step);
    const first = curves.read(null)!;
    expect(first).toMatchObject({ reset: true, data: [{ ...about, steps: [1, 2, 3] }] });
    expect(curves.read(first.seq)).toBeNull();
    curves.add("b1.5/0/0", { ...about, name: "Baseline 1.5×, seed 0" }, 1, Number.NaN);
    curves.add("b1/0/0", about, 4, 0.25);
    const next = curves.read(first.seq)!;
    expect(next.reset).toBe(false);
    expect(next.data).toEqual([
      { ...about, name: "Baseline 1.5×, seed 0", steps: [1], losses: [null] },
      { ...about, steps: [4], losses: [0.25] },
    ]);
    curves.drop("b1/0/0");
    expect(curves.read(null)!.data).toHaveLength(1);
  });

  it("a reader who is too far behind begins anew, with what fits", () => {
    const curves = createCurves();
    curves.add("e0", about, 0, 1);
    const { seq } = curves.read(null)!;
    for (let step = 1; step < 50_000; step++) curves.add("e0", about, step, 1);
    const late = curves.read(seq)!;
    expect(late.reset).toBe(true);
    const [curve] = late.data as { steps: number[] }[];
    expect(curve!.steps.length).toBeLessThan(5000);
    expect(curve!.steps.at(-1)).toBeGreaterThan(49_000);
    expect(curve!.steps).toEqual([...curve!.steps].sort((a, b) => a - b));
  });

  it("a cleared log resets those who had read it all", () => {
    const curves = createCurves();
    curves.add("e0", about, 0, 1);
    const { seq } = curves.read(null)!;
    curves.clear();
    expect(curves.read(seq)).toMatchObject({ reset: true, data: [] });
  });
});

it("what nvidia-smi does not tell is null", () => {
  const text = "NVIDIA H100 80GB HBM3, 37, 1024, 81559, 312.5, 55\nTegra, [N/A], [N/A], [N/A], [N/A], 40\n";
  expect(readSmi(text)).toEqual([
    {
      ...{ name: "NVIDIA H100 80GB HBM3", utilisation: 0.37, watts: 312.5, celsius: 55 },
      memory: { used: 1024 * 2 ** 20, total: 81559 * 2 ** 20 },
    },
    { name: "Tegra", utilisation: null, memory: null, watts: null, celsius: 40 },
  ]);
});
