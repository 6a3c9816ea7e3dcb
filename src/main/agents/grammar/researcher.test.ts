import { describe, expect, it } from "vitest";
import type { Experiment, Proposal } from "../../../shared/domain.ts";
import { emit } from "./emit.ts";
import { elites } from "./islands.ts";
import { objection } from "./measure.ts";
import { exactNovelty } from "./novelty.ts";
import { normalise } from "./python.ts";
import { grammarResearcher, randomResearcher } from "./researcher.ts";
import { node, SEEDS } from "./seeds.ts";
import { archived, campaign, context, rungScore, signal, uuid } from "./testing.ts";
import { canonical, readGenome } from "./tree.ts";

/** A campaign of `count` experiments whose gains are made up: proposal k sees all before it. */
async function history(seed: number, count: number, researcher = grammarResearcher): Promise<Experiment[]> {
  const c = campaign(seed);
  const visible: Experiment[] = [];
  for (let i = 0; i < count; i++) {
    const p = await researcher.propose(context(c, i, visible), signal);
    visible.push(archived(i, p, (((i * 37) % 101) - 50) / 1000));
  }
  return visible;
}

const trees = (experiments: readonly { genome?: unknown }[]) =>
  experiments.map((e) => canonical(readGenome(e.genome)!));

describe("the grammar researcher", () => {
  it("is a pure function of seed, index, attempt and context", async () => {
    const visible = await history(1, 12);
    for (const attempt of [0, 1]) {
      const of = (seed: number): Promise<Proposal> =>
        grammarResearcher.propose(context(campaign(seed), 12, visible, attempt), signal);
      expect(await of(1)).toEqual(await of(1));
      expect(await of(1)).not.toEqual(await of(2));
    }
    const again = (attempt: number) =>
      grammarResearcher.propose(context(campaign(1), 12, visible, attempt), signal);
    expect((await again(0)).code).not.toBe((await again(1)).code);
  });

  it("starts with the known designs, each once, in the campaign's own order", async () => {
    const c = campaign(5, SEEDS.length);
    const first: Proposal[] = [];
    for (let i = 0; i < SEEDS.length; i++)
      first.push(await grammarResearcher.propose(context(c, i, []), signal));
    expect(first.map((p) => p.name).sort()).toEqual(SEEDS.map((s) => s.name).sort());
    expect(first.every((p) => p.provenance.how === "seed" && p.parentId === null)).toBe(true);
    const other = await grammarResearcher.propose(context(campaign(6, SEEDS.length), 0, []), signal);
    const another = await grammarResearcher.propose(context(campaign(7, SEEDS.length), 0, []), signal);
    expect(new Set([first[0]!.name, other.name, another.name]).size).toBeGreaterThan(1);
  });

  it("goes on in a long cold start with mutated designs and random trees", async () => {
    const c = campaign(5, 100);
    const later = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        grammarResearcher.propose(context(c, SEEDS.length + i, []), signal),
      ),
    );
    const how = new Set(later.map((p) => p.provenance.how));
    expect(how).toEqual(new Set(["mutation", "random"]));
    for (const p of later.filter((q) => q.provenance.how === "mutation")) {
      expect(p.parentId).toBeNull();
      expect(p.motivation).toMatch(/^Mutation of the known design \w+: /);
    }
    // Where a known design's experiment is visible, it is the parent.
    const tried = SEEDS.map((s, i) => archived(i, { ...later[0]!, name: s.name, genome: s.tree }, 0));
    const of = (i: number) => grammarResearcher.propose(context(c, SEEDS.length + i, tried), signal);
    const mutants = (await Promise.all(later.map((_, i) => of(i)))).filter(
      (p) => p.provenance.how === "mutation",
    );
    expect(mutants.length).toBeGreaterThan(5);
    for (const p of mutants) expect(tried.find((e) => e.id === p.parentId)!.name).toBe(p.provenance.parent);
  });

  it("never repeats a visible tree, stays within the limits, and tells how it was built", async () => {
    const made = await history(3, 120);
    expect(new Set(trees(made)).size).toBe(made.length);
    expect(new Set(made.map((e) => e.name)).size).toBe(made.length);
    const ids = new Map(made.map((e) => [e.id, e]));
    for (const e of made) {
      const tree = readGenome(e.genome)!;
      expect(objection(tree, campaign().protocol)).toBeNull();
      expect(e.code).toBe(emit(tree, e.name));
      if (e.parentId === null) continue;
      const parent = ids.get(e.parentId)!;
      expect(parent.index).toBeLessThan(e.index);
      expect(e.motivation).toContain(parent.name);
      expect(e.provenance.parent).toBe(parent.name);
    }
    const how = made.slice(4).map((e) => e.provenance.how);
    expect(how).toContain("mutation");
    expect(how).toContain("crossover");
    expect(made.filter((e) => e.parentId !== null).length).toBeGreaterThan(90);
    for (const e of made.filter((m) => m.provenance.how === "crossover"))
      expect(e.provenance.donor).not.toBeNull();
  });

  it("falls back to what has a tree when the parent is opaque code", async () => {
    const visible = await history(1, 8);
    const opaque = archived(50, { ...visible[0]!, genome: null } as Proposal, 0.9, { name: "Opaque" });
    for (let i = 8; i < 30; i++) {
      const given = { ...context(campaign(1), i, [...visible, opaque]), parent: opaque };
      expect((await grammarResearcher.propose(given, signal)).parentId).not.toBe(opaque.id);
    }
    const alone = { ...context(campaign(1), 9, [opaque]), parent: opaque };
    const p = await grammarResearcher.propose(alone, signal);
    expect(p.parentId).toBeNull();
    expect(readGenome(p.genome)).not.toBeNull();
  });

  it("says what to do when the limits leave no room", async () => {
    const c = campaign();
    c.protocol = { ...c.protocol, limits: { ...c.protocol.limits, params: 0.01 } };
    await expect(grammarResearcher.propose(context(c, 0, []), signal)).rejects.toThrow(/Raise limits/);
    await expect(randomResearcher.propose(context(c, 0, []), signal)).rejects.toThrow(/Raise limits/);
  });

  it("stops when asked", async () => {
    await expect(
      grammarResearcher.propose(context(campaign(), 0, []), AbortSignal.abort()),
    ).rejects.toThrow();
  });
});

