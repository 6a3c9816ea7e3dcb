/**
 * Places of the experiments in the plane. Computed once for all of them, so that nothing moves when time is scrubbed.
 * Leaves of a crowded parent are packed into a fan: a plain tidy tree would give a leaf of ASI-Arch's tree less than a px.
 */
import { type HierarchyNode, hierarchy, tree } from "d3-hierarchy";
import type { Lineage } from "./model.ts";

export const MODES = ["radial", "tidy", "timeline"] as const;
export type Mode = (typeof MODES)[number];

export interface Layout {
  x: Float64Array;
  y: Float64Array;
  /** Of each row: the parent's fan it is packed into, −1 for none. */
  fan: Int32Array;
  bounds: { left: number; top: number; right: number; bottom: number };
  /** What stands at the origin, where no experiment is: the roots are around it. "" for nothing. */
  middle: string;
}

/** With more leaves than this they are packed. */
export const CROWDED = 10;
const SPACING = 18;
const LEVEL = 120;

interface Item {
  /** −1 for the root of all, else a row; a fan has the row of its parent. */
  row: number;
  /** Leaves packed into this item. */
  packed: number[];
  children: Item[];
}

/** Leaves packed side by side grow with the root of their number. */
const side = (n: number): number => Math.ceil(Math.sqrt(n));

function itemsOf(lineage: Lineage): Item {
  const items: Item[] = Array.from({ length: lineage.size }, (_, row) => ({ row, packed: [], children: [] }));
  const attach = (to: Item, rows: readonly number[], owner: number) => {
    const leaves = rows.filter((r) => lineage.children[r]!.length === 0);
    const packed = leaves.length > CROWDED ? new Set(leaves) : new Set<number>();
    for (const r of rows) if (!packed.has(r)) to.children.push(items[r]!);
    if (packed.size > 0) to.children.push({ row: owner, packed: leaves, children: [] });
  };
  for (let row = 0; row < lineage.size; row++) attach(items[row]!, lineage.children[row]!, row);
  const top: Item = { row: -1, packed: [], children: [] };
  attach(top, lineage.roots, -1);
  return top;
}

const breadth = (item: Item): number => (item.packed.length > 0 ? side(item.packed.length) : 1);

export function layoutOf(lineage: Lineage, mode: Mode): Layout {
  const x = new Float64Array(lineage.size);
  const y = new Float64Array(lineage.size);
  const fan = new Int32Array(lineage.size).fill(-1);
  if (lineage.size === 0) return { x, y, fan, bounds: { left: 0, top: 0, right: 1, bottom: 1 }, middle: "" };
  const root = hierarchy(itemsOf(lineage), (item) => item.children);
  // In units of one leaf: a fan needs its side.
  tree<Item>()
    .nodeSize([1, 1])
    .separation((a, b) => (breadth(a.data) + breadth(b.data)) / 2 + (a.parent === b.parent ? 0.1 : 0.6))(
    root,
  );
  if (mode === "radial") radial(root, x, y, fan);
  else tidy(root, lineage, mode, x, y, fan);
  if (mode === "timeline") heighten(x, y);
  const middle = mode === "radial" && lineage.roots.length > 1 ? `${lineage.roots.length} roots` : "";
  return { x, y, fan, bounds: boundsOf(x, y), middle };
}

type Node = HierarchyNode<Item> & { x?: number; y?: number };

function tidy(
  root: Node,
  lineage: Lineage,
  mode: Mode,
  x: Float64Array,
  y: Float64Array,
  fan: Int32Array,
): void {
  const timeline = mode === "timeline";
  // The timeline is about as wide as it is high, whatever it holds.
  const step = Math.max(4, Math.min(SPACING, (40 * SPACING) / Math.sqrt(lineage.size + 1)));
  root.each((node: Node) => {
    const { row, packed } = node.data;
    const across = (node.x ?? 0) * SPACING;
    const along = (node.depth - 1) * LEVEL;
    if (packed.length > 0) {
      const columns = side(packed.length);
      for (const [i, leaf] of packed.entries()) {
        const [column, line] = [Math.floor(i / columns), i % columns];
        x[leaf] = timeline ? leaf * step : along + column * SPACING * 0.8;
        y[leaf] = across + (line - (columns - 1) / 2) * SPACING * 0.95;
        fan[leaf] = row;
      }
    } else if (row >= 0) {
      x[row] = timeline ? row * step : along;
      y[row] = across;
    }
  });
}

/** Time makes it wide: the height is stretched to half of the width. */
function heighten(x: Float64Array, y: Float64Array): void {
  const { left, right, top, bottom } = boundsOf(x, y);
  const by = (right - left) / 2 / (bottom - top || 1);
  if (by > 1) for (let i = 0; i < y.length; i++) y[i]! *= by;
}

function radial(root: Node, x: Float64Array, y: Float64Array, fan: Int32Array): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  root.each((node: Node) => {
    const half = breadth(node.data) / 2;
    low = Math.min(low, (node.x ?? 0) - half);
    high = Math.max(high, (node.x ?? 0) + half);
  });
  const turn = (2 * Math.PI) / Math.max(1, high - low + 0.5);
  // Far enough out that neighbours on the busiest circle do not touch.
  const crowd = new Map<number, number>();
  root.each((node: Node) => crowd.set(node.depth, (crowd.get(node.depth) ?? 0) + breadth(node.data)));
  let radius = LEVEL * 0.75;
  for (const [depth] of crowd)
    if (depth > 0) radius = Math.max(radius, (SPACING * 0.55) / turn / Math.max(1, depth * 1.6));
  root.each((node: Node) => {
    const { row, packed } = node.data;
    const angle = ((node.x ?? 0) - low) * turn - Math.PI / 2;
    const out = node.depth * radius;
    if (packed.length > 0) {
      // Rings of a sector, as wide as the fan's share of the circle.
      const columns = side(packed.length);
      const width = turn * columns;
      for (const [i, leaf] of packed.entries()) {
        const [ring, place] = [Math.floor(i / columns), i % columns];
        const a = angle + ((place + 0.5) / columns - 0.5) * width;
        const r = out + (ring - (columns - 1) / 4) * Math.min(SPACING, radius / columns);
        x[leaf] = Math.cos(a) * r;
        y[leaf] = Math.sin(a) * r;
        fan[leaf] = row;
      }
    } else if (row >= 0) {
      x[row] = Math.cos(angle) * out;
      y[row] = Math.sin(angle) * out;
    }
  });
}

function boundsOf(x: Float64Array, y: Float64Array): Layout["bounds"] {
  const bounds = { left: x[0]!, top: y[0]!, right: x[0]!, bottom: y[0]! };
  for (let i = 1; i < x.length; i++) {
    bounds.left = Math.min(bounds.left, x[i]!);
    bounds.right = Math.max(bounds.right, x[i]!);
    bounds.top = Math.min(bounds.top, y[i]!);
    bounds.bottom = Math.max(bounds.bottom, y[i]!);
  }
  return bounds;
}
