import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Experiment } from "../../shared/domain.ts";
import { nextOpening, type Opens, othersOf, promotionsDue } from "./opening.ts";
import { depth, onTheWay, paceMeter } from "./pace.ts";
import { testCampaign } from "./testing/fakes.ts";
import { archived, promotion, scored } from "./testing/records.ts";
import { horizonNow, settled } from "./view.ts";

const times = <T>(n: number, value: T): T[] => Array.from({ length: n }, () => value);

describe("the depth of the pipeline", () => {
  const known = {
    thought: times(4, 60),
    thinking: [],
    lease: times(4, 30),
    baseline: null,
    reached: times(4, true),
  };
  it.each([
    { name: "nothing known", facts: { ...known, thought: [], lease: [] }, slots: 2, is: 6 },
    { name: "nothing known, many slots", facts: { ...known, thought: [], lease: [] }, slots: 16, is: 48 },
    { name: "nothing trained yet", facts: { ...known, lease: [] }, slots: 1, is: 3 },
    // Answers take long: one more for each slot every 10 s, up to 8 for each.
    { name: "nothing trained, slow", facts: { ...known, lease: [], thinking: [5, 29] }, slots: 2, is: 10 },
    { name: "nothing trained, slower", facts: { ...known, lease: [], thinking: [500] }, slots: 2, is: 16 },
    // The first ones through took 60 s; others have taken longer already.
    { name: "slower ones to come", facts: { ...known, thinking: [10, 120, 150] }, slots: 1, is: 8 },
    { name: "quicker ones to come", facts: { ...known, thinking: [10, 20, 59] }, slots: 1, is: 5 },
    { name: "only the baseline trained yet", facts: { ...known, lease: [], baseline: 15 }, slots: 1, is: 7 },
    // 60 s of thought, one taken every 30 s: 2; one at its gates, one to choose from, and one more.
    { name: "one slot", facts: known, slots: 1, is: 5 },
    { name: "three slots", facts: known, slots: 3, is: 13 },
    {
      name: "half of them rejected",
      facts: { ...known, reached: [true, false, true, false] },
      slots: 1,
      is: 7,
    },
    {
      name: "nearly all rejected",
      facts: { ...known, reached: [true, ...times(15, false)] },
      slots: 1,
      is: 11,
    },
    { name: "none passed lately", facts: { ...known, reached: times(16, false) }, slots: 1, is: 11 },
    { name: "quick answers", facts: { ...known, thought: times(4, 0.1) }, slots: 2, is: 6 },
    { name: "very slow answers", facts: { ...known, thought: times(4, 1e6) }, slots: 1, is: 64 },
    { name: "no time held", facts: { ...known, lease: times(4, 0) }, slots: 1, is: 64 },
    { name: "a few stragglers", facts: { ...known, thought: [...times(14, 60), 300, 300] }, slots: 1, is: 9 },
    {
      name: "old measurements forgotten",
      facts: { ...known, thought: [...times(9, 1e6), ...times(16, 60)] },
      slots: 1,
      is: 5,
    },
  ])("$name: $is", ({ facts, slots, is }) => {
    expect(depth(facts, slots)).toBe(is);
  });

  it("is enough for every slot, and never beyond the most", () => {
    const seconds = fc.array(fc.double({ min: 0, max: 1e5, noNaN: true }), { maxLength: 20 });
    const facts = fc.record({
      thought: seconds,
      thinking: seconds,
      lease: seconds,
      baseline: fc.option(fc.double({ min: 0, max: 1e5, noNaN: true })),
      reached: fc.array(fc.boolean(), { maxLength: 20 }),
    });
    fc.assert(
      fc.property(facts, fc.integer({ min: 1, max: 32 }), (f, slots) => {
        expect(depth(f, slots)).toBeGreaterThan(slots);
        expect(depth(f, slots)).toBeLessThanOrEqual(64);
      }),
    );
  });
});

const at = (index: number, status: Experiment["status"], change: Partial<Experiment> = {}) =>
  archived(index, [], { status, ...change });

