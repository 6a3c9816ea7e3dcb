/** Runs that succeeded and stand out: they are questioned once, and their result is never lost to the repair. */
import { describe, expect, it } from "vitest";
import type { Experiment } from "../../shared/domain.ts";
import type { Agents, Engineer } from "../interfaces.ts";
import { slowness, tooGood } from "./anomalies.ts";
import { thinned } from "./deviceSteps.ts";
import { AnswerError } from "./testing/paced.ts";
import { archived, scored } from "./testing/records.ts";
import { bench } from "./testing/steps.ts";

describe("a training that took long", () => {
  const peers = [3, 3.5, 4, 3.5, 3.2, 9, 3.6];
  it.each([
    {
      seconds: 12,
      peers,
      says: /^Trained 3\.4 times as long as the median of 7 peers \(12 s against 3\.5 s\)\.$/,
    },
    { seconds: 10.5, peers, says: null },
    { seconds: 10.6, peers, says: /3\.0 times/ },
    { seconds: 100, peers: peers.slice(0, 4), says: null },
    { seconds: 100, peers: [], says: null },
    { seconds: 1, peers: [0, 0, 0, 0, 0], says: /many times as long/ },
    { seconds: Number.NaN, peers, says: null },
  ])("$seconds s among $peers.length peers: $says", ({ seconds, peers: others, says }) => {
    const found = slowness(seconds, others);
    if (says === null) expect(found).toBeNull();
    else expect(found).toMatchObject({ kind: "anomaly", message: expect.stringMatching(says) });
  });
});

describe("a loss too good to believe", () => {
  const at = (mean: number, gain: number) => tooGood({ rung: "screen", loss: { mean, sd: 0, n: 1 }, gain });
  it.each([
    { loss: 2, gain: 0.2, says: null },
    { loss: 1.8, gain: 0.2, says: null },
    { loss: 1.75, gain: 0.25, says: /is 1\.7500, 12\.5 % below the baseline at its size \(2\.0000\)/ },
    { loss: 2.5, gain: -0.5, says: null },
    { loss: -1.2, gain: 0.2, says: /20\.0 % below/ },
    { loss: -0.2, gain: 0.2, says: null },
    { loss: Number.NaN, gain: Number.NaN, says: null },
  ])("$loss with a gain of $gain: $says", ({ loss, gain, says }) => {
    const found = at(loss, gain);
    if (says === null) expect(found).toBeNull();
    else expect(found).toMatchObject({ kind: "anomaly", message: expect.stringMatching(says) });
  });
});

const peers = Array.from({ length: 5 }, (_, i) =>
  archived(i, [scored(0)], { provenance: { trainSeconds: 1 } }),
);
/** An engineer that answers the nth question with the nth program; null: no defect. */
function engineer(...programs: (string | null | Error)[]): Engineer & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    repair: async ({ failure }) => {
      asked.push(failure.message);
      const code = programs[asked.length - 1] ?? null;
      if (code instanceof Error) throw code;
      return code === null ? null : { code, genome: null, what: "mended it" };
    },
  };
}
const paced = (agents: Partial<Agents>, experiments: readonly Experiment[] = peers, search = {}) =>
  bench({ agents: { paced: true, ...agents }, experiments, search });

