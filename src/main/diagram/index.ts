/** Diagrams of module graphs, laid out on a thread that is ended when a graph takes too long. */
import { Worker } from "node:worker_threads";
import { MixerGraph } from "../../shared/graph.ts";
import type { Diagram } from "../../shared/views.ts";
import type { DrawnDiagram } from "../interfaces.ts";
import { threadProgram } from "../threads.ts";

export type Reply = { ready: true } | { drawn: DrawnDiagram } | { error: string };

/** Time for one graph, which takes 0.1 to 0.6 s alone and several times that beside a training; and for the thread to start. */
const GRAPH_MS = 5000;
const START_MS = 20_000;

export interface Diagrams {
  /** One at a time, in turn. Rejects when the graph cannot be laid out, or not within 5 s. */
  draw(graph: MixerGraph): Promise<Diagram & { thumbnail: string }>;
  close(): Promise<void>;
}

export interface DiagramOptions {
  /** Ms for one graph. */
  limit?: number;
  /** The thread's program; tests put their own here. */
  program?: URL;
}

const PROGRAM = threadProgram("layout-worker", import.meta.url);

/** Starts no thread before it is needed. */
export function createDiagrams({ limit = GRAPH_MS, program = PROGRAM }: DiagramOptions = {}): Diagrams {
  let worker: Promise<Worker> | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  /** The next message, or an error; the thread is ended when it does not answer. */
  function answer(from: Worker, ms: number, late: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        from.off("message", onMessage).off("error", onError).off("exit", onExit);
        act();
      };
      const fail = (error: Error) => {
        worker = null;
        void from.terminate();
        settle(() => reject(error));
      };
      const onMessage = (reply: Reply) => settle(() => resolve(reply));
      const onError = (error: unknown) => fail(error instanceof Error ? error : new Error(String(error)));
      const onExit = () => fail(new Error("The thread that draws diagrams ended."));
      const timer = setTimeout(() => fail(new Error(late)), ms);
      from.on("message", onMessage).on("error", onError).on("exit", onExit);
    });
  }

  async function started(): Promise<Worker> {
    const made = new Worker(program);
    await answer(made, START_MS, "The thread that draws diagrams did not start.");
    made.on("error", () => {}); // Between two graphs nobody waits for it: the next one starts another.
    return made;
  }

  async function drawNow(graph: MixerGraph): Promise<Diagram & { thumbnail: string }> {
    if (closed) throw new Error("Diagrams are closed.");
    const checked = MixerGraph.parse(graph);
    worker ??= started();
    const thread = await worker.catch((error) => {
      worker = null;
      throw error;
    });
    thread.ref();
    thread.postMessage(checked);
    const reply = await answer(
      thread,
      limit,
      `The module graph could not be laid out within ${limit / 1000} s.`,
    );
    thread.unref(); // An idle thread keeps no process alive.
    if ("drawn" in reply) return { graph: checked, ...reply.drawn };
    throw new Error(
      `The module graph could not be laid out: ${"error" in reply ? reply.error : "no answer"}`,
    );
  }

  return {
    draw(graph) {
      const drawing = last.then(() => drawNow(graph));
      last = drawing.catch(() => {});
      return drawing;
    },
    async close() {
      closed = true;
      await last;
      await (await worker?.catch(() => null))?.terminate();
    },
  };
}