describe("islands with MAP-Elites", () => {
  const proposal = (tree: Experiment["genome"]) =>
    ({
      name: "P",
      motivation: "",
      code: "",
      genome: tree,
      parentId: null,
      referenceIds: [],
      provenance: {},
    }) as Proposal;
  const conv = (kernel: number) => node("conv", { kernel, dilation: 1 }, node("x"));

  it("keeps the best of each island and cell, deeper rungs first", () => {
    const c = campaign(); // three islands
    const low = archived(0, proposal(conv(2)), 0.01);
    const high = archived(3, proposal(conv(3)), 0.05);
    const deep = archived(6, proposal(conv(4)), 0, {
      scores: [rungScore(0.02), rungScore(-0.2, { rung: "confirm" })],
    });
    const elsewhere = archived(1, proposal(conv(6)), -0.3);
    const failed = archived(9, proposal(conv(8)), 0.9, { status: "failed" });
    const opaque = archived(12, proposal(null), 0.9);
    const ids = (list: Experiment[]) => elites(list, c).map((e) => e.experiment.id);
    expect(ids([low, high])).toEqual([high.id]);
    expect(ids([low, high, deep, elsewhere, failed, opaque])).toEqual([deep.id, elsewhere.id]);
    expect(ids([opaque, failed, elsewhere, deep, high, low])).toEqual([deep.id, elsewhere.id]);
  });
});

describe("the random researcher", () => {
  it("ignores results, and repeats nothing", async () => {
    const made = await history(4, 40, randomResearcher);
    expect(new Set(trees(made)).size).toBe(made.length);
    const reversed = made.map((e) => ({ ...e, scores: [rungScore(-e.scores[0]!.gain)] }));
    const of = (visible: Experiment[]) => randomResearcher.propose(context(campaign(4), 40, visible), signal);
    expect(await of(made)).toEqual(await of(reversed));
    expect((await of(made)).provenance.how).toBe("random");
    expect((await of(made)).parentId).toBeNull();
  });
});

describe("novelty", () => {
  const code = `"""Doc."""
import torch

class Mixer(torch.nn.Module):
    """Another."""
    def __init__(self, hidden_size):
        super().__init__()
        self.proj = torch.nn.Linear(hidden_size, hidden_size)  # a comment

    def forward(self, x):
        y = self.proj(x)
        return y, None, None
`;
  const same = `import torch
class Mixer(torch.nn.Module):
  def __init__(self, hidden_size):
    super().__init__()

    self.inner = torch.nn.Linear(
        hidden_size,
        hidden_size,
    )
  def forward(self, x):
    'Says "#" what.'
    out = self.inner(x)
    return out, None, None`;

  it("sees through comments, docstrings, layout and names", () => {
    expect(normalise(same)).toBe(normalise(code));
  });

  it.each([
    ["another constant", code.replace("None, None", "None, 1")],
    [
      "another indentation",
      code.replace("        return", "            return").replace("y = self", "if x: y = self"),
    ],
    ["a string that looks like a comment", code.replace("y = self.proj(x)", 'y = self.proj(x, "# a")')],
    ["swapped variables", code.replace("return y,", "return x,")],
    ["another function of torch", code.replace("nn.Linear", "nn.Bilinear")],
  ])("tells apart %s", (_, other) => {
    expect(normalise(other)).not.toBe(normalise(code));
  });

  it("finds equal trees whatever the order of commutative arguments, and equal code without trees", async () => {
    const [a, b] = [node("cummean", {}, node("x")), node("shift", { steps: 1 }, node("x"))];
    const make = (genome: unknown, text: string, name: string): Proposal => ({
      name,
      motivation: "",
      code: text,
      genome,
      parentId: null,
      referenceIds: [],
      provenance: {},
    });
    const known = [
      archived(0, make(node("add", {}, a, b), "x = 1", "First"), 0),
      archived(1, make(null, code, "Second"), 0, { status: "failed" }),
    ];
    const check = (p: Proposal) => exactNovelty.check(p, known, signal);
    expect(await check(make(node("add", {}, b, a), "y = 2", "New"))).toMatchObject({
      novel: false,
      repeats: "First",
    });
    expect(await check(make(null, same, "New"))).toMatchObject({ novel: false, repeats: "Second" });
    expect(await check(make(node("mul", {}, b, a), "z = 3", "New"))).toEqual({ novel: true });
    expect(known[0]!.id).toBe(uuid(0));
  });
});
