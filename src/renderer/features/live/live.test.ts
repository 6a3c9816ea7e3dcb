import { describe, expect, it } from "vitest";
import type { LiveState, LiveTask } from "../../../shared/live.ts";
import type { Protocol } from "../../../shared/protocol.ts";
import { silence } from "../../state/silence.ts";
import { budgets } from "../../ui/budget.ts";
import { type Runs, seriesOf, withPoints } from "./runs.ts";
import { sparkline } from "./spark.ts";
import { current, doing, progress, stages, subjectOf } from "./words.ts";

const protocol = {
  rungs: [
    { name: "screen", runs: [{ task: "lm", until: 300, seeds: 1 }] },
    { name: "confirm", runs: [{ task: "lm", until: 1200, seeds: 2 }] },
  ],
} as unknown as Protocol;

const task = (more: Partial<LiveTask>): LiveTask => ({
  experimentId: "e1",
  index: 41,
  name: "GatedScanNet",
  step: "train",
  lane: "device",
  since: "2026-11-25T12:00:00.000Z",
  run: null,
  position: null,
  loss: null,
  secondsLeft: null,
  ...more,
});

describe("a task in words", () => {
  it("says what, which seed, how far and how long", () => {
    const t = task({
      step: "train on confirm",
      run: "lm-s1",
      position: { step: 184, until: 300 },
      secondsLeft: 12,
    });
    expect(doing(t)).toBe("Training GatedScanNet on confirm");
    expect(progress(t, protocol)).toBe("lm, seed 2 of 2, step 184 of 300, 12 s left");
  });

  it("says no more than is known", () => {
    expect(progress(task({}), protocol)).toBe("");
    expect(progress(task({ run: "lm-s0", position: { step: 1, until: 300 } }), protocol)).toBe(
      "lm, step 1 of 300",
    );
    expect(doing(task({ step: "propose", name: "experiment-41" }))).toBe("Proposing experiment 41");
    const baseline = task({
      step: "baseline",
      name: "Baseline 1×, seed 4",
      experimentId: null,
      run: "lm-s4",
    });
    expect(doing(baseline)).toBe("Training Baseline 1×, seed 4");
    expect(progress(baseline, protocol)).toBe("lm");
  });

  it("looks at what trains until somebody chooses, and after that one is over", () => {
    const tasks = [
      task({ experimentId: "a", step: "propose", lane: "mind" }),
      task({ experimentId: "b", run: "lm-s0", since: "2026-11-25T12:05:00.000Z" }),
      task({ experimentId: "c", run: "lm-s0", since: "2026-11-25T12:01:00.000Z" }),
    ];
    expect(current(tasks, null)?.experimentId).toBe("c");
    expect(current(tasks, "b")?.experimentId).toBe("b");
    expect(current(tasks, "gone")?.experimentId).toBe("c");
    expect(current([], null)).toBeNull();
  });
});

describe("the stages", () => {
  const live = (tasks: LiveTask[], llm: unknown = null) =>
    ({ campaign: { llm }, stages: { train: 3, gate: 1, repair: 2 }, tasks }) as unknown as LiveState;

  it("show where the current one is and how many are where", () => {
    const t = task({ step: "train on confirm", position: { step: 62, until: 100 } });
    const found = stages(live([t]), t);
    expect(found.map((s) => s.name)).toEqual([
      "propose",
      "novelty",
      "gate",
      "train",
      "score",
      "judge",
      "analyse",
    ]);
    expect(found.map((s) => s.state)).toEqual(["done", "done", "done", "now", "ahead", "ahead", "ahead"]);
    expect(found[3]).toMatchObject({ count: 3, busy: true, share: 0.62 });
    expect(found[2]).toMatchObject({ count: 3, busy: false });
  });

  it("have a check where models read the code, and no place for the baseline", () => {
    const t = task({ step: "baseline" });
    const found = stages(live([t], {}), t);
    expect(found.map((s) => s.name)).toContain("check");
    expect(found.every((s) => s.state === "none" && !s.busy)).toBe(true);
  });
});

describe("signs of life", () => {
  const beat = "2026-11-25T12:00:00.000Z";
  const at = new Date(beat).getTime();
  it("are missed by this machine's clock, whatever the other's says", () => {
    expect(silence("running", beat, at + 3_600_000, at + 3_601_000)).toBeNull();
    expect(silence("running", beat, at, at + 7_999)).toBeNull();
    expect(silence("running", beat, at, at + 20_000)).toBe(20_000);
    expect(silence("paused", beat, at, at + 20_000)).toBeNull();
  });
});

