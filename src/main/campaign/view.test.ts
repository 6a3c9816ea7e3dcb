import { describe, expect, it } from "vitest";
import { SearchSettings } from "../../shared/domain.ts";
import { archived, promotion, scored } from "./testing/records.ts";
import {
  addCognition,
  addReport,
  asProposed,
  decisionHorizon,
  horizonOf,
  knownTo,
  poolHorizon,
  proposalHorizon,
  settled,
  viewAt,
} from "./view.ts";

const search = SearchSettings.parse({ lag: 3, promotionLag: 2, updateEvery: 4 });

describe("horizons", () => {
  it.each([
    { k: 0, sees: 0, promotions: -2, pool: 0 },
    { k: 3, sees: 0, promotions: -2, pool: 0 },
    { k: 4, sees: 1, promotions: -1, pool: 0 },
    { k: 7, sees: 4, promotions: 2, pool: 4 },
    { k: 10, sees: 7, promotions: 5, pool: 4 },
    { k: 11, sees: 8, promotions: 6, pool: 8 },
  ])("proposal $k sees experiments before $sees", ({ k, sees, promotions, pool }) => {
    expect(proposalHorizon(search, k)).toEqual({ experiments: sees, promotions });
    expect(poolHorizon(search, proposalHorizon(search, k))).toEqual({
      experiments: pool,
      promotions: pool - 2,
    });
    // The pool knows nothing that the proposal may not.
    expect(pool - 2).toBeLessThanOrEqual(promotions);
  });

  it("are strictly serial without lag", () => {
    const serial = { ...search, lag: 0, promotionLag: 0 };
    expect(proposalHorizon(serial, 5)).toEqual({ experiments: 5, promotions: 5 });
    expect(decisionHorizon(serial, 4)).toEqual({ experiments: 4, promotions: 3 });
  });
});

describe("a view", () => {
  const deep = archived(0, [scored(0), scored(1), scored(2)], {
    analysis: addReport(addReport("screen report", "confirm", "confirm report"), "verify", "verify report"),
  });
  const records = {
    experiments: [deep, archived(1, [scored(0)])],
    promotions: [promotion(0, 1, 4), promotion(0, 2, 8)],
    decided: 8,
  };
  const at = (promotions: number) => viewAt(records, { experiments: 2, promotions })[0]!;

  it("shows scores and reports up to the promotions of its time", () => {
    expect(at(3)).toMatchObject({ scores: [{ rung: "screen" }], analysis: "screen report" });
    expect(at(4).scores.map((s) => s.rung)).toEqual(["screen", "confirm"]);
    expect(at(4).analysis).toContain("confirm report");
    expect(at(4).analysis).not.toContain("verify report");
    expect(at(8)).toBe(deep);
  });

  it("shows no score whose promotion is still on its way", () => {
    const open = { ...records, promotions: [promotion(0, 1, 4), promotion(0, 2, 8, "analyse")] };
    expect(viewAt(open, { experiments: 2, promotions: 100 })[0]!.scores).toHaveLength(2);
  });

  it("ends at the horizon", () => {
    expect(viewAt(records, { experiments: 1, promotions: 0 })).toHaveLength(1);
    expect(viewAt(records, { experiments: 0, promotions: 0 })).toEqual([]);
  });
});

describe("entries of the cognition base", () => {
  const entry = (id: string, score = 0.5) => ({ id, query: "q", score, by: "bm25" as const });
  const add = (e: ReturnType<typeof archived>, rung: string, ...ids: string[]) => ({
    ...e,
    ...addCognition(
      e,
      rung,
      ids.map((id) => entry(id)),
    ),
  });
  const first = add(archived(0, [scored(0), scored(1), scored(2)]), "screen", "a", "b", "c", "d");
  const whole = add(add(first, "confirm", "b", "e"), "verify", "f");
  const seen = (promotions: number) => {
    const done = [promotion(0, 1, 4), promotion(0, 2, 8)];
    const records = { experiments: [whole], promotions: done, decided: 8 };
    const e = viewAt(records, { experiments: 1, promotions })[0]!;
    return [e.cognition.map((r) => r.id).join(""), e.provenance.retrieved];
  };

  it("are three for a report, and each is there once", () => {
    expect(first.cognition.map((r) => r.id)).toEqual(["a", "b", "c"]);
    expect(whole.cognition.map((r) => r.id)).toEqual(["a", "b", "c", "e", "f"]);
    expect(addCognition(whole, "verify", [entry("a")])).toEqual({});
    expect(addCognition(archived(0, []), "screen", [])).toEqual({});
  });

  it("are seen with the reports that they were found for", () => {
    expect(seen(3)).toEqual(["abc", { screen: 0 }]);
    expect(seen(4)).toEqual(["abce", { screen: 0, confirm: 3 }]);
    expect(seen(8)).toEqual(["abcef", { screen: 0, confirm: 3, verify: 4 }]);
  });

  it("leave no trace in a view that is not to know of them", () => {
    const late = add(archived(0, [scored(0), scored(1)]), "confirm", "x");
    const records = { experiments: [late], promotions: [promotion(0, 1, 4)], decided: 8 };
    const e = viewAt(records, { experiments: 1, promotions: 3 })[0]!;
    expect(e).toMatchObject({ cognition: [], provenance: {} });
    expect(e.provenance).not.toHaveProperty("retrieved");
  });
});

