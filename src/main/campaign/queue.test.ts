import { describe, expect, it } from "vitest";
import type { Experiment, Promotion } from "../../shared/domain.ts";
import { baselineCells, mergePoint, missingCells } from "./baseline.ts";
import { deviceQueue, mindQueue, type QueueState, waitingProcesses } from "./queue.ts";
import { testProtocol as protocol, testCampaign } from "./testing/fakes.ts";
import { archived, promotion, scored } from "./testing/records.ts";

const at = (index: number, status: Experiment["status"], change: Partial<Experiment> = {}) =>
  archived(index, [], { status, ...change });

const measured = (...rungs: number[]) =>
  rungs
    .flatMap((rung) =>
      baselineCells(protocol, rung).map(({ width, seed }) => ({
        width,
        mixerParams: 1000 * width,
        flopsPerToken: 1,
        rung: protocol.rungs[rung]!.name,
        runs: protocol.rungs[rung]!.runs.map(({ task, until }) => ({
          id: `${task}-s${seed}`,
          task,
          seed,
          step: until,
          loss: 1,
          accuracy: 0,
          score: 0.5,
          probe: 0,
        })),
      })),
    )
    .reduce(mergePoint, []);

const lag = { by: "lag" } as const;
const failure = { kind: "leak" as const, message: "", detail: "" };