describe("an anomaly", () => {
  it.each([
    { word: "laggard", what: "slow", says: /^Trained 10\.0 times as long/ },
    { word: "too-good", what: "loss", says: /suspiciously low/ },
  ])("of $word stands where the engineer finds no defect", async ({ word, what, says }) => {
    const asks = engineer(null);
    const b = paced({ engineer: asks });
    const { e, events } = await b.walk(b.at("gate", `mixer ${word}`));
    expect(asks.asked).toEqual([expect.stringMatching(says)]);
    expect(events.filter((t) => t === "kept")).toHaveLength(1);
    expect(e).toMatchObject({ status: "archived", failure: null, repairs: 0, code: `mixer ${word}` });
    expect(e.provenance.anomalies).toEqual([
      { what, version: 0, message: asks.asked[0], repaired: false, outcome: "The engineer found no defect." },
    ]);
    expect(b.trainer.trained.filter((id) => id.startsWith(e.id))).toHaveLength(1);
  });

  it("goes by the seconds of the runs, where they were told", async () => {
    const b = paced({ engineer: engineer("unused") });
    const { train } = b.trainer;
    b.trainer.train = async (job, o) => {
      for (const { id } of job.runs)
        o?.onEvent?.({ t: 0, type: "run_done", run: id, step: 10, seconds: 0.75 });
      return { ...(await train(job, o)), seconds: 60 };
    };
    const { e } = await b.walk(b.at("gate", "mixer"));
    expect(e.provenance).toMatchObject({ trainSeconds: 1.5 });
    expect(e.provenance).not.toHaveProperty("anomalies");
    expect(e.seconds).toBeGreaterThan(60);
  });

  it("is not looked for where agents are not paced", async () => {
    const asks = engineer("unused");
    const b = bench({ agents: { engineer: asks }, experiments: peers });
    const { e } = await b.walk(b.at("gate", "mixer laggard too-good"));
    expect(e.status).toBe("archived");
    expect(e.provenance).toEqual({ retrieved: { screen: 0 } });
    expect(asks.asked).toEqual([]);
  });

  it("needs enough peers, and repairs to be left", async () => {
    for (const b of [
      paced({ engineer: engineer("unused") }, peers.slice(1)),
      paced({ engineer: engineer("unused") }, peers, { repairs: 0 }),
    ]) {
      const { e } = await b.walk(b.at("gate", "mixer laggard"));
      expect(e).toMatchObject({ status: "archived", repairs: 0, provenance: { trainSeconds: 10 } });
      expect(e.provenance).not.toHaveProperty("anomalies");
    }
  });

  it("is asked about under a number of its own, whatever came of the questions before", async () => {
    const numbers: number[] = [];
    const asks: Engineer = {
      repair: async ({ attempt }) => {
        numbers.push(attempt);
        return attempt === 1 ? { code: "mixer bad-train v1", genome: null, what: "mended it" } : null;
      },
    };
    // Slow: no defect. Too good: repaired, which diverges and is not repaired; the first version stands.
    const b = paced({ engineer: asks });
    const { e } = await b.walk(b.at("gate", "mixer laggard too-good"));
    expect(numbers).toEqual([0, 1, 2]);
    expect(e).toMatchObject({ status: "archived", repairs: 0 });
  });

  it("is asked about once of each kind", async () => {
    const asks = engineer("mixer laggard too-good v1", null);
    const b = paced({ engineer: asks });
    const { e } = await b.walk(b.at("gate", "mixer laggard"));
    expect(asks.asked).toEqual([
      expect.stringMatching(/^Trained/),
      expect.stringMatching(/suspiciously low/),
    ]);
    expect(e).toMatchObject({ status: "archived", repairs: 1, code: "mixer laggard too-good v1" });
  });

  it("is mended: gates, training and score are of the new version", async () => {
    const b = paced({ engineer: engineer("mixer mended") });
    const { e, events } = await b.walk(b.at("gate", "mixer too-good"));
    expect(events).toEqual([
      "gated",
      "trained",
      "broke",
      "repaired",
      "gated",
      "trained",
      "scored",
      "judged",
      "archived",
    ]);
    expect(e).toMatchObject({ status: "archived", repairs: 1, code: "mixer mended" });
    expect(e.scores[0]!.gain).toBeLessThan(0.3);
    expect(e.provenance.anomalies).toMatchObject([{ what: "loss", outcome: "Repaired as version 1." }]);
    expect(e.provenance).not.toHaveProperty("before");
    expect([...b.folders].filter((id) => id.startsWith(e.id))).toEqual([`${e.id}-v1-screen`]);
  });

  it.each([new AnswerError("The answer held no program."), new Error("odd")])(
    "costs nothing where the engineer fails: %s",
    async (error) => {
      const b = paced({ engineer: engineer(error) });
      const { e } = await b.walk(b.at("gate", "mixer laggard"));
      expect(e).toMatchObject({ status: "archived", failure: null });
      expect(e.provenance.anomalies).toMatchObject([
        { outcome: `The engineer gave no answer: ${error.message}` },
      ]);
    },
  );
});

