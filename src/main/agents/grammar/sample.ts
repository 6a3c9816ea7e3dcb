/** Random trees and random changes to trees. Every function is pure in its random stream. */
import type { Random } from "../../../shared/random.ts";
import type { Type } from "./production.ts";
import { type Op, opsOf, PRODUCTIONS } from "./productions.ts";
import { accepted, at, type Node, type Path, replace, typeOf, walk } from "./tree.ts";

function weighted(ops: readonly Op[], rng: Random): Op {
  const total = ops.reduce((sum, op) => sum + PRODUCTIONS[op].weight, 0);
  let left = rng.next() * total;
  for (const op of ops) {
    left -= PRODUCTIONS[op].weight;
    if (left < 0) return op;
  }
  return ops.at(-1)!;
}

const randomParams = (op: Op, rng: Random): Node["params"] =>
  Object.fromEntries(
    Object.entries(PRODUCTIONS[op].params).map(([name, choices]) => [name, rng.pick(choices)]),
  );

const INPUT: Node = { op: "x", params: {}, args: [] };

/** A random tree of one of the given types, at most `depth` operations deep below this one. */
export function sample(types: readonly Type[], depth: number, rng: Random): Node {
  // At the bottom a signal is the input, or a projection of it.
  if (depth <= 0 && types.includes("signal") && rng.next() < 0.5)
    return { op: "linear", params: {}, args: [INPUT] };
  const ops = opsOf(types);
  const leaves = ops.filter((op) => PRODUCTIONS[op].slots.length === 0);
  // A gate or a decay of the input is better than one that ignores it: leaves stop signals only.
  const stop = depth <= 0 ? leaves.length > 0 : types.includes("signal") && rng.next() < 0.12;
  const op = weighted(stop ? leaves : depth <= 0 ? ops : ops.filter((o) => o !== "x"), rng);
  const args = PRODUCTIONS[op].slots.map((slot) => sample(slot.types, depth - 1, rng));
  return { op, params: randomParams(op, rng), args };
}

/** A random mixer: a signal of random depth from 2 to 5. */
export const randomTree = (rng: Random): Node => sample(["signal"], 2 + rng.int(4), rng);

export const MUTATIONS = ["subtree", "operation", "setting", "insert", "delete"] as const;
export type Mutation = (typeof MUTATIONS)[number];

export interface Change {
  tree: Node;
  path: Path;
  /** What was done, as a phrase for the motivation. */
  what: string;
}

const describe = (node: Node): string => {
  const settings = Object.entries(node.params).map(([name, value]) => `${name} ${value}`);
  return settings.length ? `${node.op} (${settings.join(", ")})` : node.op;
};

const fits = (node: Node, types: readonly Type[]): boolean => types.includes(typeOf(node));

/** A new node of `op` that takes over what it can of the arguments it is given. */
function adopt(op: Op, args: readonly Node[], rng: Random): Node {
  const left = [...args];
  const children = PRODUCTIONS[op].slots.map((slot) => {
    const i = left.findIndex((a) => fits(a, slot.types));
    return i < 0 ? sample(slot.types, 1, rng) : left.splice(i, 1)[0]!;
  });
  return { op, params: randomParams(op, rng), args: children };
}

const changes: Record<Mutation, (root: Node, path: Path, rng: Random) => Omit<Change, "path"> | null> = {
  subtree(root, path, rng) {
    const by = sample(accepted(root, path), 1 + rng.int(3), rng);
    return {
      tree: replace(root, path, by),
      what: `replaced ${describe(at(root, path))} by a new ${describe(by)}`,
    };
  },
  operation(root, path, rng) {
    const old = at(root, path);
    const others = opsOf(accepted(root, path)).filter(
      (op) => op !== old.op && PRODUCTIONS[op].slots.length > 0,
    );
    if (others.length === 0 || old.args.length === 0) return null;
    const by = adopt(weighted(others, rng), old.args, rng);
    return {
      tree: replace(root, path, by),
      what: `changed ${describe(old)} into ${describe(by)}, keeping its inputs`,
    };
  },
  setting(root, path, rng) {
    const old = at(root, path);
    const settings = Object.entries(PRODUCTIONS[old.op].params).filter(([, choices]) => choices.length > 1);
    if (settings.length === 0) return null;
    const [name, choices] = rng.pick(settings);
    const i = choices.indexOf(old.params[name]!);
    const neighbours = [choices[i - 1], choices[i + 1]].filter((c) => c !== undefined);
    const value = rng.pick(neighbours);
    return {
      tree: replace(root, path, { ...old, params: { ...old.params, [name]: value } }),
      what: `set the ${name} of ${old.op} from ${old.params[name]} to ${value}`,
    };
  },
  insert(root, path, rng) {
    const old = at(root, path);
    const above = opsOf(accepted(root, path)).filter((op) =>
      PRODUCTIONS[op].slots.some((slot) => fits(old, slot.types)),
    );
    if (above.length === 0) return null;
    const by = adopt(weighted(above, rng), [old], rng);
    return { tree: replace(root, path, by), what: `put ${describe(by)} above ${describe(old)}` };
  },
  delete(root, path, rng) {
    const old = at(root, path);
    const heirs = old.args.filter((a) => fits(a, accepted(root, path)));
    if (heirs.length === 0) return null;
    const by = rng.pick(heirs);
    return {
      tree: replace(root, path, by),
      what: `removed ${describe(old)} and kept its input ${describe(by)}`,
    };
  },
};

/** A random place in the tree; `x` is rarely worth a change, so that it is drawn half as often. */
function place(root: Node, rng: Random): Path {
  const paths = [...walk(root)].flatMap(({ node, path }) => (node.op === "x" ? [path] : [path, path]));
  return rng.pick(paths);
}

/** One random change somewhere in the tree, or null when the draw does not fit the place. */
export function mutate(root: Node, rng: Random): Change | null {
  const path = place(root, rng);
  const change = changes[rng.pick(MUTATIONS)](root, path, rng);
  return change && { ...change, path };
}

/** The tree with one subtree replaced by one of a type that fits, out of the donor; null when there is none. */
export function crossover(root: Node, donor: Node, rng: Random): Change | null {
  const path = place(root, rng);
  const types = accepted(root, path);
  const given = [...walk(donor)].map(({ node }) => node).filter((n) => n.op !== "x" && fits(n, types));
  if (given.length === 0) return null;
  const by = rng.pick(given);
  return {
    tree: replace(root, path, by),
    path,
    what: `replaced ${describe(at(root, path))} by ${describe(by)} of the donor`,
  };
}
