/**
 * The built-in judge: a rubric over what was measured. No model reads the code, so it says "heuristic".
 *
 * Four items from 1 to 10, DeltaNet (as a campaign's first experiment) at about 5 in each:
 * - innovation (.35): ten times the mean distance to the nearest known design and to the nearest visible experiment.
 *   The distance is 1 − the Dice overlap of the (operation, input) pairs of the trees, or of token triples of the code.
 * - simplicity (.25): 5 at DeltaNet's number of tree nodes and lines of code, 10 at half, 1 at 1.7 times that.
 * - cost (.25): the same for parameters and FLOPs a token.
 * - correctness (.15): decades between the worst exactness gate and its limit, less 1 for each warning.
 *
 * ASI-Arch's second anchor, Gated DeltaNet = 10, comes from a model that knows the design's reputation. A rubric that
 * gave it 10 would reward mechanisms by name, so it is left out; performance is scored by the other parts of the fitness.
 */
import type { Experiment } from "../../../shared/domain.ts";
import type { Judge } from "../../interfaces.ts";
import { emit } from "./emit.ts";
import { dimsOf, relativeCost } from "./measure.ts";
import { normalise } from "./python.ts";
import { SEEDS } from "./seeds.ts";
import { type Node, readGenome, sizeOf, walk } from "./tree.ts";

const WEIGHTS = { innovation: 0.35, simplicity: 0.25, cost: 0.25, correctness: 0.15 };
/** Gates whose value is an error that would be zero in exact arithmetic. */
const EXACTNESS = ["causality", "prefix", "batch", "determinism"];

const clip = (v: number): number => Math.min(10, Math.max(1, v));

/** 5 at ratio 1, 10 at a half, falling by 5 with each doubling. */
const byRatio = (ratio: number): number => clip(5 - 5 * Math.log2(Math.max(ratio, 1e-3)));

function pairs(tree: Node): string[] {
  const label = (n: Node) => `${n.op}${Object.values(n.params).join(",")}`;
  return [...walk(tree)].flatMap(({ node: n }) => [
    label(n),
    ...n.args.map((a, i) => `${n.op}.${i}=${a.op}`),
  ]);
}

function triples(code: string): string[] {
  const tokens = normalise(code).split(" ");
  return tokens.slice(2).map((t, i) => `${tokens[i]} ${tokens[i + 1]} ${t}`);
}

/** 1 − Dice overlap of two bags. */
function distance(a: readonly string[], b: readonly string[]): number {
  if (a.length + b.length === 0) return 0;
  const left = new Map<string, number>();
  for (const item of a) left.set(item, (left.get(item) ?? 0) + 1);
  let shared = 0;
  for (const item of b) {
    const n = left.get(item) ?? 0;
    if (n > 0) {
      shared++;
      left.set(item, n - 1);
    }
  }
  return 1 - (2 * shared) / (a.length + b.length);
}

const nearest = (of: readonly string[], others: readonly string[][]): number =>
  others.reduce((least, other) => Math.min(least, distance(of, other)), 1);

function innovation(experiment: Experiment, visible: readonly Experiment[]): number {
  const others = visible.filter((e) => e.id !== experiment.id);
  const tree = readGenome(experiment.genome);
  if (tree !== null) {
    const known = SEEDS.map((s) => pairs(s.tree));
    const seen = others.flatMap((e) => {
      const t = readGenome(e.genome);
      return t ? [pairs(t)] : [];
    });
    return clip(5 * (nearest(pairs(tree), known) + nearest(pairs(tree), seen)));
  }
  const mine = triples(experiment.code);
  const known = SEEDS.map((s) => triples(emit(s.tree, s.name)));
  return clip(
    5 *
      (nearest(mine, known) +
        nearest(
          mine,
          others.map((e) => triples(e.code)),
        )),
  );
}

const lines = (code: string): number => normalise(code).split("\n").length;

function simplicity(experiment: Experiment): number {
  const reference = SEEDS.find((s) => s.name === "DeltaNet")!.tree;
  const tree = readGenome(experiment.genome);
  const byLines = lines(experiment.code) / lines(emit(reference, "DeltaNet"));
  const byNodes = tree ? sizeOf(tree) / sizeOf(reference) : byLines;
  return byRatio(Math.sqrt(byLines * byNodes));
}

/** Parameters and FLOPs against the baseline: as the gates measured them, else as estimated from the tree; null without both. */
function costRatio(experiment: Experiment, dims: ReturnType<typeof dimsOf>): number | null {
  const gate = (name: string) => experiment.gates.find((g) => g.name === name)?.value ?? null;
  const [params, flops] = [gate("parameters"), gate("flops")];
  if (params !== null && flops !== null) return Math.sqrt(params * flops);
  const tree = readGenome(experiment.genome);
  if (tree === null) return null;
  const c = relativeCost(tree, dims);
  return Math.sqrt(c.params * c.flops);
}

function correctness(experiment: Experiment): number | null {
  const exact = experiment.gates.filter(
    (g) => EXACTNESS.includes(g.name) && g.value !== null && g.limit !== null,
  );
  if (exact.length === 0) return null;
  const decades = exact.map((g) => Math.log10(g.limit! / Math.max(g.value!, g.limit! * 1e-10)));
  return clip(Math.min(...decades) - experiment.gates.filter((g) => g.warning).length);
}

export const heuristicJudge: Judge = {
  async judge({ campaign, experiment, visible }, signal) {
    signal.throwIfAborted();
    const ratio = costRatio(experiment, dimsOf(campaign.protocol));
    const measured = {
      innovation: innovation(experiment, visible),
      simplicity: simplicity(experiment),
      cost: ratio === null ? null : byRatio(ratio),
      correctness: correctness(experiment),
    };
    const items = Object.fromEntries(
      Object.entries(measured).map(([name, v]) => [name, Math.round((v ?? 5) * 100) / 100]),
    );
    const missing = Object.entries(measured).flatMap(([name, v]) => (v === null ? [name] : []));
    const score = Object.entries(WEIGHTS).reduce((sum, [name, w]) => sum + w * items[name]!, 0);
    const note = [
      "Rubric over tree and gates; no model read the code.",
      ratio === null
        ? ""
        : `Costs ${ratio.toFixed(2)} × the baseline (geometric mean of parameters and FLOPs).`,
      missing.length ? `Not measured, taken as 5: ${missing.join(", ")}.` : "",
    ];
    const said = note.filter((t) => t).join(" ");
    return { score: clip(score), items, note: said, by: "heuristic", samples: 1, sd: 0 };
  },
};
