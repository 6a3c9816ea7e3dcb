/** The words on a node of the diagram and the shapes of its lines. The layout made room for exactly these words. */
import type { GraphNode } from "../../../shared/graph.ts";
import { count } from "../../ui/format.ts";

/** holds: a module with weights. parameter: weights used directly. end: input and output. */
export type NodeKind = "holds" | "parameter" | "end" | "plain";

export function kindOf({ id, op, params }: Pick<GraphNode, "id" | "op" | "params">): NodeKind {
  if (id === "in" || id === "out") return "end";
  if (op === "Parameter") return "parameter";
  return params > 0 ? "holds" : "plain";
}

const LONGEST = 28;
const LONGEST_SHAPE = 40;
const cut = (text: string, longest = LONGEST) =>
  text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
const joined = (...parts: string[]) => parts.filter(Boolean).join("  ");

/** Nested modules by their last name, with the one before it where that is a number: "convs.0". */
const shortModule = (name: string) => name.match(/(?:[^.]+\.)?\d+$|[^.]*$/)?.[0] ?? name;

export interface Label {
  op: string;
  /** On the same line, lighter. */
  beside: string;
  /** On a line of its own, or "". */
  below: string;
}

/** @param branches equal branches that are drawn as this one */
export function labelOf(node: GraphNode, branches: number): Label {
  const kind = kindOf(node);
  const op = node.id === "in" ? "input" : node.id === "out" ? "output" : cut(node.op);
  const many = [branches > 1 ? `× ${branches} branches` : "", node.count > 1 ? `× ${node.count}` : ""]
    .filter(Boolean)
    .join(", ");
  const shape = node.shape === "" ? "" : `(${cut(node.shape.replaceAll(" ", ", "), LONGEST_SHAPE)})`;
  if (kind === "holds" || kind === "parameter")
    return { op, beside: joined(cut(shortModule(node.module)), many), below: shape };
  return { op, beside: joined(shape, many), below: "" };
}

/** A node in words: "Linear q_proj, gives B T 64, 4.10k parameters, 3 times, line 12". */
export const nodeInWords = ({ op, module, shape, params, count: times, line }: GraphNode): string =>
  [
    module ? `${op} ${module}` : op,
    shape && `gives ${shape}`,
    params > 0 && `${count(params)} parameters`,
    times > 1 && `${times} times`,
    line !== null && `line ${line}`,
  ]
    .filter(Boolean)
    .join(", ");

/**
 * A way as an SVG path: straight where it goes down, an S where it goes sideways between two ranks. A point that is given
 * twice counts once: after a piece without length, an arrowhead would not know where to point.
 */
export const curve = (points: readonly (readonly [number, number])[]): string =>
  points
    .filter(([x, y], i) => x !== points[i - 1]?.[0] || y !== points[i - 1]?.[1])
    .map(([x, y], i, kept) => {
      const before = kept[i - 1];
      if (!before) return `M${x} ${y}`;
      const middle = (before[1] + y) / 2;
      return x === before[0] ? `V${y}` : `C${before[0]} ${middle} ${x} ${middle} ${x} ${y}`;
    })
    .join("");
