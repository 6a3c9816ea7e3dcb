import { describe, expect, it } from "vitest";
import { byTask, deepest, ghost, overSeeds, runParts, tasksOf } from "./seed-curves.ts";

describe("seeds of a task", () => {
  it("become a mean with a band, on the steps of the longest", () => {
    const a = { run: "lm-s0", steps: [0, 10, 20], losses: [4, 2, 1] };
    const b = { run: "lm-s1", steps: [5, 10], losses: [5, 4] };
    expect(overSeeds([a, b])).toEqual({
      x: [0, 10, 20],
      y: [4, 3, 1],
      band: { low: [4, 2, 1], high: [4, 4, 1] },
      seeds: 2,
    });
  });
  it("keep a gap where no seed has a number", () => {
    const { y } = overSeeds([
      { run: "lm-s0", steps: [0, 10], losses: [4, null] },
      { run: "lm-s1", steps: [0, 10], losses: [2, null] },
    ]);
    expect(y).toEqual([3, null]);
  });
  it("are told apart by the task, and a run without points is none", () => {
    const curve = (run: string, n = 1) => ({ run, steps: Array(n).fill(1), losses: Array(n).fill(1) });
    expect(
      [...byTask([curve("icr-s0"), curve("lm-s0"), curve("lm-s12"), curve("upd-s0", 0)])].map(([t, c]) => [
        t,
        c.seeds,
      ]),
    ).toEqual([
      ["icr", 1],
      ["lm", 2],
    ]);
  });
});

it("runs are named by their task and their seed", () => {
  expect(runParts("my-task-s12")).toEqual({ task: "my-task", seed: 12 });
  expect(runParts("odd")).toEqual({ task: "odd", seed: 0 });
  expect(tasksOf([{ run: "lm-s0" }, { run: "icr-s0" }, { run: "lm-s1" }])).toEqual(["lm", "icr"]);
});

describe("a ghost", () => {
  const curve = (run: string, losses: number[]) => ({ run, steps: losses.map((_, i) => i), losses });
  it("is the mean of its seeds with their band, or nothing", () => {
    expect(ghost("parent", "red", [curve("lm-s0", [4, 2]), curve("lm-s1", [2, 2])], "lm")).toEqual([
      {
        ...{ name: "parent", colour: "red", dashed: true, x: [0, 1], y: [3, 2] },
        band: { low: [2, 2], high: [4, 2] },
      },
    ]);
    expect(ghost("parent", "red", [curve("lm-s0", [4])], "icr")).toEqual([]);
  });
  it("of the baseline is that of its deepest rung with curves", () => {
    const spread = { mean: 2, sd: 0.1, n: 2 };
    const at = (rung: string, curves: ReturnType<typeof curve>[]) => ({
      ...{ rung, loss: spread, benchmark: spread, curves },
    });
    expect(
      deepest([at("screen", [curve("lm-s0", [3])]), at("confirm", [curve("lm-s0", [2])]), at("verify", [])]),
    ).toEqual([curve("lm-s0", [2])]);
    expect(deepest([at("screen", [])])).toEqual([]);
  });
});
