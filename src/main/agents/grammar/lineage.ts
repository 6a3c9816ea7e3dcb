/** What a tree changed against its parent, and what such changes did among relatives: a quasi-ablation. */
import type { Experiment, RungScore } from "../../../shared/domain.ts";
import { formula } from "./emit.ts";
import { PRODUCTIONS } from "./productions.ts";
import { canonical, type Node, readGenome, walk } from "./tree.ts";

export interface Difference {
  /** Slots from the root to the smallest subtree that holds every change. */
  where: string;
  before: Node;
  after: Node;
}

/** The smallest pair of subtrees that holds all that differs; null for equal trees. */
export function difference(parent: Node, child: Node): Difference | null {
  if (canonical(parent) === canonical(child)) return null;
  let [before, after] = [parent, child];
  const where: string[] = [];
  for (;;) {
    const same = before.op === after.op && JSON.stringify(before.params) === JSON.stringify(after.params);
    const differing = same
      ? before.args.flatMap((a, i) => (canonical(a) === canonical(after.args[i]!) ? [] : [i]))
      : [];
    if (differing.length !== 1) break;
    const i = differing[0]!;
    where.push(`${before.op}.${PRODUCTIONS[before.op].slots[i]!.name}`);
    [before, after] = [before.args[i]!, after.args[i]!];
  }
  return { where: where.length ? where.join(" → ") : "the root", before, after };
}

/** Formula of a subtree, without the output projection. */
export const subformula = (n: Node): string => formula(n).slice("W_o ".length);

/** Names of the operations in a tree that the other lacks. */
export function extra(tree: Node, other: Node): string[] {
  const has = new Set([...walk(other)].map(({ node }) => node.op));
  return [...new Set([...walk(tree)].map(({ node }) => node.op))].filter((op) => op !== "x" && !has.has(op));
}

export interface Effect {
  op: string;
  /** Mean gain of relatives with the operation less that of those without, and its standard error. */
  effect: number;
  se: number;
  /** Degrees of freedom of the standard error (Welch 1947). */
  freedom: number;
  withIt: number;
  without: number;
}

const FEWEST = 2;

/** Effect of each operation over the relatives scored on a rung; only those with at least two on either side. */
export function effects(relatives: readonly Experiment[], rung: string, ops: readonly string[]): Effect[] {
  const rows = relatives.flatMap((e) => {
    const tree = readGenome(e.genome);
    const score = scoreOn(e, rung);
    return tree && score && Number.isFinite(score.gain)
      ? [{ ops: new Set<string>([...walk(tree)].map(({ node }) => node.op)), gain: score.gain }]
      : [];
  });
  return ops.flatMap((op) => {
    const [a, b] = [rows.filter((r) => r.ops.has(op)), rows.filter((r) => !r.ops.has(op))].map((g) =>
      g.map((r) => r.gain),
    );
    if (a!.length < FEWEST || b!.length < FEWEST) return [];
    const [va, vb] = [variance(a!) / a!.length, variance(b!) / b!.length];
    const se = Math.sqrt(va + vb);
    const freedom = se > 0 ? (va + vb) ** 2 / (va ** 2 / (a!.length - 1) + vb ** 2 / (b!.length - 1)) : 0;
    return [{ op, effect: mean(a!) - mean(b!), se, freedom, withIt: a!.length, without: b!.length }];
  });
}

export const scoreOn = (e: Experiment, rung: string): RungScore | undefined =>
  e.scores.find((s) => s.rung === rung);

export const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length;

/** Sample variance; 0 for fewer than two values. */
export const variance = (v: readonly number[]): number =>
  v.length < 2 ? 0 : v.reduce((sum, x) => sum + (x - mean(v)) ** 2, 0) / (v.length - 1);
