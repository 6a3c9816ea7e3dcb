/** The reader: queries run on a worker thread with a read-only connection, so that the event loop never waits for them. */
import { Worker } from "node:worker_threads";
import type { BaselinePoint } from "../../shared/domain.ts";
import type { ArchiveReader, BaselineKey } from "../interfaces.ts";
import { threadProgram } from "../threads.ts";
import { ArchiveError, type ArchiveErrorCode } from "./errors.ts";
import type { ExperimentSummary } from "./queries.ts";
import type { Method } from "./reader-calls.ts";

export interface Question {
  id: number;
  method: Method | "close";
  args: unknown[];
}

/** `error.code` is null for what is not an ArchiveError. Answer 0 says that the archive is open. */
export type Answer =
  | { id: number; value: unknown }
  | { id: number; error: { code: ArchiveErrorCode | null; message: string; fix: string } };

const PROGRAM = threadProgram("reader-worker", import.meta.url);

/** A question that takes longer is given up, and the thread with it. A backup may take its time. */
const ANSWER_MS = 60_000;
const BACKUP_MS = 3_600_000;

/** Beyond the contract: what lists and drawings need, without the heavy columns. */
export interface Reader extends ArchiveReader {
  summaries(campaignId?: string): Promise<ExperimentSummary[]>;
  baseline(key: BaselineKey): Promise<BaselinePoint[]>;
  /** Works while another process writes the archive. */
  backup(file: string): Promise<void>;
}

interface Pending {
  resolve: (value: never) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** Opens an archive for reading; works while a campaign writes it and where nothing can be written. @throws ArchiveError */
export async function openReader(file: string): Promise<Reader> {
  const worker = new Worker(PROGRAM, { workerData: { file } });
  const pending = new Map<number, Pending>();
  let last = 0;
  let ended: Error | null = null;

  const end = (error: Error) => {
    ended ??= error;
    for (const { reject, timer } of pending.values()) {
      clearTimeout(timer);
      reject(ended);
    }
    pending.clear();
  };
  const wait = <T>(id: number, limit: number): Promise<T> => {
    worker.ref();
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        const seconds = limit / 1000;
        end(
          new ArchiveError(
            "timeout",
            `Reading ${file} took longer than ${seconds} s.`,
            "Check the disk, then open it again.",
          ),
        );
        void worker.terminate();
      }, limit);
      pending.set(id, { resolve, reject, timer });
    });
  };
  worker.on("message", (answer: Answer) => {
    const asked = pending.get(answer.id);
    if (!asked) return;
    pending.delete(answer.id);
    clearTimeout(asked.timer);
    if (pending.size === 0) worker.unref(); // An idle reader keeps no process alive.
    if ("value" in answer) return asked.resolve(answer.value as never);
    const { code, message, fix } = answer.error;
    asked.reject(code === null ? new Error(message) : new ArchiveError(code, message, fix));
  });
  // As when it is closed: the next question opens another one.
  worker.on("error", (error) =>
    end(new ArchiveError("closed", `The reader of ${file} broke off: ${error}.`, "Open it again.", error)),
  );
  worker.on("exit", () =>
    end(new ArchiveError("closed", `The reader of ${file} is closed.`, "Open it again.")),
  );

  const ask = <T>(method: Question["method"], ...args: unknown[]): Promise<T> => {
    if (ended) return Promise.reject(ended);
    const id = ++last;
    worker.postMessage({ id, method, args } satisfies Question);
    return wait(id, method === "backup" ? BACKUP_MS : ANSWER_MS);
  };

  await wait(0, ANSWER_MS);
  return {
    counts: () => ask("counts"),
    campaigns: () => ask("campaigns"),
    experiments: (campaignId) => ask("experiments", campaignId),
    summaries: (campaignId) => ask("summaries", campaignId),
    experiment: (idOrName) => ask("experiment", idOrName),
    promotions: (campaignId) => ask("promotions", campaignId),
    promoted: (campaignId) => ask("promoted", campaignId),
    gallery: (query) => ask("gallery", query),
    facets: (filter) => ask("facets", filter),
    cards: (ids) => ask("cards", ids),
    view: (id) => ask("view", id),
    curvesOf: (id) => ask("curvesOf", id),
    logOf: (id) => ask("logOf", id),
    callTexts: (callId) => ask("callTexts", callId),
    tree: (campaignId) => ask("tree", campaignId),
    insights: (campaignId) => ask("insights", campaignId),
    campaignRows: () => ask("campaignRows"),
    graph: (experimentId) => ask("graph", experimentId),
    diagram: (experimentId) => ask("diagram", experimentId),
    baseline: (key) => ask("baseline", key),
    search: (text, limit) => ask("search", text, limit),
    events: (afterSeq, limit) => ask("events", afterSeq, limit),
    retrieved: () => ask("retrieved"),
    lastEvents: (campaignId, limit) => ask("lastEvents", campaignId, limit),
    calls: (campaignId, texts) => ask("calls", campaignId, texts),
    prompts: () => ask("prompts"),
    backup: (destination) => ask("backup", destination),
    async close() {
      if (ended) return;
      await ask("close");
      await worker.terminate();
    },
  };
}
