/** Module graphs and their diagrams in the archive. */
import { MixerGraph } from "../../shared/graph.ts";
import { Diagram } from "../../shared/views.ts";
import type { DrawnDiagram } from "../interfaces.ts";
import type { Connection } from "./open.ts";
import { upsert } from "./upsert.ts";

/** Stores, replaces or (null) removes a graph; a diagram of another graph goes with it. Says whether anything changed. */
export function putGraph(db: Connection, experimentId: string, graph: MixerGraph | null): boolean {
  const changed =
    graph === null
      ? db.prepare("DELETE FROM graphs WHERE experiment_id = ?").run(experimentId).changes > 0
      : upsert(db, "graphs", ["experiment_id"], {
          experiment_id: experimentId,
          graph: JSON.stringify(graph).toWellFormed(),
        });
  if (changed) db.prepare("DELETE FROM diagrams WHERE experiment_id = ?").run(experimentId);
  return changed;
}

export function putDiagram(db: Connection, experimentId: string, drawn: DrawnDiagram): void {
  upsert(db, "diagrams", ["experiment_id"], {
    experiment_id: experimentId,
    thumbnail: drawn.thumbnail.toWellFormed(),
    layout: JSON.stringify(drawn.layout),
    svg: drawn.svg.toWellFormed(),
  });
}

/** Null where none was traced, or the archive holds what is none. */
export function graph(db: Connection, experimentId: string): MixerGraph | null {
  const row = db.prepare("SELECT graph FROM graphs WHERE experiment_id = ?").get(experimentId) as
    | { graph: string }
    | undefined;
  return row ? (MixerGraph.safeParse(JSON.parse(row.graph)).data ?? null) : null;
}

/** Null where none was drawn. */
export function diagram(db: Connection, experimentId: string): Diagram | null {
  const row = db
    .prepare(
      `SELECT g.graph, d.layout, d.svg FROM graphs g JOIN diagrams d USING (experiment_id)
       WHERE experiment_id = ?`,
    )
    .get(experimentId) as { graph: string; layout: string; svg: string } | undefined;
  if (!row) return null;
  const { svg } = row;
  return (
    Diagram.safeParse({ graph: JSON.parse(row.graph), layout: JSON.parse(row.layout), svg }).data ?? null
  );
}
