/** The last bytes of a terminal, addressed by their offset in the whole stream, so that a late reader can catch up. */

export interface Snapshot {
  /** Offset of the first byte of `bytes` in the stream. */
  from: number;
  bytes: Buffer;
  /** Offset after the last byte: where to go on reading. */
  to: number;
}

export interface Ring {
  push(chunk: Uint8Array): void;
  /** Everything from `offset` on that is still held; `from` is later than asked when the beginning was overwritten. */
  read(offset?: number): Snapshot;
  /** Bytes pushed since the start. */
  readonly total: number;
}

/** Memory grows up to `capacity` bytes, and no further however much is pushed. */
export function createRing(capacity = 2 * 1024 * 1024): Ring {
  let store = Buffer.alloc(Math.min(capacity, 16 * 1024));
  let total = 0;

  const grow = (needed: number) => {
    if (store.length >= capacity || needed <= store.length) return;
    let size = store.length;
    while (size < Math.min(needed, capacity)) size *= 2;
    const larger = Buffer.alloc(Math.min(size, capacity));
    // It never wrapped as long as it was growing.
    store.copy(larger, 0, 0, total);
    store = larger;
  };

  return {
    push(chunk) {
      grow(total + chunk.length);
      const tail = chunk.length > store.length ? chunk.subarray(chunk.length - store.length) : chunk;
      let at = (total + chunk.length - tail.length) % store.length;
      const first = Math.min(tail.length, store.length - at);
      store.set(tail.subarray(0, first), at);
      at = 0;
      if (first < tail.length) store.set(tail.subarray(first), at);
      total += chunk.length;
    },
    read(offset = 0) {
      const from = Math.min(Math.max(offset, total - store.length, 0), total);
      const at = from % store.length;
      const length = total - from;
      const first = Math.min(length, store.length - at);
      const bytes = Buffer.concat([store.subarray(at, at + first), store.subarray(0, length - first)]);
      return { from, bytes, to: total };
    },
    get total() {
      return total;
    },
  };
}

// Escape sequences (OSC, DCS and the like, CSI, two-character ones), then what other control characters are left.
const SEQUENCES = new RegExp(
  [
    "\\x1b\\][^\\x07\\x1b]*(?:\\x07|\\x1b\\\\)",
    "\\x1b[PX^_][^\\x1b]*\\x1b\\\\",
    "\\x1b\\[[0-?]*[ -/]*[@-~]",
    "\\x1b[@-_]",
  ].join("|"),
  "g",
);
const CONTROLS = /(?![\n\t])\p{Cc}/gu;

/** Text for a log: no escape sequences, no control characters, and of an overwritten line only its last form. */
export function plainText(bytes: Uint8Array): string {
  return new TextDecoder()
    .decode(bytes)
    .replace(SEQUENCES, "")
    .replace(/\r+\n/g, "\n")
    .replace(/^.*\r(?!$)/gm, "")
    .replace(CONTROLS, "");
}
