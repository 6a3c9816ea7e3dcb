/** Genomes: typed trees as plain JSON, and what can be done to them without knowing what an operation means. */
import { createHash } from "node:crypto";
import type { Type } from "./production.ts";
import { type Op, PRODUCTIONS } from "./productions.ts";

/** One operation. `params` are its settings (kernel, width …); `args` fill the slots of its production in order. */
export interface Node {
  op: Op;
  params: Record<string, number | string>;
  args: Node[];
}

/** Indices of arguments from the root down. */
export type Path = readonly number[];

export const typeOf = (node: Node): Type => PRODUCTIONS[node.op].type;

export const sizeOf = (node: Node): number => node.args.reduce((n, a) => n + sizeOf(a), 1);

export const depthOf = (node: Node): number => 1 + Math.max(0, ...node.args.map(depthOf));

/** Every node with its path, parents before children. */
export function* walk(node: Node, path: Path = []): Generator<{ node: Node; path: Path }> {
  yield { node, path };
  for (const [i, arg] of node.args.entries()) yield* walk(arg, [...path, i]);
}

export function at(node: Node, path: Path): Node {
  return path.reduce((n, i) => n.args[i]!, node);
}

/** A copy of the tree with the node at `path` replaced. */
export function replace(node: Node, path: Path, by: Node): Node {
  if (path.length === 0) return by;
  const [i, ...rest] = path;
  return { ...node, args: node.args.map((a, j) => (j === i ? replace(a, rest, by) : a)) };
}

/** Types that the slot at `path` accepts; the root is a signal. */
export function accepted(root: Node, path: Path): readonly Type[] {
  if (path.length === 0) return ["signal"];
  const parent = at(root, path.slice(0, -1));
  return PRODUCTIONS[parent.op].slots[path.at(-1)!]!.types;
}

/** The tree in an unknown value (an experiment's genome), or null when it holds none: opaque code has no tree. */
export function readGenome(value: unknown): Node | null {
  const read = (v: unknown, types: readonly Type[]): Node | null => {
    if (typeof v !== "object" || v === null) return null;
    const { op, params, args } = v as Partial<Node>;
    if (typeof op !== "string" || !Object.hasOwn(PRODUCTIONS, op)) return null;
    const production = PRODUCTIONS[op];
    if (!types.includes(production.type)) return null;
    if (!Array.isArray(args) || args.length !== production.slots.length) return null;
    if (typeof params !== "object" || params === null) return null;
    for (const [name, choices] of Object.entries(production.params))
      if (!(choices as readonly unknown[]).includes(params[name])) return null;
    const children = args.map((a, i) => read(a, production.slots[i]!.types));
    if (children.some((c) => c === null)) return null;
    const kept = Object.fromEntries(Object.keys(production.params).map((name) => [name, params[name]!]));
    return { op, params: kept, args: children as Node[] };
  };
  return read(value, ["signal"]);
}

/** Text that is equal for equal trees. Arguments of commutative operations are sorted. */
export function canonical(node: Node): string {
  const production = PRODUCTIONS[node.op];
  const settings = Object.keys(production.params).map((name) => node.params[name]);
  const args = node.args.map(canonical);
  if (production.commutative) args.sort();
  return `${node.op}${settings.length ? `[${settings.join(",")}]` : ""}${args.length ? `(${args.join(",")})` : ""}`;
}

export const treeHash = (node: Node): string =>
  createHash("sha256").update(canonical(node)).digest("hex").slice(0, 12);

const LINEAR_FAMILY: readonly Op[] = ["linear", "headwise", "scale"];

/** One pass of the rules below at one node whose arguments are already simple. */
function rewrite(node: Node): Node {
  const [a, b, c, d, e] = node.args;
  switch (node.op) {
    case "linear": // W W' x is some W'' x; the same for a block-diagonal or diagonal W'
      return a && LINEAR_FAMILY.includes(a.op) ? { ...node, args: a.args } : node;
    case "headwise":
    case "scale":
      if (a!.op === "linear") return a!;
      if (a!.op === "headwise") return a!;
      return a!.op === "scale" ? { ...node, args: a!.args } : node;
    case "headGate": // a projection to one number a head takes in the one before it
    case "headDecay":
      return LINEAR_FAMILY.includes(a!.op) ? { ...node, args: a!.args } : node;
    case "delta": // the same for β
      return LINEAR_FAMILY.includes(d!.op) ? { ...node, args: [a!, b!, c!, d!.args[0]!, e!] } : node;
    case "norm": // a norm has its own gain; the kinds agree up to it
      if (a!.op === "norm" || a!.op === "scale") return { ...node, args: a!.args };
      return a!.op === "linattn" || a!.op === "delta" ? a! : node; // both end in a norm already
    case "act":
      return a!.op === "act" && a!.params.fn === node.params.fn ? a! : node;
    case "not":
      return a!.op === "not" ? a!.args[0]! : node;
    case "floor":
      return a!.op === "floor" ? a! : node;
    case "gateMix":
      return a!.op === "constant" && b!.op === "constant" ? a! : node;
    case "add":
    case "mix":
      return a!.op === "x" && b!.op === "x" ? a! : node;
    case "lerp":
      return b!.op === "x" && c!.op === "x" ? b! : node;
    case "shift":
      return a!.op === "shift" && a!.params.steps === node.params.steps ? a! : node;
    default:
      return node;
  }
}

/** The tree without operations that add nothing: two projections in a row, a gate negated twice, a norm of a norm. */
export function simplify(node: Node): Node {
  const inner = (n: Node): Node => rewrite({ ...n, args: n.args.map(inner) });
  let tree = inner(node);
  // The mixer's output projection follows the root, so that a linear map there adds nothing.
  while (LINEAR_FAMILY.includes(tree.op)) tree = tree.args[0]!;
  return canonical(tree) === canonical(node) ? tree : simplify(tree);
}
