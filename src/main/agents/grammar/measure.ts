/** Pure measures of a tree: cost, growth, family, and whether it is allowed under a protocol. */
import type { Protocol } from "../../../shared/protocol.ts";
import { type Dims, FAMILIES, type Family } from "./production.ts";
import { PRODUCTIONS } from "./productions.ts";
import { SEEDS } from "./seeds.ts";
import { depthOf, type Node, sizeOf, walk } from "./tree.ts";

export interface Cost {
  /** Learned parameters of one mixer, output projection included. Exact. */
  params: number;
  /** FLOPs, forward, a token, as the gates count them; within about 10 % (bench.ts). */
  flops: number;
  /** Relative time of a training step of the mixer on one core; the unit is a D × D projection. */
  time: number;
}

export function cost(tree: Node, dims: Dims): Cost {
  const total = { params: dims.d ** 2, flops: 2 * dims.d ** 2 + dims.d, time: 1 };
  for (const { node } of walk(tree)) {
    const p = PRODUCTIONS[node.op];
    total.params += p.size(dims, node.params);
    total.flops += p.flops(dims, node.params) + dims.d * p.pointwise;
    total.time += p.time;
  }
  return total;
}

export const dimsOf = (protocol: Protocol): Dims => ({
  d: protocol.model.hiddenSize,
  heads: protocol.model.numHeads,
});

const DELTA_NET = SEEDS.find((s) => s.name === "DeltaNet")!.tree;

/**
 * FLOPs of the trainer's DeltaNet against those of the tree DeltaNet. Its kernel, with a gradient by hand, dispatches
 * fewer operations: .77 was measured at D = 32, .84 at D = 64. Less than the smaller keeps candidates within the gates' limit.
 */
const BASELINE_FLOPS = 0.76;

/** Cost in units of the baseline's; FLOPs are never below what the gates measure by more than a few per cent. */
export function relativeCost(tree: Node, dims: Dims): Cost {
  const [c, b] = [cost(tree, dims), cost(DELTA_NET, dims)];
  return { params: c.params / b.params, flops: c.flops / (BASELINE_FLOPS * b.flops), time: c.time / b.time };
}

/** Degree in the input's scale: the output grows at most like scale^degree. */
export function degree(tree: Node): number {
  const args = tree.args.map(degree);
  return PRODUCTIONS[tree.op].degree(args, tree.params);
}

/** Largest degree anywhere in the tree: a norm above a cube does not keep the cube from overflowing. */
const worstDegree = (tree: Node): number => Math.max(...[...walk(tree)].map(({ node }) => degree(node)));

/** Families in the tree, strongest first. */
export function families(tree: Node): Family[] {
  const found = new Set([...walk(tree)].map(({ node }) => PRODUCTIONS[node.op].mixes));
  return FAMILIES.filter((f) => found.has(f)).reverse();
}

/** Cell of the MAP-Elites grid: strongest mixing family × parameters against the baseline. */
export function cell(tree: Node, dims: Dims): string {
  const c = relativeCost(tree, dims).params;
  return `${families(tree)[0] ?? "none"}/${c < 0.75 ? "small" : c <= 1.25 ? "equal" : "large"}`;
}

export const MAX_NODES = 40;
export const MAX_DEPTH = 12;
const MAX_DEGREE = 3;
/** A candidate should train about as fast as the baseline; the slowest allowed takes this multiple in its mixer. */
const MAX_TIME = 1.3;
/** Estimates stay this far below the gates' limits. */
const MARGIN = 0.95;

/** Why a tree may not be proposed under this protocol, or null when it may. */
export function objection(tree: Node, protocol: Protocol): string | null {
  if (families(tree).length === 0) return "it does not mix tokens";
  if (sizeOf(tree) > MAX_NODES) return `it has more than ${MAX_NODES} nodes`;
  if (depthOf(tree) > MAX_DEPTH) return `it is deeper than ${MAX_DEPTH}`;
  if (worstDegree(tree) > MAX_DEGREE)
    return `it grows faster than the input's scale to the power ${MAX_DEGREE}`;
  const c = relativeCost(tree, dimsOf(protocol));
  if (c.params > protocol.limits.params * MARGIN)
    return `it has ${c.params.toFixed(2)} × the baseline's parameters`;
  if (c.flops > protocol.limits.flops * MARGIN)
    return `it needs ${c.flops.toFixed(2)} × the baseline's FLOPs`;
  if (c.time > MAX_TIME) return `it takes about ${c.time.toFixed(2)} × the baseline's time`;
  return null;
}
