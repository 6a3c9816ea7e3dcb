import { describe, expect, it } from "vitest";
import type { Experiment, Proposal } from "../../../shared/domain.ts";
import type { FailureKind, GateVerdict } from "../../../shared/job.ts";
import { createAgents } from "../index.ts";
import { emit } from "./emit.ts";
import { difference, effects } from "./lineage.ts";
import { cost, dimsOf, families, objection } from "./measure.ts";
import { node, SEEDS } from "./seeds.ts";
import { archived, campaign, rungScore, signal } from "./testing.ts";
import { canonical, type Node, readGenome, replace, walk } from "./tree.ts";

const { engineer, judge, analyst } = createAgents("grammar");
const seed = (name: string): Node => SEEDS.find((s) => s.name === name)!.tree;
const x = node("x");
const W = (a: Node = x) => node("linear", {}, a);

function experiment(index: number, tree: Node | null, gain = 0, more: Partial<Experiment> = {}): Experiment {
  const proposal: Proposal = {
    name: `E${index}`,
    motivation: "",
    code: tree ? emit(tree, `E${index}`) : "class Mixer: pass",
    genome: tree,
    parentId: null,
    referenceIds: [],
    provenance: {},
  };
  return archived(index, proposal, gain, more);
}

const ops = (tree: Node) => [...walk(tree)].map(({ node: n }) => n.op);

describe("the engineer", () => {
  const repair = (tree: Node | null, kind: FailureKind, detail = "", attempt = 0) =>
    engineer.repair(
      {
        campaign: campaign(),
        experiment: experiment(0, tree),
        failure: { kind, message: "It failed.", detail },
        attempt,
      },
      signal,
    );

  it.each([
    ["numerical", node("cummean", {}, node("act", { fn: "relu2" }, W())), "cummean", "tanh"],
    ["divergence", node("scan", {}, node("constant"), W()), "scan", "normed the values"],
    ["slow", seed("DeltaNet"), "linattn", "linear attention"],
    ["timeout", seed("WindowAttention"), "conv", "convolution"],
    ["memory", seed("WindowAttention"), "window", "halved the width"],
    ["leak", seed("Hyena"), "conv", "suspected"],
  ] as const)("mends %s in a neighbouring tree", async (kind, tree, holds, what) => {
    const fixed = (await repair(tree, kind))!;
    const after = readGenome(fixed.genome)!;
    expect(canonical(after)).not.toBe(canonical(tree));
    expect(objection(after, campaign().protocol)).toBeNull();
    expect(ops(after)).toContain(holds);
    expect(fixed.what).toContain(what);
    expect(fixed.code).toBe(emit(after, "E0"));
    expect(await repair(tree, kind)).toEqual(fixed);
  });

  it("mends every seed and failure that a tree can cause", async () => {
    for (const s of SEEDS)
      for (const kind of ["numerical", "slow", "size", "memory", "leak"] as const) {
        const fixed = await repair(s.tree, kind);
        if (fixed === null) continue; // nothing smaller or cheaper is left to try
        const after = readGenome(fixed.genome)!;
        expect(families(after).length, `${s.name} ${kind}`).toBeGreaterThan(0);
        if (kind === "slow")
          expect(cost(after, { d: 64, heads: 2 }).time).toBeLessThan(cost(s.tree, { d: 64, heads: 2 }).time);
      }
    expect(await repair(seed("DeltaNet"), "size")).not.toBeNull();
  });

  it("shrinks what is too large until the limits hold", async () => {
    const large = Array.from({ length: 9 }).reduce<Node>(
      (t) => node("add", {}, W(), t),
      node("cummean", {}, x),
    );
    const protocol = campaign().protocol;
    expect(objection(large, protocol)).toMatch(/parameters/);
    const fixed = readGenome((await repair(large, "size"))!.genome)!;
    expect(objection(fixed, protocol)).toBeNull();
    expect(cost(fixed, dimsOf(protocol)).params).toBeLessThan(cost(large, dimsOf(protocol)).params);
  });

  it("drops the operation that a leak names, else one half of the mixing, then the other", async () => {
    const tree = node(
      "add",
      {},
      node("longconv", { modes: 4 }, W()),
      node("scan", {}, node("constant"), W()),
    );
    const named = readGenome((await repair(tree, "leak", "in LongConv: line 12"))!.genome)!;
    expect(families(named)).toEqual(["scan"]);
    const first = readGenome((await repair(tree, "leak", "", 0))!.genome)!;
    const second = readGenome((await repair(tree, "leak", "", 1))!.genome)!;
    expect([families(first), families(second)]).toEqual([["scan"], ["longconv"]]);
  });

  it("leaves alone what is opaque or no design's fault", async () => {
    expect(await repair(null, "numerical")).toBeNull();
    for (const kind of ["sandbox", "internal", "disk", "output", "duplicate", "interface"] as const)
      expect(await repair(seed("DeltaNet"), kind), kind).toBeNull();
  });

  it("gives up when nothing is left to remove", async () => {
    expect(await repair(node("conv", { kernel: 2, dilation: 1 }, x), "leak")).toBeNull();
  });
});

