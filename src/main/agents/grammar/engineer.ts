/**
 * The built-in engineer: for a grammar candidate it proposes a neighbouring tree without the part that is suspected, or
 * nothing. Opaque code, and failures that are not the candidate's design, have no mechanical repair.
 */

import type { Failure } from "../../../shared/job.ts";
import type { Protocol } from "../../../shared/protocol.ts";
import type { Engineer } from "../../interfaces.ts";
import { emit } from "./emit.ts";
import { cost, dimsOf, objection } from "./measure.ts";
import { type Op, PRODUCTIONS } from "./productions.ts";
import { node } from "./seeds.ts";
import { canonical, type Node, readGenome, replace, simplify, typeOf, walk } from "./tree.ts";

/** One edit of one node: what it becomes (null: does not apply) and what was done. */
interface Edit {
  what: string;
  apply: (n: Node) => Node | null;
}

const edit = (what: string, op: Op, apply: (n: Node) => Node | null): Edit => ({
  what,
  apply: (n) => (n.op === op ? apply(n) : null),
});

const set = (n: Node, name: string, value: number | string): Node | null =>
  n.params[name] === value ? null : { ...n, params: { ...n.params, [name]: value } };

/** The setting's neighbour, one step down or up its list of choices. */
function step(n: Node, name: string, by: -1 | 1): Node | null {
  const choices = PRODUCTIONS[n.op].params[name]!;
  const value = choices[choices.indexOf(n.params[name]!) + by];
  return value === undefined ? null : set(n, name, value);
}

const scanOf = (v: Node): Node => node("scan", {}, node("constant"), v);

/** Most suspicious first. */
const NUMERICAL: readonly Edit[] = [
  edit("replaced a squared ReLU by tanh, which is bounded", "act", (n) =>
    n.params.fn === "relu2" ? set(n, "fn", "tanh") : null,
  ),
  edit("normed both factors of a product", "mul", (n) =>
    n.args.every((a) => a.op === "norm")
      ? null
      : { ...n, args: n.args.map((a) => node("norm", { over: "token" }, a)) },
  ),
  edit("gave the queries and keys of linear attention unit length", "linattn", (n) =>
    set(n, "feature", "l2"),
  ),
  edit("bounded β of the delta rule by 1", "delta", (n) => set(n, "range", 1)),
  edit("replaced the decay of each channel by one of each head", "channelDecay", (n) => ({
    ...n,
    op: "headDecay",
  })),
  edit("normed the values of a scan", "scan", (n) =>
    n.args[1]!.op === "norm"
      ? null
      : { ...n, args: [n.args[0]!, node("norm", { over: "token" }, n.args[1]!)] },
  ),
  edit("replaced a long convolution by a scan", "longconv", (n) => scanOf(n.args[0]!)),
  edit("replaced a delta rule by linear attention with a fixed decay", "delta", (n) =>
    node("linattn", { feature: "l2" }, n.args[0]!, n.args[1]!, n.args[2]!, node("fixedDecay")),
  ),
];

/** The next cheaper way of mixing, most expensive first. */
const SLOW: readonly Edit[] = [
  edit("replaced a delta rule by linear attention with a fixed decay", "delta", (n) =>
    node("linattn", { feature: "l2" }, n.args[0]!, n.args[1]!, n.args[2]!, node("fixedDecay")),
  ),
  edit("replaced linear attention by a scan over its values", "linattn", (n) => scanOf(n.args[2]!)),
  edit("replaced window attention by a short convolution of its values", "window", (n) =>
    node("conv", { kernel: 4, dilation: 1 }, n.args[2]!),
  ),
  edit("replaced a long convolution by a scan", "longconv", (n) => scanOf(n.args[0]!)),
  edit("replaced a cumulative maximum by a cumulative mean", "cummax", (n) => ({ ...n, op: "cummean" })),
  edit("replaced a scan by a short convolution", "scan", (n) =>
    node("conv", { kernel: 4, dilation: 1 }, n.args[1]!),
  ),
];

const MEMORY: readonly Edit[] = [
  edit("halved the width of a window", "window", (n) => step(n, "width", -1)),
  edit("halved the modes of a long convolution", "longconv", (n) => step(n, "modes", -1)),
  ...SLOW,
];

const SIZE: readonly Edit[] = [
  edit("halved the rank of a projection", "lowrank", (n) => step(n, "divisor", 1)),
  edit("gave a projection rank D / 4", "linear", (n) => node("lowrank", { divisor: 4 }, n.args[0]!)),
  edit("halved the modes of a long convolution", "longconv", (n) => step(n, "modes", -1)),
  edit("halved the width of a window", "window", (n) => step(n, "width", -1)),
  edit("shortened a convolution", "conv", (n) => step(n, "kernel", -1)),
  ...SLOW,
];

