/** Who may use a device: a semaphore with priorities, and for a GPU a lock file against other Cambrians. */
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import type { DeviceLease } from "../interfaces.ts";
import { isAlive, markProcess } from "./processes.ts";

const LOCK_POLL_MS = 1000;

export interface LeaseOptions {
  device: "cpu" | "cuda";
  /** CPU workers of one thread; as many as cores by default. A GPU has one slot. */
  slots?: number;
  lockFile?: string;
}

export function createDeviceLease({ device, slots, lockFile }: LeaseOptions): DeviceLease {
  const total = device === "cuda" ? 1 : (slots ?? availableParallelism());
  const lock = device === "cuda" ? (lockFile ?? join(tmpdir(), "cambrian-cuda.lock")) : null;
  const waiting: { priority: number; grant: () => void }[] = [];
  const held = new Set<{ since: number }>();
  let taken = 0;
  let ended = 0;

  const give = () => {
    while (taken < total && waiting.length > 0) {
      // First come, first served among equals: `waiting` is in order of arrival.
      const next = waiting.reduce((best, entry) => (entry.priority < best.priority ? entry : best));
      waiting.splice(waiting.indexOf(next), 1);
      taken++;
      next.grant();
    }
  };

  return {
    slots: total,
    async acquire(priority, signal) {
      signal?.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const entry = { priority, grant: () => granted() };
        const abandon = () => {
          waiting.splice(waiting.indexOf(entry), 1);
          reject(signal!.reason);
        };
        const granted = () => {
          signal?.removeEventListener("abort", abandon);
          resolve();
        };
        signal?.addEventListener("abort", abandon, { once: true });
        waiting.push(entry);
        give();
      });
      try {
        if (lock) await takeLock(lock, signal);
      } catch (error) {
        taken--;
        give();
        throw error;
      }
      const use = { since: performance.now() };
      held.add(use);
      return () => {
        if (!held.delete(use)) return; // released before
        ended += performance.now() - use.since;
        if (lock) releaseLock(lock);
        taken--;
        give();
      };
    },
    idle: () => total - taken,
    heldSeconds() {
      let milliseconds = ended;
      for (const use of held) milliseconds += performance.now() - use.since;
      return milliseconds / 1000;
    },
  };
}

/** Waits until the lock file is this process's. A lock whose process has gone is taken over. */
async function takeLock(file: string, signal?: AbortSignal): Promise<void> {
  while (!tryLock(file)) {
    signal?.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
  if (signal?.aborted) {
    releaseLock(file);
    signal.throwIfAborted();
  }
}

function tryLock(file: string): boolean {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(markProcess(process.pid)), { mode: 0o644 });
  try {
    linkSync(mine, file); // atomic: exactly one of several succeeds, and the file is never half written
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    if (holderLives(file)) return false;
    removeStale(file, `${mine}.stale`);
    return false; // the next try decides who is first
  } finally {
    unlinkSync(mine);
  }
}

/** Moves a stale lock away; one that another process took in the meantime is put back. */
function removeStale(file: string, aside: string): void {
  try {
    renameSync(file, aside);
    if (holderLives(aside)) linkSync(aside, file);
    unlinkSync(aside);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EPERM" || code === "EACCES")
      throw new Error(
        `The device is marked as in use by ${file}, which another user's program left when it ended: have it deleted.`,
      );
    // somebody else was faster
  }
}

function holderLives(file: string): boolean {
  try {
    return isAlive(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return false;
  }
}

function releaseLock(file: string): void {
  try {
    if (JSON.parse(readFileSync(file, "utf8")).pid === process.pid) unlinkSync(file);
  } catch {
    // gone already
  }
}
