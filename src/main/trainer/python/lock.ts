/** One builder at a time, across processes: an exclusive SQLite transaction, which the system ends with its process. */
import Database from "better-sqlite3";
import { SetupError } from "./errors.ts";

/**
 * Waits for the lock, at most `limit` seconds, and returns the way to release it. A builder that was killed holds nothing.
 * @throws SetupError locked, cancelled
 */
export async function lock(
  file: string,
  options: { limit: number; signal?: AbortSignal; onWait?: () => void },
): Promise<() => void> {
  const deadline = Date.now() + options.limit * 1000;
  let told = false;
  for (;;) {
    if (options.signal?.aborted) throw new SetupError("cancelled");
    const db = new Database(file, { timeout: 0 });
    try {
      db.exec("BEGIN EXCLUSIVE");
      return () => db.close();
    } catch (error) {
      db.close();
      if (!/^SQLITE_BUSY/.test((error as { code?: string }).code ?? "")) throw error;
    }
    if (Date.now() > deadline) throw new SetupError("locked");
    if (!told) options.onWait?.();
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
