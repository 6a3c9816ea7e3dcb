/** The thread behind `createDiagrams`: draws one graph after another. */
import { parentPort } from "node:worker_threads";
import type { MixerGraph } from "../../shared/graph.ts";
import { draw } from "./draw.ts";
import type { Reply } from "./index.ts";

const port = parentPort!;

port.on("message", (graph: MixerGraph) => {
  let reply: Reply;
  try {
    reply = { drawn: draw(graph) };
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage(reply);
});
port.postMessage({ ready: true } satisfies Reply);