describe("curves as they come", () => {
  const points = (run: string, steps: number[], losses: (number | null)[], id: string | null = "e1") => ({
    experimentId: id,
    name: id ? "GatedScanNet" : "Baseline 1×, seed 1",
    run,
    steps,
    losses,
  });
  const all = (runs: Runs) => [...runs.values()].map((r) => [r.run, r.steps, r.losses]);

  it("are put together, and begin anew where a run does", () => {
    let runs = withPoints(new Map(), [points("lm-s0", [1, 2, 3], [5, 4, null])], true);
    runs = withPoints(runs, [points("lm-s0", [4], [3])], false);
    expect(all(runs)).toEqual([["lm-s0", [1, 2, 3, 4], [5, 4, null, 3]]]);
    runs = withPoints(runs, [points("lm-s0", [3, 4], [9, 8])], false);
    expect(all(runs)).toEqual([["lm-s0", [1, 2, 3, 4], [5, 4, 9, 8]]]);
    expect(withPoints(runs, [], true).size).toBe(0);
  });

  it("are told apart by who is trained, and the oldest make way", () => {
    let runs = withPoints(new Map(), [points("lm-s0", [1], [5]), points("lm-s0", [1], [6], null)], true);
    expect(runs.size).toBe(2);
    for (let i = 0; i < 60; i++) runs = withPoints(runs, [points("lm-s0", [1], [i], `x${i}`)], false);
    expect(runs.size).toBe(40);
    expect([...runs.values()].at(-1)?.subject).toBe("x59");
  });

  it("of one task are shown with the parent and the baseline as ghosts", () => {
    const runs = [
      ...withPoints(new Map(), [points("lm-s1", [1], [5]), points("icr-s0", [1], [7])], true).values(),
    ];
    const view = {
      curves: [{ run: "lm-s0", steps: [1, 2], losses: [5, 4] }],
      parent: { id: "p", index: 1, name: "Root", standing: "candidate" as const, gain: null, gainSe: null },
      baseline: [
        {
          rung: "screen",
          loss: { mean: 2, sd: 0, n: 5 },
          benchmark: { mean: 0, sd: 0, n: 5 },
          curves: [{ run: "lm-s0", steps: [1], losses: [6] }],
        },
        { rung: "confirm", loss: { mean: 2, sd: 0, n: 5 }, benchmark: { mean: 0, sd: 0, n: 5 }, curves: [] },
      ],
    };
    const parent = [{ run: "lm-s0", steps: [1], losses: [5.5] }];
    const series = seriesOf({ runs, task: "lm", view, parent });
    expect(series.map((s) => [s.name, s.dashed ?? false])).toEqual([
      ["GatedScanNet, seed 1", false],
      ["GatedScanNet, seed 2", false],
      ["parent Root", true],
      ["baseline", true],
    ]);
    expect(seriesOf({ runs, task: "icr", view, parent }).map((s) => s.name)).toEqual(["GatedScanNet"]);
  });

  it("subjects without an experiment have their name", () =>
    expect(subjectOf({ experimentId: null, name: "Baseline" })).not.toBe(
      subjectOf({ experimentId: null, name: "B" }),
    ));
});

describe("budgets", () => {
  const campaign = {
    budget: { experiments: 200, wallSeconds: null, deviceSeconds: 7200, tokens: null, cost: 2 },
    used: { wallSeconds: 600, deviceSeconds: 3600, tokens: 0, cost: 2.5 },
    llm: null,
    estimate: undefined as unknown,
  };
  const live = (more: object = {}) =>
    ({
      campaign: { ...campaign, ...more },
      counts: { archived: 30, rejected: 8, failed: 3 },
    }) as unknown as LiveState;

  it("are held against what was used, at most whole", () => {
    const rows = budgets(live());
    expect(rows.find((r) => r.name === "Experiments")).toMatchObject({
      used: "41",
      limit: "200",
      share: 0.205,
    });
    expect(rows.find((r) => r.name === "Device time")).toMatchObject({ share: 0.5 });
    expect(rows.find((r) => r.name === "Running time")).toMatchObject({ limit: null, share: null });
    expect(rows.find((r) => r.name === "Cost")).toMatchObject({ share: 1 });
  });

  it("leave out what is neither limited nor used, and an estimate they cannot read", () => {
    expect(budgets(live({ estimate: { odd: true } })).map((r) => r.name)).not.toContain("Tokens");
    expect(budgets(live({ estimate: { odd: true } })).every((r) => r.estimate === null)).toBe(true);
  });

  it("show the estimate's range beside what came of it", () => {
    const range = { p10: 100, p50: 150, p90: 190 };
    const estimate = {
      ...{
        experiments: range,
        wallSeconds: { p10: 3600, p50: 5400, p90: 7200 },
        deviceHours: { p10: 1, p50: 1.5, p90: 2 },
      },
      ...{ cost: null, diskMB: range, perExperiment: range, dominates: "training of the first rung" },
      ...{ endedBy: "experiments", basis: "measured", note: "" },
    };
    const rows = budgets(live({ estimate }));
    expect(rows.find((r) => r.name === "Experiments")?.estimate).toBe("100 to 190");
    expect(rows.find((r) => r.name === "Running time")?.estimate).toBe("1 h to 2 h");
  });
});

describe("sparklines", () => {
  it("break where nothing was measured, and stay within their box", () => {
    expect(sparkline([0, 1, null, 0.5], 1, 30, 10)).toBe("M0.0 9.5L10.0 0.5M30.0 5.0");
    expect(sparkline([2], 1, 30, 10)).toBe("M30.0 0.5");
    expect(sparkline([], 1, 30, 10)).toBe("");
  });
});