describe("experiments on the way to the device", () => {
  it.each([
    ["propose", 1],
    ["novelty", 1],
    ["gate", 1],
    ["check", 1],
    ["train", 1],
    ["score", 0],
    ["judge", 0],
    ["analyse", 0],
    ["archived", 0],
    ["failed", 0],
  ] as const)("%s counts %i", (status, n) => {
    expect(onTheWay([at(0, status)], new Set())).toBe(n);
  });

  it("are those that no slot has taken", () => {
    expect(onTheWay([at(0, "train"), at(1, "train"), at(2, "gate")], new Set(["e0", "e2"]))).toBe(2);
  });
});

describe("the meter", () => {
  it("measures the agents' time, the lease, and who came through", () => {
    let now = 100;
    const meter = paceMeter(() => now);
    const on = (seconds: number, e: Experiment) => {
      now += seconds;
      meter.stored(e);
    };
    for (const i of [0, 1, 2]) meter.opened(i);
    on(10, at(0, "novelty"));
    expect(meter.facts.thinking).toEqual([10, 10, 10]);
    on(2, at(0, "gate")); // 12 s of thought; now it waits for the device
    on(50, at(0, "gate", { failure: { kind: "leak", message: "", detail: "" } })); // to the engineer
    on(5, at(0, "gate")); // 17
    meter.held(at(0, "gate"), 1);
    on(40, at(0, "check"));
    on(3, at(0, "train")); // 20
    meter.held(at(0, "train"), 2);
    meter.stored(at(1, "rejected"));
    meter.held(at(1, "rejected"), 50);
    // Sent back and ready once more: the first time counts.
    on(30, at(0, "gate"));
    on(30, at(0, "train"));
    meter.held(at(0, "score"), 20);
    expect(meter.facts).toMatchObject({ thought: [20], lease: [], baseline: null, reached: [true, false] });
    meter.stored(at(0, "judge"));
    meter.held(at(0, "judge"), 3);
    meter.baselineHeld(7);
    expect(meter.facts).toMatchObject({ thought: [20], lease: [26], baseline: 7, reached: [true, false] });
  });

  it("knows only what it saw open, and forgets what is old", () => {
    const meter = paceMeter(() => 0);
    for (let i = 0; i < 20; i++) meter.stored(at(i, "train"));
    expect(meter.facts).toMatchObject({ thought: [], reached: times(16, true) });
  });
});

