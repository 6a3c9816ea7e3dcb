/** The three kinds of topic: a state, a log, and a terminal. */
import type { Source } from "./service.ts";

/** Most bytes of a terminal in one message. */
const TERMINAL_BYTES = 64 * 1024;

export interface StateSource<T> extends Source {
  readonly value: T;
  set(value: T): void;
}

export interface LogSource<T> extends Source {
  push(...items: T[]): void;
}

/** What of a terminal (src/main/trainer/pty.ts) is needed to show it. */
export interface TerminalView {
  /** Bytes held from `offset` on; `from` is later than asked when the beginning was overwritten. */
  snapshot(offset?: number): { from: number; bytes: Uint8Array; to: number };
  subscribe(listener: (total: number) => void): () => void;
}

function listeners() {
  const all = new Set<() => void>();
  return {
    tell: () => {
      for (const changed of [...all]) changed();
    },
    listen(changed: () => void) {
      // A listener that is given twice is two listeners.
      const own = () => changed();
      all.add(own);
      return () => {
        all.delete(own);
      };
    },
  };
}

/** The newest value, whole. Whoever reads seldom misses what was in between. Values are not to be changed once set. */
export function stateSource<T>(initial: T): StateSource<T> {
  const { tell, listen } = listeners();
  let value = initial;
  let seq = 1;
  return {
    listen,
    get value() {
      return value;
    },
    set(next) {
      value = next;
      seq++;
      tell();
    },
    // A state replaces what was there, so a position from before only says whether it has been seen.
    read: (after) => (after === seq ? null : { seq, reset: after === null || after > seq, data: value }),
  };
}

/** What was appended, in order. The last `keep` items are held: a client that is further behind is reset to those. */
export function logSource<T>({ keep }: { keep: number }): LogSource<T> {
  const { tell, listen } = listeners();
  /** Holds up to twice as many, so that it is cut seldom. */
  let held: T[] = [];
  let total = 0;
  return {
    listen,
    push(...items) {
      for (const item of items) held.push(item);
      total += items.length;
      if (held.length > 2 * keep) held = held.slice(-keep);
      if (items.length > 0) tell();
    },
    read(after) {
      const begin = total - Math.min(keep, held.length);
      // Also what is beyond the end: it cannot be a position of this log.
      const reset = after === null || after < begin || after > total;
      if (!reset && after === total) return null;
      const from = reset ? begin : after;
      return { seq: total, reset, data: held.slice(held.length - (total - from)) };
    },
  };
}

/** A terminal's raw bytes as base64, at most 64 KB at a time; the position is the offset after the last of them. */
export function terminalSource(terminal: TerminalView): Source {
  return {
    listen: (changed) => terminal.subscribe(() => changed()),
    read(after) {
      const { from, bytes, to } = terminal.snapshot(after ?? 0);
      // What was overwritten is gone, and an offset beyond the end belongs to another terminal of the same name.
      const reset = after === null || after !== from;
      if (bytes.length === 0 && !reset) return null;
      const piece = bytes.subarray(0, TERMINAL_BYTES);
      const data = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString("base64");
      return { seq: to - bytes.length + piece.length, reset, data };
    },
  };
}
