/** The graph as it is drawn: edges that make sense, those that carry a loop's state marked, and repeated branches as one. */
import type { GraphNode, MixerGraph } from "../../shared/graph.ts";

export interface DrawnNode extends GraphNode {
  /** Branches like the one it belongs to, itself included. */
  times: number;
}

export interface DrawnGraph {
  nodes: DrawnNode[];
  /** `back`: against the order of execution, the state that a loop carries. */
  edges: { from: string; to: string; back: boolean }[];
}

/** From this many on, equal branches are drawn as one. Fewer have names that matter, such as queries, keys and values. */
const REPEATED = 4;

/** @param graph untrusted: edges may name nodes that are not there, and ids may repeat */
export function drawnGraph(graph: MixerGraph): DrawnGraph {
  const nodes = [...new Map(graph.nodes.map((n) => [n.id, n])).values()];
  const order = new Map(nodes.map((n, i) => [n.id, i]));
  const pairs = new Map<string, [string, string]>();
  for (const [from, to] of graph.edges)
    if (from !== to && order.has(from) && order.has(to)) pairs.set(JSON.stringify([from, to]), [from, to]);
  const edges = [...pairs.values()];
  const after = neighbours(edges);
  // A parameter that a later turn of a loop reads comes late in order, yet nothing goes around.
  const marked = edges.map(([from, to]) => ({
    from,
    to,
    back: order.get(from)! > order.get(to)! && reaches(after, to, from),
  }));
  return collapse(nodes, marked);
}

/** Chains with the same ends, and the same steps between them, as one. */
function collapse(nodes: GraphNode[], edges: DrawnGraph["edges"]): DrawnGraph {
  const [to, from] = [neighbours(pairsOf(edges)), neighbours(pairsOf(edges).map(([a, b]) => [b, a]))];
  const byId = new Map(nodes.map((n) => [n.id, n]));
  const only = (map: Map<string, string[]>, id: string) =>
    map.get(id)?.length === 1 ? map.get(id)![0]! : null;
  const inner = (id: string) => only(to, id) !== null && only(from, id) !== null;
  const groups = new Map<string, string[][]>();
  for (const { id } of nodes) {
    const start = only(from, id);
    if (!inner(id) || start === null || (inner(start) && only(to, start) === id)) continue;
    const chain = [id];
    let next = only(to, id)!;
    while (inner(next) && !chain.includes(next)) {
      chain.push(next);
      next = only(to, next)!;
    }
    const steps = chain.map((c) => byId.get(c)!).map(({ op, shape, params }) => [op, shape, params]);
    const key = JSON.stringify([start, next, steps]);
    groups.set(key, [...(groups.get(key) ?? []), chain]);
  }
  const times = new Map<string, number>();
  const gone = new Set<string>();
  for (const [first, ...others] of groups.values())
    if (first && others.length + 1 >= REPEATED) {
      for (const id of first) times.set(id, others.length + 1);
      for (const id of others.flat()) gone.add(id);
    }
  return {
    nodes: nodes.filter((n) => !gone.has(n.id)).map((n) => ({ ...n, times: times.get(n.id) ?? 1 })),
    edges: edges.filter((e) => !gone.has(e.from) && !gone.has(e.to)),
  };
}

const pairsOf = (edges: DrawnGraph["edges"]) => edges.map((e): [string, string] => [e.from, e.to]);

function neighbours(edges: readonly (readonly [string, string])[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [a, b] of edges) {
    const list = found.get(a);
    if (list) list.push(b);
    else found.set(a, [b]);
  }
  return found;
}

function reaches(after: Map<string, string[]>, start: string, goal: string): boolean {
  const seen = new Set([start]);
  const todo = [start];
  for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
    if (id === goal) return true;
    for (const next of after.get(id) ?? [])
      if (!seen.has(next)) {
        seen.add(next);
        todo.push(next);
      }
  }
  return false;
}
