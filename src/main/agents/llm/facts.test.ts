import { describe, expect, it } from "vitest";
import { archived, rungScore } from "../grammar/testing.ts";
import { facts, failureList, gainText } from "./facts.ts";

const proposal = {
  name: "Mean",
  motivation: "secret idea",
  code: "secret code",
  genome: null,
  parentId: null,
  referenceIds: [],
  provenance: {},
};

describe("gains", () => {
  it.each([
    [0.05, 0.01, 8, "+0.0500 ± 0.0231 (better)"],
    [-0.05, 0.01, 8, "-0.0500 ± 0.0231 (worse)"],
    [0.02, 0.01, 8, "+0.0200 ± 0.0231 (within noise)"],
    [0.5, 0, 8, "+0.5000 (noise unknown)"],
    [0.5, 0.1, 0, "+0.5000 (noise unknown)"],
    [Number.NaN, 0.1, 8, "not measured"],
  ])("of %d with standard error %d on %d degrees are %j", (gain, se, freedom, text) => {
    expect(gainText(gain, se, freedom)).toBe(text);
  });
});

describe("the facts of an experiment", () => {
  it("are all that was measured, and nothing that somebody wrote", () => {
    const text = facts(
      archived(3, proposal, 0.05, {
        repairs: 1,
        mixerParams: 8192,
        flopsPerToken: 20_000.4,
        gates: [
          {
            name: "causality",
            ok: true,
            value: 1.234567e-8,
            limit: 1e-5,
            detail: "fine",
            warning: false,
            kind: null,
          },
          { name: "parameters", ok: true, value: 1.3219, limit: 2, detail: "", warning: false, kind: null },
          {
            name: "scaling",
            ok: false,
            value: null,
            limit: 1.3,
            detail: "It could not be measured:\n timeout",
            warning: false,
            kind: "slow",
          },
        ],
        judgement: { score: 6.25, items: {}, note: "", by: "llm:x", samples: 3, sd: 0.4 },
        scores: [rungScore(0.05, { benchmarkGain: 0.001 })],
      }),
    );
    expect(text.split("\n")).toEqual([
      "status: archived, after 1 repair",
      "mixer parameters 8192 (1.32 × the baseline, limit 2), FLOPs a token 20000",
      "rung screen: loss 2.1500 (n = 1), gain against the baseline at its size +0.0500 ± 0.0231 (better); " +
        "benchmark 0.4500 (n = 1), gain +0.0010 ± 0.0231 (within noise)",
      "  tasks: lm score 0.4500 (loss 2.1500, n = 1)",
      "gates: causality 1.23e-8 (limit 0.00001) ok; parameters 1.32 (limit 2) ok; scaling not measured (limit 1.3) FAILED: It could not be measured: timeout",
      "judge: 6.3 ± 0.4 (sd of 3 answers) of 10",
    ]);
    expect(text).not.toContain("secret");
  });

  it("name a failure", () => {
    const failed = archived(4, proposal, 0, {
      status: "rejected",
      scores: [],
      failure: { kind: "leak", message: "A past position\nchanged.", detail: "long" },
    });
    expect(facts(failed)).toBe("status: rejected\nfailure: leak: A past position changed.");
    const unanswered = archived(5, proposal, 0, {
      failure: { kind: "answer", message: "no answer", detail: "" },
    });
    expect(failureList([failed, archived(6, proposal, 0), unanswered])).toEqual([
      "- Mean: leak: A past position changed.",
    ]);
  });
});