describe("what an experiment sees", () => {
  it("is what was recorded, else what the lag says", () => {
    expect(horizonOf(search, { index: 9, sees: null })).toEqual({ experiments: 6, promotions: 4 });
    const sees = { experiments: 7, promotions: 1 };
    expect(horizonOf(search, { index: 9, sees })).toBe(sees);
    // The pool knows nothing that the experiment may not.
    expect(poolHorizon(search, sees)).toEqual({ experiments: 4, promotions: 1 });
    expect(poolHorizon(search, { experiments: 7, promotions: 7 })).toEqual({ experiments: 4, promotions: 2 });
  });
});

describe("settled", () => {
  const ended = [0, 1, 2, 3].map((i) => archived(i, [scored(0)]));
  const horizon = { experiments: 4, promotions: 4 };

  it.each([
    {
      name: "everything there",
      records: { experiments: ended, promotions: [promotion(0, 1, 4)], decided: 4 },
      is: true,
    },
    {
      name: "a failed promotion",
      records: { experiments: ended, promotions: [promotion(0, 1, 4, "failed")], decided: 4 },
      is: true,
    },
    {
      name: "an open promotion",
      records: { experiments: ended, promotions: [promotion(0, 1, 4, "score")], decided: 4 },
      is: false,
    },
    {
      name: "an open promotion of later",
      records: { experiments: ended, promotions: [promotion(0, 1, 5, "score")], decided: 5 },
      is: true,
    },
    { name: "no decision yet", records: { experiments: ended, promotions: [], decided: 0 }, is: false },
    {
      name: "too few experiments",
      records: { experiments: ended.slice(1), promotions: [], decided: 4 },
      is: false,
    },
    {
      name: "an open experiment",
      records: {
        experiments: ended.with(2, { ...ended[2]!, status: "judge" as const }),
        promotions: [],
        decided: 4,
      },
      is: false,
    },
  ])("$name: $is", ({ records, is }) => {
    expect(settled(records, horizon, search)).toBe(is);
  });
});

describe("what a novelty check knows", () => {
  const repaired = archived(1, [scored(0)], {
    code: "mended",
    repairs: 1,
    provenance: {
      ...{ how: "x", outputHash: "o", repeats: [] },
      original: { code: "as first", codeHash: "h", genome: null },
      ...{ repairs: ["a"], before: {}, anomalies: [], notes: [], trainSeconds: 1, retrieved: {} },
    },
  });

  it("is the first version of those it may not yet know the fate of", () => {
    const unknown = asProposed(repaired);
    expect(unknown).toMatchObject({
      code: "as first",
      codeHash: "h",
      repairs: 0,
      scores: [],
      status: "gate",
    });
    expect(unknown.provenance).toEqual({ how: "x", outputHash: "o", repeats: [] });
  });

  it("is every earlier experiment with a program", () => {
    const records = {
      experiments: [
        archived(0, [scored(0)]),
        repaired,
        archived(2, [], { code: "" }),
        archived(3, []),
        archived(4, []),
      ],
      promotions: [],
      decided: 0,
    };
    expect(knownTo(records, search, archived(4, []), [1, 2, 3]).map((e) => [e.index, e.code])).toEqual([
      [0, "code 0"],
      [1, "as first"],
      [3, "code 3"],
    ]);
    expect(knownTo(records, { ...search, lag: 1 }, archived(4, []), [3])[1]).toBe(repaired);
  });
});