describe("a version that was put aside", () => {
  const alone = async (code: string) => {
    const b = paced({ engineer: engineer(null, null) });
    return (await b.walk(b.at("gate", code))).e;
  };

  describe.each(["laggard", "too-good"])("for being %s", (word) => {
    it.each([
      { how: "is rejected", code: "mixer bad-gate" },
      { how: "fails in training", code: "mixer bad-train" },
      { how: "leaks", code: "mixer leaks" },
      { how: "has no score", code: "mixer nan-score" },
      { how: "loses a run", code: "mixer missing-row" },
    ])("comes back with its result where the repaired one $how, and can be promoted", async ({ code }) => {
      const b = paced({ engineer: engineer(code) }, peers, { repairs: 1 });
      const { e, events, results } = await b.walk(b.at("gate", `mixer ${word}`));
      const whole = await alone(`mixer ${word}`);
      expect(events.filter((t) => t === "restored")).toHaveLength(1);
      expect(e).toMatchObject({ status: "archived", repairs: 0, failure: null, code: whole.code });
      expect({ ...e.scores[0], seconds: 0 }).toEqual({ ...whole.scores[0], seconds: 0 });
      expect(e.gates).toEqual(whole.gates);
      expect(e).toMatchObject({ mixerParams: whole.mixerParams, fingerprint: whole.fingerprint });
      expect(e.provenance.anomalies).toMatchObject([
        { version: 0, outcome: expect.stringMatching(/^Version 1 failed \(.*Version 0 stands\.$/) },
      ]);
      expect(e.provenance).not.toHaveProperty("before");
      // Its curves are those stored last.
      const curves = results.filter((r) => r.curves).at(-1)!;
      expect(curves.log).toBe(`log of ${e.id}-v0-screen`);
      // Trained once, and its folder is there for the next rung.
      const mine = () => b.trainer.trained.filter((id) => id.startsWith(`${e.id}-v0`));
      expect(mine()).toEqual([`${e.id}-v0-screen`]);
      expect([...b.folders].filter((id) => id.startsWith(e.id))).toEqual([`${e.id}-v0-screen`]);
      const promoted = await b.promote(e);
      expect(promoted.p).toMatchObject({ status: "done" });
      expect(mine()).toEqual([`${e.id}-v0-screen`, `${e.id}-v0-confirm`]);
    });
  });

  it("keeps its result even where its run folder is gone and it cannot be trained again", async () => {
    const asks: Engineer = {
      repair: async ({ experiment }) => {
        b.folders.clear();
        const { train } = b.trainer;
        b.trainer.train = (job, o) =>
          job.id.startsWith(experiment.id) ? Promise.reject(new Error("no sandbox")) : train(job, o);
        return { code: "mixer bad-gate", genome: null, what: "mended it" };
      },
    };
    const b = paced({ engineer: asks }, peers, { repairs: 1 });
    const { e, events } = await b.walk(b.at("gate", "mixer too-good"));
    expect(events).toContain("restored");
    expect(e.status).toBe("archived");
    expect(e.scores[0]!.loss).toEqual((await alone("mixer too-good")).scores[0]!.loss);
  });

  it("comes back through several repairs, the newest first", async () => {
    // v0 is slow, v1 too good; v2 fails, and v1 stands.
    const b = paced({ engineer: engineer("mixer too-good v1", "mixer bad-train v2") });
    const { e, events } = await b.walk(b.at("gate", "mixer laggard"));
    expect(events.filter((t) => t === "repaired" || t === "restored")).toEqual([
      "repaired",
      "repaired",
      "restored",
    ]);
    expect(e).toMatchObject({ status: "archived", repairs: 1, code: "mixer too-good v1" });
    expect(e.provenance.repairs).toHaveLength(2);
    expect([...b.folders].filter((id) => id.startsWith(e.id))).toEqual([`${e.id}-v1-screen`]);
  });

  it("comes back below a newer one that was not trained", async () => {
    // v0 is slow; v1 is questioned by the checker after its gates; v2 is rejected, then v1 fails in training.
    const checker = {
      check: async ({ experiment: x }: { experiment: Experiment }) => ({
        ok: x.repairs !== 1,
        findings: "odd",
        by: "c",
      }),
    };
    const b = paced({ checker, engineer: engineer("mixer bad-train v1", "mixer bad-gate v2") });
    const { e, events } = await b.walk(b.at("gate", "mixer laggard"));
    expect(events.filter((t) => t === "restored")).toHaveLength(2);
    expect(e).toMatchObject({ status: "archived", repairs: 0, code: "mixer laggard" });
    expect(e.provenance.anomalies).toMatchObject([
      { what: "slow", outcome: expect.stringMatching(/^Version 1 failed/) },
      { what: "checker", outcome: expect.stringMatching(/^Version 2 failed/) },
    ]);
  });

  it("does not come back for a version that was mended within the repairs", async () => {
    const b = paced({ engineer: engineer("mixer bad-train v1", "mixer v2") });
    const { e, events } = await b.walk(b.at("gate", "mixer laggard"));
    expect(events).not.toContain("restored");
    expect(e).toMatchObject({ status: "archived", repairs: 2, code: "mixer v2" });
  });
});

describe("curves for whoever reads the record", () => {
  const curve = (n: number) => ({
    run: "lm-s0",
    steps: Array.from({ length: n }, (_, i) => i + 1),
    losses: Array.from({ length: n }, (_, i) => 3 - i / 1000 + 1e-9),
    aux: Array.from({ length: n }, () => null),
  });
  it.each([
    [0, []],
    [3, [1, 2, 3]],
    [8, [1, 2, 3, 4, 5, 6, 7, 8]],
    [80, [10, 20, 30, 40, 50, 60, 70, 80]],
    [81, [10, 20, 30, 41, 51, 61, 71, 81]],
  ])("of %i points keep %j", (n, steps) => {
    const kept = thinned([curve(n)])["lm-s0"]!;
    expect(kept.map(([step]) => step)).toEqual(steps);
    for (const [step, loss] of kept) expect(loss).toBeCloseTo(3 - (step - 1) / 1000, 4);
  });
});
