/** The ways of edges: out at the bottom of a node, in at the top of the next, and straight down past the ranks between. */
import type { Layout, Point } from "./layout.ts";

type Box = Layout["nodes"][number];

/** Px between edges that end at one side of a node, at most. */
const APART = 14;

export interface Way {
  /** Above and below. */
  a: Box;
  b: Box;
  /** Places of the ranks that it passes between them, from above. */
  passes: Point[];
}

/**
 * Polylines of ways, in order. Sideways they go in the gaps between ranks only, so that none crosses a node.
 * @returns points of each way from `a` to `b`: its end, the end of the rank, then two for each rank it passes, and so on
 */
export function waysOf(boxes: readonly Box[], ways: readonly Way[]): Point[][] {
  const ranks = new Map<number, number>(); // half of the height of a rank, by the place of its middle
  for (const { y, h } of boxes) {
    const middle = rankOf(y + h / 2);
    ranks.set(middle, Math.max(ranks.get(middle) ?? 0, h / 2));
  }
  const half = (y: number) => ranks.get(rankOf(y)) ?? 0;
  const out = ports(
    ways,
    (w) => w.a,
    (w) => w.passes[0]?.[0] ?? middleX(w.b),
  );
  const inn = ports(
    ways,
    (w) => w.b,
    (w) => w.passes.at(-1)?.[0] ?? middleX(w.a),
  );
  return ways.map(({ a, b, passes }, i) => {
    const [top, bottom] = [a.y + a.h / 2, b.y + b.h / 2];
    const between = passes.flatMap(([x, y]): Point[] => [
      [x, y - half(y)],
      [x, y + half(y)],
    ]);
    const points: Point[] = [
      [out[i]!, a.y + a.h],
      [out[i]!, top + half(top)],
      ...between,
      [inn[i]!, bottom - half(bottom)],
      [inn[i]!, b.y],
    ];
    return points.map(([x, y]) => [round(x), round(y)]);
  });
}

/** Where each way meets its node on one side: side by side, in the order of where they come from or go to. */
function ports(ways: readonly Way[], end: (w: Way) => Box, toward: (w: Way) => number): number[] {
  const at = new Map<string, number[]>();
  ways.forEach((w, i) => {
    at.set(end(w).id, [...(at.get(end(w).id) ?? []), i]);
  });
  const found = new Array<number>(ways.length).fill(0);
  for (const indices of at.values()) {
    const box = end(ways[indices[0]!]!);
    const apart = Math.min(APART, (box.w - 16) / indices.length);
    const sorted = indices.toSorted((i, j) => toward(ways[i]!) - toward(ways[j]!) || i - j);
    sorted.forEach((i, n) => {
      found[i] = middleX(box) + (n - (sorted.length - 1) / 2) * apart;
    });
  }
  return found;
}

const middleX = (box: Box) => box.x + box.w / 2;
const rankOf = (y: number) => Math.round(y);
const round = (x: number) => Math.round(x * 10) / 10;