describe("the judge", () => {
  const gate = (name: string, value: number, limit: number): GateVerdict => ({
    name,
    ok: true,
    value,
    limit,
    detail: "",
    warning: false,
    kind: null,
  });
  const sound = [gate("causality", 1e-14, 1e-9), gate("parameters", 1, 2), gate("flops", 1, 2)];
  const score = (e: Experiment, visible: Experiment[] = []) =>
    judge.judge({ campaign: campaign(), experiment: e, visible }, signal);

  it("puts DeltaNet, as the first experiment, at 5 in every item", async () => {
    const j = await score(experiment(0, seed("DeltaNet"), 0, { gates: sound }));
    expect(j.by).toBe("heuristic");
    expect(Object.keys(j.items)).toEqual(["innovation", "simplicity", "cost", "correctness"]);
    for (const [item, value] of Object.entries(j.items)) expect(value, item).toBeCloseTo(5, 1);
    expect(j.score).toBeCloseTo(5, 1);
  });

  it("gives less to repeats, to size and to cost, and never looks at performance", async () => {
    const first = experiment(0, seed("DeltaNet"), 0, { gates: sound });
    const repeat = experiment(1, seed("DeltaNet"), 0, { gates: sound });
    const items = async (e: Experiment, visible: Experiment[] = []) => (await score(e, visible)).items;
    expect((await items(repeat, [first])).innovation).toBe(1);
    expect((await items(first, [first])).innovation).toBeCloseTo(5);
    const dear = experiment(2, seed("DeltaNet"), 0, {
      gates: [sound[0]!, gate("parameters", 1.9, 2), gate("flops", 1.9, 2)],
    });
    expect((await items(dear)).cost).toBeLessThan(2);
    expect((await items(experiment(3, seed("ShortConv"), 0, { gates: sound }))).simplicity).toBe(10);
    const odd = node(
      "window",
      { width: 8 },
      node("cummax", {}, x),
      node("scan", {}, node("constant"), x),
      node("shift", { steps: 2 }, x),
    );
    expect((await items(experiment(4, odd, 0, { gates: sound }))).innovation).toBeGreaterThan(5);
    expect(await score(experiment(5, odd, 0.9))).toEqual(await score(experiment(5, odd, -0.9)));
  });

  it("judges opaque code, unmeasured gates and an exact zero within 1 to 10", async () => {
    const opaque = await score(experiment(0, null));
    expect(opaque.note).toMatch(/Not measured, taken as 5: cost, correctness/);
    const exact = await score(experiment(1, seed("Hyena"), 0, { gates: [gate("prefix", 0, 1e-9)] }));
    expect(exact.items.correctness).toBe(10);
    for (const j of [opaque, exact]) {
      expect(j.score).toBeGreaterThanOrEqual(1);
      expect(j.score).toBeLessThanOrEqual(10);
    }
  });
});

