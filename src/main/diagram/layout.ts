/** Places for the nodes and ways for the edges of a module graph, in px, by dagre. */
import { Graph, layout as place } from "@dagrejs/dagre";
import type { DrawnGraph } from "./blocks.ts";
import { labelOf } from "./label.ts";
import { waysOf } from "./ways.ts";

export type Point = [number, number];

export interface Layout {
  width: number;
  height: number;
  /** x and y are the top left corner. `times`: equal branches that it stands for, itself included. */
  nodes: { id: string; x: number; y: number; w: number; h: number; times: number }[];
  /** Points from the end at `from` to the end at `to`. */
  edges: { from: string; to: string; back: boolean; points: Point[] }[];
}

/** Px between nodes of one rank, between ranks, and around. */
const [GAP, RANKS, MARGIN] = [20, 24, 16];

/** Deterministic. An edge that goes back is laid out as if it went with the others, so that ranks follow the execution. */
export function layOut({ nodes, edges }: DrawnGraph): Layout {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({
    ...{ rankdir: "TB", nodesep: GAP, edgesep: GAP / 2, ranksep: RANKS },
    ...{ marginx: MARGIN, marginy: MARGIN },
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) {
    const { width, height } = labelOf(node);
    graph.setNode(node.id, { width, height });
  }
  for (const { from, to, back } of edges) {
    const [a, b] = back ? [to, from] : [from, to];
    // What reads the input (queries, keys, values) stands in one row below it, where it can.
    const weight = back ? 0 : from === "in" ? 8 : 1;
    // The name keeps an edge and the way back between the same nodes apart.
    graph.setEdge(a, b, { weight }, back ? "back" : "forth");
  }
  place(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const boxes = nodes.map(({ id, times }) => {
    const { x, y, width: w, height: h } = graph.node(id) as Record<"x" | "y" | "width" | "height", number>;
    return { id, x: round(x - w / 2), y: round(y - h / 2), w, h, times };
  });
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const ways = edges.map(({ from, to, back }) => {
    const [a, b] = back ? [to, from] : [from, to];
    const { points } = graph.edge(a, b, back ? "back" : "forth") as { points: { x: number; y: number }[] };
    // Between its two ends, dagre gives a place in every gap and, between them, one in every rank that is passed.
    const passes = points.slice(1, -1).filter((_, i) => i % 2 === 1);
    const [above, below] = [byId.get(a)!, byId.get(b)!];
    const flipped = above.y > below.y; // dagre turned it, because it closes another cycle
    const ends = flipped ? { a: below, b: above } : { a: above, b: below };
    const places = passes.map(({ x, y }): Point => [x, y]);
    return { ...ends, passes: flipped ? places.reverse() : places, upwards: back !== flipped };
  });
  const lines = waysOf(boxes, ways);
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    nodes: boxes,
    edges: edges.map(({ from, to, back }, i) => {
      const points = ways[i]!.upwards ? lines[i]!.reverse() : lines[i]!;
      return { from, to, back, points };
    }),
  };
}

const round = (x: number) => Math.round(x * 10) / 10;
