/** A thread that draws nothing, and never ends a graph with the note "hang". */
import { parentPort } from "node:worker_threads";

parentPort!.on("message", (graph: { note: string | null }) => {
  while (graph.note === "hang");
  parentPort!.postMessage({
    drawn: { layout: { width: 1, height: 1, nodes: [], edges: [] }, svg: "drawn", thumbnail: "" },
  });
});
parentPort!.postMessage({ ready: true });
