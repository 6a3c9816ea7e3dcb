/** The graph as a small picture without text, left to right: one shape for each kind, in greys that hold on light and dark. */
import type { DrawnGraph } from "./blocks.ts";
import { type Kind, kindOf } from "./kinds.ts";
import type { Layout } from "./layout.ts";

const [WIDTH, HEIGHT, EDGE] = [160, 100, 10];
/** Px between ranks and between neighbours in a rank, at most: a small graph stays small, in the middle. */
const WIDEST = 24;

/** @param layout top to bottom, in px; it is turned on its side */
export function thumbnail(graph: DrawnGraph, layout: Layout): string {
  const kinds = new Map(graph.nodes.map((n) => [n.id, kindOf(n)]));
  const centres = layout.nodes.map(({ id, x, y, w, h }) => ({ id, rank: y + h / 2, row: x + w / 2 }));
  const points = layout.edges.flatMap((e) => e.points);
  const x = along([...centres.map((c) => c.rank), ...points.map((p) => p[1])], WIDTH, 52);
  const y = along([...centres.map((c) => c.row), ...points.map((p) => p[0])], HEIGHT, 120);
  const size = Math.max(1.4, Math.min(4.5, x.step * 0.4, y.step * 0.4));
  const middle = new Map(centres.map((c) => [c.id, c]));
  const lines = (back: boolean) =>
    layout.edges
      .filter((e) => e.back === back)
      .map(({ from, to, points: way }) => {
        // One of the two places at each rank that it passes.
        const passed = way.slice(2, -2).filter((_, i) => i % 2 === 0);
        const [a, b] = [middle.get(from)!, middle.get(to)!];
        const places = [[a.row, a.rank], ...passed, [b.row, b.rank]] as const;
        const line = places.map(([row, rank]) => [x.at(rank), y.at(row)] as const);
        const bends = line.filter(
          (p, i) => i === 0 || !line[i + 1] || p[1] !== line[i - 1]![1] || p[1] !== line[i + 1]![1],
        );
        return `M${bends.map((p) => p.join(" ")).join("L")}`;
      })
      .join("");
  const nodes = centres.map(({ id, rank, row }) => shape(kinds.get(id)!, x.at(rank), y.at(row), size));
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}">` +
    `<g fill="none" stroke="#8a919c" stroke-opacity=".6" stroke-width=".7" stroke-linejoin="round">` +
    `<path d="${lines(false)}"/><path d="${lines(true)}" stroke-dasharray="2 1.5"/></g>` +
    `<g stroke-width="1">${nodes.join("")}</g></svg>`
  );
}

/** From the layout's px along one direction to the picture's. `unit`: px of the layout from one node to the next, about. */
function along(values: number[], length: number, unit: number) {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const scale = Math.min((length - 2 * EDGE) / Math.max(high - low, 1), WIDEST / unit);
  const from = (length - (high - low) * scale) / 2;
  return { step: unit * scale, at: (v: number) => fixed(from + (v - low) * scale) };
}

function shape(kind: Kind, x: number, y: number, r: number): string {
  const [dark, plain] = ["#737b87", "#8a919c"];
  const box = (w: number, h: number, rest: string) =>
    `<rect x="${fixed(x - w / 2)}" y="${fixed(y - h / 2)}" width="${fixed(w)}" height="${fixed(h)}" ${rest}/>`;
  const circle = (radius: number, rest: string) =>
    `<circle cx="${x}" cy="${y}" r="${fixed(radius)}" ${rest}/>`;
  switch (kind) {
    case "end":
      return box(1.6, 4 * r, `rx=".8" fill="${dark}"`);
    case "learned":
      return box(2 * r, 2.6 * r, `rx="1" fill="${dark}"`);
    case "parameter":
      return box(1.6 * r, 1.6 * r, `rx=".6" fill="none" stroke="${plain}"`);
    case "product":
      return circle(r, `fill="${dark}"`);
    case "curve":
      return circle(r * 0.7, `fill="none" stroke="${plain}"`);
    case "step":
      return circle(r * 0.5, `fill="${plain}"`);
  }
}

const fixed = (x: number) => Math.round(x * 10) / 10;
