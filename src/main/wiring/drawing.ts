/** Diagrams of the module graphs that the gates trace: laid out beside the campaign, stored when they are there. */
import type { MixerGraph } from "../../shared/graph.ts";
import type { Archive, DrawnDiagram } from "../interfaces.ts";

export type Draw = (graph: MixerGraph) => Promise<DrawnDiagram>;

/**
 * The archive, with the diagram of every graph that is committed to it drawn and stored after it. A graph that cannot be
 * laid out costs its picture, nothing else. `settled` resolves when all are stored.
 */
export function keepDrawing(
  archive: Archive,
  draw: Draw,
  onStored: (experimentId: string) => void,
): { archive: Archive; settled: () => Promise<void> } {
  let last: Promise<void> = Promise.resolve();
  const drawNext = (id: string, graph: MixerGraph) => {
    last = last.then(async () => {
      try {
        archive.putDiagram(id, await draw(graph));
        onStored(id);
      } catch {
        // The graph itself is stored: the diagram can be drawn when somebody looks.
      }
    });
  };
  return {
    archive: {
      ...archive,
      commit(change) {
        const seq = archive.commit(change);
        if (change.graph && change.experiment) drawNext(change.experiment.id, change.graph);
        return seq;
      },
    },
    settled: () => last,
  };
}
