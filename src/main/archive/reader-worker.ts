/** The thread behind `openReader`: opens the archive read-only and answers one question after another. */
import { parentPort, workerData } from "node:worker_threads";
import { ArchiveError, archiveError } from "./errors.ts";
import { openReadOnly } from "./read-only.ts";
import type { Answer, Question } from "./reader.ts";
import { answer } from "./reader-calls.ts";

const port = parentPort!;
const { file } = workerData as { file: string };

const failed = (id: number, thrown: unknown): Answer => {
  const error = archiveError(thrown, file);
  return error instanceof ArchiveError
    ? { id, error: { code: error.code, message: error.message, fix: error.fix } }
    : { id, error: { code: null, message: error.stack ?? error.message, fix: "" } };
};

try {
  const { db, path, dispose } = openReadOnly(file);
  port.on("message", async ({ id, method, args }: Question) => {
    if (method === "close") {
      db.close();
      dispose();
      port.postMessage({ id, value: undefined } satisfies Answer);
      port.close();
      return;
    }
    try {
      port.postMessage({ id, value: await answer(db, path, method, args) } satisfies Answer);
    } catch (error) {
      port.postMessage(failed(id, error));
    }
  });
  port.postMessage({ id: 0, value: undefined } satisfies Answer);
} catch (error) {
  port.postMessage(failed(0, error));
}
