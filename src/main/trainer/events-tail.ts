/** Reads events.jsonl as it grows. The sandbox writes it, so every line is doubted. */
import { closeSync, readSync } from "node:fs";
import { JobEvent } from "../../shared/job.ts";
import { openBeneath } from "./run-folder.ts";

/** Longest line that is parsed: a traceback and a verdict's detail fit many times over. */
const LINE_LIMIT = 256 * 1024;

export interface EventsTail {
  /** Events written since the last call. Throws `Hostile` when events.jsonl is no plain file. */
  poll(): JobEvent[];
  /** Bytes read so far. */
  readonly bytes: number;
  /** Lines that were no event. */
  readonly garbage: number;
  close(): void;
}

/** Follows `<out>/events.jsonl`, which need not exist yet. One call reads at most 1 MB, so that a flood cannot stall it. */
export function tailEvents(out: string): EventsTail {
  let fd: number | null = null;
  let bytes = 0;
  let garbage = 0;
  let line: Buffer[] = [];
  let lineLength = 0;
  const buffer = Buffer.alloc(64 * 1024);

  const take = (events: JobEvent[]) => {
    const text = lineLength > LINE_LIMIT ? null : Buffer.concat(line).toString("utf8");
    line = [];
    lineLength = 0;
    if (text !== null && text.trim() === "") return;
    const event = text === null ? null : parseEvent(text);
    if (event) events.push(event);
    else garbage++;
  };

  return {
    poll() {
      const events: JobEvent[] = [];
      fd ??= openBeneath(out, ["events.jsonl"])?.fd ?? null;
      if (fd === null) return events;
      for (let round = 0; round < 16; round++) {
        const n = readSync(fd, buffer, 0, buffer.length, bytes);
        if (n === 0) break;
        bytes += n;
        let from = 0;
        for (let at = buffer.indexOf(10); at >= 0 && at < n; at = buffer.indexOf(10, from)) {
          hold(buffer.subarray(from, at));
          take(events);
          from = at + 1;
        }
        hold(buffer.subarray(from, n));
      }
      return events;
    },
    get bytes() {
      return bytes;
    },
    get garbage() {
      return garbage;
    },
    close() {
      if (fd !== null) closeSync(fd);
      fd = null;
    },
  };

  function hold(part: Buffer) {
    lineLength += part.length;
    if (lineLength <= LINE_LIMIT) line.push(Buffer.from(part)); // beyond, the line is counted, not kept
  }
}

/** One line of events.jsonl, or null. Python writes NaN and Infinity, which JSON has not: such a line is no event. */
export function parseEvent(text: string): JobEvent | null {
  try {
    return JobEvent.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
