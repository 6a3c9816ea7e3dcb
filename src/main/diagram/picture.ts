/** The diagram as an SVG that stands for itself: every text escaped, nothing loaded, colours that follow the page's theme. */
import type { DrawnGraph } from "./blocks.ts";
import { kindOf } from "./kinds.ts";
import { labelOf } from "./label.ts";
import type { Layout, Point } from "./layout.ts";

const STYLE = `
.mixer-graph { font-family: system-ui, -apple-system, "Segoe UI", "Cantarell", "Noto Sans", sans-serif; font-size: 13px }
.mixer-graph rect { fill: currentColor; fill-opacity: .03; stroke: currentColor; stroke-opacity: .28 }
.mixer-graph .learned rect { fill-opacity: .13; stroke-opacity: .5 }
.mixer-graph .product rect { fill-opacity: .07; stroke-opacity: .5 }
.mixer-graph .parameter rect { fill-opacity: 0; stroke-dasharray: 3 2; stroke-opacity: .5 }
.mixer-graph .end rect { fill-opacity: 0; stroke-opacity: .7 }
.mixer-graph text { fill: currentColor; dominant-baseline: central }
.mixer-graph .op { font-weight: 500 }
.mixer-graph .light { font-size: 12px; fill-opacity: .72; font-variant-numeric: tabular-nums }
.mixer-graph .edge { fill: none; stroke: currentColor; stroke-opacity: .45 }
.mixer-graph .back { stroke-dasharray: 4 3 }
.mixer-graph .head { fill: currentColor; fill-opacity: .6 }
@media (prefers-color-scheme: dark) { .mixer-graph { color: #d3d8e0 } }
`;

/** Text for XML: escaped, and without the characters that XML does not have. */
export const escaped = (text: string): string =>
  text
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what XML does not have
    .replace(/[\u0000-\u001f\u007f\ufffe\uffff]/g, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

/** @param note said below, when not null */
export function picture(graph: DrawnGraph, layout: Layout, note: string | null): string {
  const byId = new Map(graph.nodes.map((n) => [n.id, n]));
  const height = layout.height + (note ? 28 : 0);
  const edges = layout.edges.map(
    ({ back, points }) => `<path class="edge${back ? " back" : ""}" d="${curve(points)}"/>${head(points)}`,
  );
  const nodes = layout.nodes.map(({ id, x, y, w, h }) => {
    const node = byId.get(id)!;
    const { op, beside, below } = labelOf(node);
    const top = below ? y + 15 : y + h / 2;
    const radius = kindOf(node) === "end" ? h / 2 : 6;
    const light = beside ? `<tspan class="light" dx="8">${escaped(beside)}</tspan>` : "";
    const text = `<text x="${x + 12}" y="${top}"><tspan class="op">${escaped(op)}</tspan>${light}</text>`;
    const second = below ? `<text class="light" x="${x + 12}" y="${y + 31}">${escaped(below)}</text>` : "";
    const rect = `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="${radius}"/>`;
    return `<g class="${kindOf(node)}"><title>${escaped(title(node))}</title>${rect}${text}${second}</g>`;
  });
  const remark = note ? `<text class="light" x="16" y="${layout.height + 8}">${escaped(note)}</text>` : "";
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="mixer-graph" color="#24292f" width="${layout.width}" ` +
    `height="${height}" viewBox="0 0 ${layout.width} ${height}"><style>${STYLE}</style>` +
    `${edges.join("")}${nodes.join("")}${remark}</svg>`
  );
}

const title = ({ op, module, line, shape, params, count }: DrawnGraph["nodes"][number]): string =>
  [
    module ? `${op} ${module}` : op,
    shape,
    ...(params > 0 ? [`${params.toLocaleString("en-GB")} parameters`] : []),
    ...(count > 1 ? [`executed ${count} times`] : []),
    ...(line === null ? [] : [`line ${line}`]),
  ].join(", ");

/** Straight where it goes down, an S where it goes sideways between two ranks. */
export function curve(points: readonly Point[]): string {
  return points
    .map(([x, y], i) => {
      if (i === 0) return `M${x} ${y}`;
      const [x0, y0] = points[i - 1]!;
      const middle = round((y0 + y) / 2);
      return x === x0 ? `V${y}` : `C${x0} ${middle} ${x} ${middle} ${x} ${y}`;
    })
    .join("");
}

/** A small triangle at the end of a way, which comes from above, or from below when it goes back. */
function head(points: readonly Point[]): string {
  const [before, end] = [points.at(-2), points.at(-1)];
  if (!before || !end) return "";
  const [x, y] = end;
  const dy = before[1] <= y ? -6 : 6;
  return `<path class="head" d="M${x} ${y}l-2.5 ${dy}h5Z"/>`;
}

const round = (x: number) => Math.round(x * 10) / 10;