function state(
  experiments: Experiment[],
  change: Partial<Omit<QueueState, "running">> & { running?: string[]; promotions?: Promotion[] } = {},
): QueueState {
  return {
    campaign: testCampaign({ search: { lag: 3, promotionLag: 2, updateEvery: 2 } }),
    experiments,
    promotions: [],
    baseline: measured(0, 1, 2),
    decided: 100,
    ...change,
    running: new Set(change.running),
  };
}
const keys = (tasks: { key: string }[]) => tasks.map((t) => t.key.replace(/p.*\//, "p/"));
const device = (s: QueueState, buffer = 2, slots = 1) => keys(deviceQueue(s, lag, buffer, slots));
const mind = (s: QueueState) => {
  const { short, proposals } = mindQueue(s, lag);
  return { short: keys(short), proposals: keys(proposals) };
};

describe("the device's queue", () => {
  it("begins with the first rung's baseline, own size first", () => {
    const s = state([at(0, "gate")], { baseline: [] });
    expect(device(s)).toEqual(["b1/0/0", "b1/0/1", "b1.5/0/0", "b2/0/0", "e0"]);
  });

  it("asks again only for what is missing", () => {
    const part = measured(0).map((p) =>
      p.width === 1 ? { ...p, runs: p.runs.filter((r) => r.seed === 0) } : p,
    );
    expect(missingCells(protocol, 0, part)).toEqual([{ width: 1, rung: 0, seed: 1 }]);
    const torn = measured(0).map((p) => (p.width === 2 ? { ...p, runs: p.runs.slice(1) } : p));
    expect(missingCells(protocol, 0, torn)).toEqual([{ width: 2, rung: 0, seed: 0 }]);
    expect(missingCells(protocol, 0, measured(0))).toEqual([]);
    expect(missingCells(protocol, 1, measured(0))).toHaveLength(4);
  });

  it("scores nothing before its baseline is there", () => {
    expect(device(state([at(0, "score")], { baseline: [] }))).not.toContain("e0");
    expect(device(state([at(0, "score")]))).toEqual(["e0"]);
  });

  it("serves the lower index first, whatever its step", () => {
    expect(device(state([at(0, "score"), at(1, "gate"), at(2, "train"), at(3, "gate")]))).toEqual([
      "e0",
      "e1",
      "e2",
      "e3",
    ]);
  });

  it("gates no more than may wait", () => {
    const s = [at(0, "gate"), at(1, "train"), at(2, "train"), at(3, "gate")];
    expect(device(state(s))).toEqual(["e1", "e2"]);
    expect(device(state(s, { running: ["e1"] }))).toEqual(["e0", "e2", "e3"]);
    expect(device(state(s.slice(0, 2)), 0)).toEqual(["e1"]);
    expect(device(state(s.slice(0, 1)), 0)).toEqual(["e0"]);
  });

  it("goes on gating while the checker reads", () => {
    const s = [at(0, "check"), at(1, "check"), at(2, "check"), at(3, "gate")];
    expect(device(state(s))).toEqual(["e3"]);
    expect(waitingProcesses(state(s))).toBe(3);
    const more = [...s, at(4, "train"), at(5, "train"), at(6, "train", { failure })];
    expect(waitingProcesses(state(more, { running: ["e4", "e0"] }))).toBe(4);
  });

  it("leaves broken candidates to the engineer", () => {
    expect(device(state([at(0, "gate", { failure }), at(1, "train", { failure })]))).toEqual([]);
  });

  it("does promotions in idle moments, their baseline before them", () => {
    const done = [0, 1].map((i) => archived(i, [scored(0)]));
    const promotions = [promotion(1, 1, 2, "train"), promotion(0, 1, 2, "train")];
    const s = state([...done, at(2, "gate"), at(3, "train")], { promotions, baseline: measured(0) });
    expect(device(s)).toEqual(["e2", "e3", "b1/1/0", "b1/1/1", "b1.5/1/0", "b2/1/0", "p/1", "p/1"]);
    const [first] = deviceQueue({ ...s, baseline: measured(0, 1) }, lag, 2, 1).slice(2);
    expect(first).toMatchObject({ kind: "promotion", experimentId: promotions[1]!.experimentId });
  });

  it("puts promotions first that the next proposals wait for", () => {
    const experiments = [...Array.from({ length: 7 }, (_, i) => archived(i, [scored(0)])), at(7, "train")];
    // The next proposal is 8: it sees promotions decided at 8 − 3 − 2 = 3 or before.
    const needed = state(experiments, {
      promotions: [promotion(0, 1, 2, "train"), promotion(1, 1, 4, "train")],
    });
    expect(device(needed)).toEqual(["p/1", "e7", "p/1"]);
    expect(deviceQueue(needed, lag, 2, 1)[0]).toMatchObject({
      experimentId: needed.promotions[0]!.experimentId,
    });
    // On demand none waits for them: they are due two results later.
    const demand = { by: "demand", depth: 9 } as const;
    expect(keys(deviceQueue(needed, demand, 2, 1))).toEqual(["p/1", "p/1", "e7"]);
    // Two slots will soon open two: 9 sees those decided at 4.
    expect(device(needed, 2, 2)).toEqual(["p/1", "p/1", "e7"]);
  });

  it("names nothing that runs", () => {
    expect(device(state([at(0, "train")], { running: ["e0"] }))).toEqual([]);
  });
});

describe("the mind's queue", () => {
  const ended = [0, 1, 2].map((i) => archived(i, [scored(0)]));

  it("opens an experiment when all that it may see is there", () => {
    expect(mind(state([])).proposals).toEqual(["e0"]);
    expect(mind(state([at(0, "train"), at(1, "train"), at(2, "train")])).proposals).toEqual(["e3"]);
    expect(mind(state([at(0, "train"), at(1, "train"), at(2, "train"), at(3, "train")])).proposals).toEqual(
      [],
    );
    expect(mind(state([ended[0]!, at(1, "train"), at(2, "train"), at(3, "train")])).proposals).toEqual([
      "e4",
    ]);
  });

  it("opens none beyond the budget", () => {
    const s = state(ended);
    expect(mind({ ...s, campaign: testCampaign({ budget: { experiments: 3 } }) }).proposals).toEqual([]);
  });

  it("checks novelty in the order of the index", () => {
    expect(mind(state([at(0, "novelty"), at(1, "novelty")])).short).toEqual(["e0"]);
    expect(mind(state([at(0, "propose"), at(1, "novelty")]))).toMatchObject({ short: [] });
    expect(mind(state([at(0, "gate"), at(1, "novelty")])).short).toEqual(["e1"]);
    expect(mind(state([at(0, "failed"), at(1, "novelty")])).short).toEqual(["e1"]);
  });

  it("has the checker read as soon as the gates have passed", () => {
    expect(mind(state([at(0, "check"), at(1, "propose")])).short).toEqual(["e0"]);
  });

  it("sends broken candidates to the engineer, and promotions to the analyst", () => {
    const s = state([...ended, at(3, "train", { failure }), at(4, "judge")], {
      promotions: [promotion(0, 1, 2, "analyse"), promotion(1, 1, 2, "score")],
    });
    expect(mind(s).short).toEqual(["e3", "e4", "p/1"]);
  });
});
