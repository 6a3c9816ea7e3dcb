/** A lineage as arrays: rows are experiments in order of their index, roots have parent −1. */
import type { TreeData } from "../../../shared/views.ts";

export interface Lineage {
  readonly size: number;
  readonly parents: readonly number[];
  /** Rows of the children, by row; oldest first. */
  readonly children: readonly (readonly number[])[];
  readonly roots: readonly number[];
  /** Steps from the root. */
  readonly generation: readonly number[];
}

/** A parent that is not there, or that comes later, makes a root: a damaged archive still shows. */
export function lineageOf(data: Pick<TreeData, "parents">): Lineage {
  const size = data.parents.length;
  const parents = data.parents.map((p, row) => (p >= 0 && p < row ? p : -1));
  const children: number[][] = Array.from({ length: size }, () => []);
  const roots: number[] = [];
  const generation = new Array<number>(size).fill(0);
  for (let row = 0; row < size; row++) {
    const parent = parents[row]!;
    if (parent < 0) roots.push(row);
    else {
      children[parent]!.push(row);
      generation[row] = generation[parent]! + 1;
    }
  }
  return { size, parents, children, roots, generation };
}

/** From the row up to its root, the row first. */
export function ancestry({ parents }: Pick<Lineage, "parents">, row: number): number[] {
  const path: number[] = [];
  for (let at = row; at >= 0; at = parents[at]!) path.push(at);
  return path;
}

/** Every row after its parent, depth first. */
export function preorder({ roots, children }: Pick<Lineage, "roots" | "children">): number[] {
  const order: number[] = [];
  const stack = [...roots].reverse();
  while (stack.length > 0) {
    const row = stack.pop()!;
    order.push(row);
    const below = children[row]!;
    for (let i = below.length - 1; i >= 0; i--) stack.push(below[i]!);
  }
  return order;
}

export type Direction = "up" | "down" | "left" | "right";

/**
 * Where an arrow key leads: left to the parent, right to the first child, up and down to siblings.
 * @param shown rows below this one are shown
 * @returns the row itself where there is nothing
 */
export function walk(lineage: Lineage, row: number, direction: Direction, shown: number): number {
  const { parents, children, roots } = lineage;
  const parent = parents[row]!;
  if (direction === "left") return parent < 0 ? row : parent;
  if (direction === "right") return children[row]!.find((c) => c < shown) ?? row;
  const siblings = (parent < 0 ? roots : children[parent]!).filter((c) => c < shown);
  const at = siblings.indexOf(row) + (direction === "down" ? 1 : -1);
  return siblings[Math.max(0, Math.min(siblings.length - 1, at))] ?? row;
}

/** Running best at a time: the last of `best` that is shown, or null. */
export function bestAt(best: readonly number[], shown: number): number | null {
  let found: number | null = null;
  for (const row of best) {
    if (row >= shown) break;
    found = row;
  }
  return found;
}