interface Repair {
  tree: Node;
  what: string;
}

/** Every tree that one edit at one place gives, in the order of the edits, then of the tree. */
function neighbours(tree: Node, edits: readonly Edit[]): Repair[] {
  const nodes = [...walk(tree)];
  return edits.flatMap(({ what, apply }) =>
    nodes.flatMap(({ node: n, path }) => {
      const by = apply(n);
      return by === null ? [] : [{ tree: simplify(replace(tree, path, by)), what }];
    }),
  );
}

/** Shrinks step by step, each time by the edit that saves most, until the estimate is well below the limits. */
function shrink(tree: Node, protocol: Protocol): Repair | null {
  const dims = dimsOf(protocol);
  const weight = (t: Node) => cost(t, dims).params / dims.d ** 2 + cost(t, dims).flops / (2 * dims.d ** 2);
  const goal = 0.9 * weight(tree);
  const done: string[] = [];
  let best = tree;
  while (weight(best) > goal || objection(best, protocol) !== null) {
    const next = neighbours(best, SIZE).toSorted((a, b) => weight(a.tree) - weight(b.tree))[0];
    if (!next || weight(next.tree) >= weight(best)) return null;
    best = next.tree;
    done.push(next.what);
  }
  return done.length > 0 ? { tree: best, what: done.join(", then ") } : null;
}

/** The tree without one mixing operation, its place taken by its last signal: the values, where it has some. */
function drop(tree: Node, path: readonly number[], n: Node): Node | null {
  const heir = n.args.findLast((a) => typeOf(a) === "signal");
  const value = n.op === "delta" || n.op === "linattn" || n.op === "window" ? n.args[2] : heir;
  return value ? replace(tree, path, value) : null;
}

/** Leaks: without the operation that the failure names, else without one half of the mixing operations, then the other. */
function withoutLeak(tree: Node, failure: Failure, attempt: number): Repair[] {
  const mixing = [...walk(tree)].filter(({ node: n }) => PRODUCTIONS[n.op].mixes !== null);
  const text = `${failure.message} ${failure.detail}`;
  const named = mixing.filter(({ node: n }) =>
    new RegExp(`\\b${n.op}\\b|\\b${PRODUCTIONS[n.op].word}\\b`).test(text),
  );
  const half = Math.ceil(mixing.length / 2);
  const halves = [mixing.slice(0, half), mixing.slice(half)];
  if (attempt % 2 === 1) halves.reverse();
  return [named, ...halves]
    .filter((group) => group.length > 0)
    .flatMap((group) => {
      // Deepest first, so that the paths of the others stay valid.
      let left: Node | null = tree;
      for (const { node: n, path } of group.toReversed())
        left = left && drop(left, path, atPath(left, path) ?? n);
      const what = `removed ${group.map(({ node: n }) => n.op).join(", ")}, suspected of the leak`;
      return left ? [{ tree: simplify(left), what }] : [];
    });
}

function atPath(tree: Node, path: readonly number[]): Node | undefined {
  return path.reduce<Node | undefined>((n, i) => n?.args[i], tree);
}

/** Neighbouring trees worth trying, best first. */
function repairs(tree: Node, failure: Failure, attempt: number, protocol: Protocol): Repair[] {
  switch (failure.kind) {
    case "numerical":
    case "divergence":
      return [
        ...neighbours(tree, NUMERICAL),
        { tree: simplify(node("norm", { over: "token" }, tree)), what: "normed the output" },
      ];
    case "slow":
    case "timeout":
      return neighbours(tree, SLOW);
    case "memory":
      return neighbours(tree, MEMORY);
    case "size": {
      const smaller = shrink(tree, protocol);
      return smaller ? [smaller] : [];
    }
    case "leak":
      return withoutLeak(tree, failure, attempt);
    default: // interface, sandbox, disk, output, duplicate, internal: no tree is at fault
      return [];
  }
}

export const grammarEngineer: Engineer = {
  async repair({ campaign, experiment, failure, attempt }, signal) {
    signal.throwIfAborted();
    const tree = readGenome(experiment.genome);
    if (tree === null) return null;
    const before = canonical(simplify(tree));
    const found = repairs(tree, failure, attempt, campaign.protocol).find(
      (r) => canonical(r.tree) !== before && objection(r.tree, campaign.protocol) === null,
    );
    if (!found) return null;
    return {
      code: emit(found.tree, experiment.name),
      genome: found.tree,
      what: `After a failure (${failure.kind}): ${found.what}.`,
    };
  },
};
