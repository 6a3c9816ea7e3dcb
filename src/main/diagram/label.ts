/** The words on a node, and the room that they take. */
import type { DrawnNode } from "./blocks.ts";
import { kindOf } from "./kinds.ts";

export interface Label {
  /** What it computes. */
  op: string;
  /** Beside it, lighter: the module, or how often. */
  beside: string;
  /** On a line of its own, or "". */
  below: string;
  width: number;
  height: number;
}

const LONGEST = 28; // characters

export function labelOf(node: DrawnNode): Label {
  const kind = kindOf(node);
  const op = node.id === "in" ? "input" : node.id === "out" ? "output" : cut(node.op);
  const turns = node.count > 1 ? `× ${node.count}` : "";
  const branches = node.times > 1 ? `× ${node.times} branches` : "";
  const many = [branches, turns].filter(Boolean).join(", ");
  const tall = kind === "learned" || kind === "parameter";
  const shape = node.shape === "" ? "" : `(${cut(node.shape.replaceAll(" ", ", "), 40)})`;
  const beside = tall ? join(cut(shortModule(node.module)), many) : join(shape, many);
  const below = tall ? shape : "";
  const width =
    Math.max(textWidth(op, 13) + (beside ? 8 + textWidth(beside, 12) : 0), textWidth(below, 12)) + 24;
  return { op, beside, below, width: Math.ceil(width), height: tall ? 44 : 28 };
}

const join = (a: string, b: string) => [a, b].filter(Boolean).join("  ");

const cut = (text: string, longest = LONGEST) =>
  text.length > longest ? `${text.slice(0, longest - 1)}…` : text;

/** Nested modules by their last two names: "heads.convs.0" is "convs.0". */
const shortModule = (name: string) =>
  name
    .split(".")
    .slice(-2)
    .join(".")
    .replace(/^[^.]+\.(?=[^.\d][^.]*$)/, "");

/** Width in px of text in the system's font: wide and narrow letters apart, and a little too much rather than too little. */
export function textWidth(text: string, size: number): number {
  let em = 0;
  for (const c of text)
    em += /[ijlt.,:·'|() ]/.test(c) ? 0.38 : /[mwMW@×]/.test(c) ? 0.9 : /[A-Z\d_]/.test(c) ? 0.66 : 0.6;
  return em * size;
}