describe("opening", () => {
  const search = { lag: 2, promotionLag: 1, updateEvery: 2 };
  const state = (experiments: Experiment[], more = {}) => ({
    campaign: testCampaign({ search, budget: { experiments: 9 } }),
    ...{ experiments, promotions: [], decided: 0, running: new Set<string>() },
    ...more,
  });
  const demand = (d: number): Opens => ({ by: "demand", depth: d });
  const ended = (n: number) => Array.from({ length: n }, (_, i) => archived(i, [scored(0)]));

  it.each([
    {
      name: "fewer on the way than needed",
      experiments: [at(0, "gate")],
      depth: 2,
      sees: { experiments: 0, promotions: 0 },
    },
    { name: "enough on the way", experiments: [at(0, "gate"), at(1, "propose")], depth: 2, sees: null },
    {
      name: "some ended",
      experiments: [...ended(3), at(3, "gate")],
      depth: 2,
      sees: { experiments: 3, promotions: 1 },
    },
    {
      name: "a gap",
      experiments: [...ended(2), at(2, "judge"), archived(3, [])],
      depth: 2,
      sees: { experiments: 2, promotions: 1 },
    },
  ])("on demand, $name: $sees", ({ experiments, depth: d, sees }) => {
    expect(nextOpening(state(experiments), demand(d))).toEqual(sees && { sees });
  });

  it("sees the promotions whose fate is known", () => {
    const open = state(ended(8), {
      decided: 6,
      promotions: [promotion(0, 1, 2), promotion(1, 1, 4, "train")],
    });
    expect(horizonNow(open, open.campaign.search)).toEqual({ experiments: 8, promotions: 3 });
    const done = { ...open, promotions: [promotion(0, 1, 2), promotion(1, 1, 4, "failed")] };
    expect(horizonNow(done, open.campaign.search)).toEqual({ experiments: 8, promotions: 7 });
    // The promotions of time 8 may still be decided, those of 7 and before no more.
    expect(horizonNow({ ...done, decided: 8 }, open.campaign.search)).toEqual({
      experiments: 8,
      promotions: 8,
    });
  });

  it("is settled at what it sees, and at nothing further", () => {
    const arbitrary = fc.record({
      n: fc.integer({ min: 0, max: 9 }),
      open: fc.integer({ min: 0, max: 9 }),
      decided: fc.integer({ min: 0, max: 4 }),
      promotions: fc.array(
        fc.tuple(fc.integer({ min: 0, max: 8 }), fc.constantFrom("done", "train", "failed")),
      ),
    });
    fc.assert(
      fc.property(arbitrary, ({ n, open, decided, promotions }) => {
        const s = state(
          ended(n).map((e, i) => (i === open ? { ...e, status: "judge" as const } : e)),
          {
            decided: 2 * decided,
            promotions: promotions.map(([time, status], i) => promotion(i, 1, time, status as "done")),
          },
        );
        const sees = horizonNow(s, s.campaign.search);
        expect(settled(s, sees, s.campaign.search)).toBe(true);
        expect(sees.promotions).toBeLessThanOrEqual(sees.experiments);
        expect(settled(s, { ...sees, experiments: sees.experiments + 1 }, s.campaign.search)).toBe(false);
      }),
    );
  });

  it("holds a proposal against what was accepted before it, the earlier ones, or what is recorded", () => {
    const statuses = ["archived", "novelty", "propose", "novelty", "train", "rejected"] as const;
    const experiments = statuses.map((status, i) =>
      at(i, status, { sees: { experiments: 1, promotions: 0 } }),
    );
    const others = (index: number, opens: Opens, given = experiments) =>
      othersOf(state(given), given[index]!, 0, opens);
    expect(others(3, demand(9))).toEqual([4, 5]);
    expect(others(1, demand(9))).toEqual([4, 5]);
    // In turn: not before the earlier ones have been decided.
    expect(others(3, { by: "lag" })).toBeNull();
    expect(others(1, { by: "lag" })).toEqual([]);
    const decided = experiments.with(1, at(1, "gate")).with(2, at(2, "failed"));
    expect(others(3, { by: "lag" }, decided)).toEqual([1, 2]);
    const record = (list: number[]): Opens => ({
      by: "record",
      timed: () => ({ sees: null, heldAgainst: { 0: list }, slow: {} }),
    });
    expect(others(3, record([5, 4]))).toEqual([5, 4]);
    expect(others(3, record([1, 5]))).toBeNull();
  });

  it("follows a record: exactly that horizon, once it is there", () => {
    const timed = (index: number) =>
      index === 3 ? { sees: { experiments: 2, promotions: 0 }, heldAgainst: {}, slow: {} } : null;
    const opens: Opens = { by: "record", timed };
    expect(nextOpening(state([...ended(2), at(2, "train")]), opens)).toEqual({
      sees: { experiments: 2, promotions: 0 },
    });
    expect(nextOpening(state([...ended(1), at(1, "train"), at(2, "train")]), opens)).toBeNull();
    // None recorded: the fixed lag of 2.
    expect(nextOpening(state([at(0, "train"), at(1, "train")]), opens)).toEqual({ sees: null });
    expect(
      nextOpening(state([...ended(1), at(1, "train"), at(2, "train"), at(3, "train")]), opens),
    ).toBeNull();
    expect(promotionsDue(state(ended(3)), opens, 1)).toBe(0);
  });

  it("opens nothing beyond a budget", () => {
    expect(nextOpening(state(ended(9)), demand(5))).toBeNull();
    const campaign = testCampaign({ search, used: { refused: "No tokens are left." } });
    for (const opens of [demand(5), { by: "lag" } as const]) {
      expect(nextOpening({ ...state([]), campaign }, opens)).toBeNull();
    }
  });

  it("has promotions due after as many results as the lag says", () => {
    expect(promotionsDue(state([...ended(5), at(5, "gate"), archived(6, [])]), demand(5), 4)).toBe(4);
    expect(promotionsDue(state(ended(5)), { by: "lag" }, 1)).toBe(2);
  });
});
