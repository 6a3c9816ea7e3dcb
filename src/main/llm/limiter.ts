/** Requests at the same time, first come first served. */

export interface Limiter {
  /** Waits for a slot; the function it resolves to gives it back (once). Rejects with the signal's reason. */
  acquire(signal: AbortSignal): Promise<() => void>;
}

export function createLimiter(slots: number): Limiter {
  let free = slots;
  const waiting = new Set<() => void>();
  const lend = (): (() => void) => {
    let lent = true;
    return () => {
      if (!lent) return;
      lent = false;
      const [next] = waiting;
      if (next) next();
      else free++;
    };
  };
  return {
    async acquire(signal) {
      signal.throwIfAborted();
      if (free > 0) {
        free--;
        return lend();
      }
      return new Promise((resolve, reject) => {
        const serve = () => {
          waiting.delete(serve);
          signal.removeEventListener("abort", giveUp);
          resolve(lend());
        };
        const giveUp = () => {
          waiting.delete(serve);
          reject(signal.reason);
        };
        waiting.add(serve);
        signal.addEventListener("abort", giveUp, { once: true });
      });
    },
  };
}

/** What the promise brings, or the signal's reason as soon as it is aborted. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await unlessAborted(waited, signal).finally(() => clearTimeout(timer));
}