describe("the analyst", () => {
  const baseline = { loss: { mean: 2.2, sd: 0.011, n: 5 }, benchmark: { mean: 0.4, sd: 0.02, n: 5 } };
  const parentTree = seed("DeltaNet");
  const childTree = replace(parentTree, [2], node("scan", {}, node("constant"), W()));
  const report = async (e: Experiment, parent: Experiment | null, siblings: Experiment[] = []) => {
    const context = {
      campaign: campaign(),
      experiment: e,
      score: e.scores.at(-1)!,
      parent,
      siblings,
      baseline,
    };
    const { text, cognition } = await analyst.analyse(context, signal);
    expect(cognition).toEqual([]);
    return text;
  };

  it("says what changed, by how much, and whether that is noise", async () => {
    const parent = experiment(0, parentTree, 0);
    const better = await report(experiment(1, childTree, 0.2), parent);
    expect(better).toContain("+0.200 (95 % +0.177 to +0.223): better beyond noise");
    expect(better).toContain("At delta.v: `silu(conv4(W x))` became `scan(σ(c); W x)`");
    expect(better).toContain("New operations: scan, constant.");
    expect(better).toContain("Against its parent E0: loss gain +0.200");
    const same = await report(experiment(2, childTree, 0.005), parent);
    expect(same).toContain("within noise");
    expect(same).toContain("None: nothing was measured beyond noise.");
    expect(await report(experiment(3, childTree, -0.2), parent)).toContain("worse beyond noise");
  });

  it("measures what an operation did among relatives, when there are enough", async () => {
    const parent = experiment(0, parentTree, 0);
    const child = experiment(9, childTree, 0.1);
    const withScan = [
      experiment(2, replace(childTree, [3], W()), 0.11),
      experiment(3, replace(childTree, [0], W()), 0.12),
    ];
    const without = [experiment(4, seed("Retention"), 0.01), experiment(5, seed("Hyena"), 0.02)];
    const text = await report(child, parent, [...withScan, ...without, child]);
    expect(text).toContain("Over 3 relatives with scan and 2 without, it changed the loss gain by +0.095");
    expect(text).toContain("- Keep scan, and try it elsewhere");
    expect(text).toContain("Among 4 siblings on this rung it ranks 3 of 5");
    expect(await report(child, parent, withScan)).toContain("Too few relatives");
  });

  it("handles no parent, no tree, no noise and numbers that are missing, without a NaN", async () => {
    const missing = rungScore(Number.NaN, {
      gainSe: Number.NaN,
      benchmarkGainSe: 0,
      freedom: { loss: 8, benchmark: 8 },
      z: { loss: Number.NaN, benchmark: Number.NaN },
    });
    const reports = [
      await report(experiment(0, parentTree, 0.1), null),
      await report(experiment(1, null, 0.1), experiment(0, parentTree)),
      await report(
        experiment(2, childTree, 0, { scores: [missing] }),
        experiment(0, parentTree, 0, { scores: [] }),
      ),
      await report(experiment(3, parentTree, 0), experiment(0, parentTree)),
    ];
    for (const text of reports) {
      expect(text).not.toMatch(/NaN|undefined|Infinity/);
      expect(text).toMatch(/^# E\d on rung screen\n/);
    }
    expect(reports[0]).toContain("no parent");
    expect(reports[1]).toContain("no tree");
    expect(reports[2]).toContain("was not scored on this rung");
    expect(reports[3]).toContain("equals that of its parent");
  });

  it("compares only experiments of the same rung", async () => {
    const elsewhere = experiment(4, childTree, 9, { scores: [rungScore(9, { rung: "confirm" })] });
    expect(await report(experiment(1, childTree, 0.1), null, [elsewhere])).toContain("No sibling was scored");
    expect(effects([elsewhere, elsewhere], "screen", ["scan"])).toEqual([]);
  });

  it("finds the smallest subtree that holds every change", () => {
    expect(difference(parentTree, parentTree)).toBeNull();
    const both = replace(childTree, [3], W());
    expect(difference(parentTree, both)!.where).toBe("the root");
    expect(difference(parentTree, replace(parentTree, [2, 0, 0], x))!.where).toBe(
      "delta.v → act.in → conv.in",
    );
  });
});
