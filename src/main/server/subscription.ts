/**
 * One client that follows one topic. At most one message is under way until the client has worked it off, and messages
 * are a frame apart: a slow client gets the newest state instead of a queue, and a terminal cannot flood it.
 */
import type { Reading, Source } from "./service.ts";

export interface Subscription {
  /** The message up to `seq` was worked off. */
  ack(seq: number): void;
  close(): void;
}

const FRAME_MS = 16;

/**
 * @param after where the client stands; null: it has nothing yet
 * @param failed takes what reading or sending threw; the subscription is over then
 */
export function subscription(
  source: Source,
  after: number | null,
  send: (reading: Reading) => void,
  failed: (error: unknown) => void,
): Subscription {
  let position = after;
  let underWay = false;
  let closed = false;
  let timer: NodeJS.Timeout | null = null;

  const advance = () => {
    const reading = source.read(position);
    if (reading === null) return;
    position = reading.seq;
    underWay = true;
    timer = setTimeout(() => {
      timer = null;
      next();
    }, FRAME_MS);
    send(reading);
  };
  const next = () => {
    if (closed || underWay || timer !== null) return;
    // It is called from where things happen, in the midst of a campaign: what a screen cannot be told must not end that.
    try {
      advance();
    } catch (error) {
      closed = true;
      failed(error);
    }
  };
  const stop = source.listen(next);
  next();

  return {
    ack(seq) {
      // An acknowledgement of anything else is of a message that was never sent.
      if (!underWay || seq !== position) return;
      underWay = false;
      next();
    },
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      stop();
    },
  };
}
