/** Where the arrow keys lead in a diagram. */
import type { Diagram } from "../../../shared/views.ts";

type Layout = Diagram["layout"];
type Box = Layout["nodes"][number];

const middle = ({ x, y, w, h }: Box) => ({ x: x + w / 2, y: y + h / 2 });

/** How far another box is in a direction: its distance along it, and twice that across; null where it lies elsewhere. */
function distance(from: Box, to: Box, key: string): number | null {
  const a = middle(from);
  const b = middle(to);
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const along = { ArrowUp: -dy, ArrowDown: dy, ArrowLeft: -dx, ArrowRight: dx }[key];
  if (along === undefined || along <= 1) return null;
  const across = Math.abs(key === "ArrowUp" || key === "ArrowDown" ? dx : dy);
  // What lies far to the side is not in that direction, however near its height is.
  return across > 4 * along ? null : along + 2 * across;
}

/**
 * The node that a key leads to from `id`; `id` itself where there is none. Down and up follow the edges, as the data
 * flows, and fall back on what lies there; left and right go to the nearest node on that side. Home and End: the ends.
 */
export function walk({ nodes, edges }: Layout, id: string, key: string): string {
  const here = nodes.find((n) => n.id === id);
  if (!here || key === "Home" || key === "End") {
    const ordered = nodes.toSorted((a, b) => a.y - b.y || a.x - b.x);
    return (key === "End" ? ordered.at(-1) : ordered[0])?.id ?? id;
  }
  const linked = new Set(
    edges.flatMap(({ from, to, back }) => {
      if (back) return [];
      if (key === "ArrowDown" && from === id) return [to];
      return key === "ArrowUp" && to === id ? [from] : [];
    }),
  );
  const nearest = (candidates: readonly Box[]) =>
    candidates.reduce<{ id: string; d: number } | null>((best, n) => {
      const d = n.id === id ? null : distance(here, n, key);
      return d === null || (best && best.d <= d) ? best : { id: n.id, d };
    }, null)?.id;
  return nearest(nodes.filter((n) => linked.has(n.id))) ?? nearest(nodes) ?? id;
}
