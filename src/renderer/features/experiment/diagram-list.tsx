/** The graph as a table, for those who do not see the picture or want to read it. */
import type { MixerGraph } from "../../../shared/graph.ts";
import { count } from "../../ui/format.ts";

export function DiagramList({
  graph,
  marked,
  onHover,
}: {
  graph: MixerGraph;
  marked: ReadonlySet<string>;
  onHover: (id: string | null) => void;
}) {
  const names = new Map(graph.nodes.map((n) => [n.id, n.module || n.op]));
  const feeds = (id: string) =>
    graph.edges.flatMap(([from, to]) => (from === id ? (names.get(to) ?? to) : []));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard has to be able to scroll it
    <section className="experiment-list" aria-label="Operations" tabIndex={0}>
      <table>
        <caption className="hidden-text">Operations in the order in which they run</caption>
        <thead>
          <tr>
            <th className="num">Line</th>
            <th>Operation</th>
            <th>Gives</th>
            <th className="num">Parameters</th>
            <th>Goes to</th>
          </tr>
        </thead>
        <tbody>
          {graph.nodes.map((n) => (
            <tr
              key={n.id}
              className={marked.has(n.id) ? "marked" : ""}
              onMouseEnter={() => onHover(n.id)}
              onMouseLeave={() => onHover(null)}
            >
              <td className="num muted">{n.line ?? "–"}</td>
              <td>
                {n.op}
                {n.module && <span className="muted"> {n.module}</span>}
                {n.count > 1 && <span className="num"> × {n.count}</span>}
              </td>
              <td className="mono">{n.shape}</td>
              <td className="num">{n.params > 0 ? count(n.params) : "–"}</td>
              <td className="secondary">{feeds(n.id).join(", ") || "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
