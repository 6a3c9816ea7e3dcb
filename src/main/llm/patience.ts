/**
 * How long a first request waits. The endpoint's limits have to suit the slowest of servers; one that has always answered
 * within seconds and falls silent need not be waited for that long. Should it only have been slow this once, the next
 * attempt waits as long as the endpoint says.
 */
import type { Endpoint } from "../../shared/llm.ts";

export interface Heard {
  firstByteSeconds: number;
  /** Longest silence between two pieces of one answer. */
  longestGapSeconds: number;
}

export type Patience = Pick<Endpoint, "firstByteSeconds" | "idleSeconds">;

/** So many answers are remembered, and needed before anything is concluded. */
export const REMEMBERED = 32;
const NEEDED = 5;
/** Times the longest that was seen, and never below. */
const TIMES = 5;
const LEAST_FIRST = 20;
const LEAST_IDLE = 10;

/**
 * Whether a request that stalled was given up before the endpoint's own limits were reached: that says that this patience
 * was too short, and nothing about the server.
 * @param stalled seconds until its first piece (null: none came) and until it was given up
 */
export function gaveUpTooSoon(
  endpoint: Endpoint,
  waited: Patience,
  stalled: { firstByteSeconds: number | null; seconds: number },
): boolean {
  if (stalled.seconds >= endpoint.totalSeconds) return false;
  return stalled.firstByteSeconds === null
    ? waited.firstByteSeconds < endpoint.firstByteSeconds
    : waited.idleSeconds < endpoint.idleSeconds;
}

/** @param heard the last answers, newest last */
export function patience(endpoint: Endpoint, heard: readonly Heard[]): Patience {
  const { firstByteSeconds, idleSeconds } = endpoint;
  if (heard.length < NEEDED) return { firstByteSeconds, idleSeconds };
  const last = heard.slice(-REMEMBERED);
  const limit = (seconds: number[], least: number, most: number) =>
    Math.min(most, Math.max(least, TIMES * Math.max(...seconds)));
  return {
    firstByteSeconds: limit(
      last.map((h) => h.firstByteSeconds),
      LEAST_FIRST,
      firstByteSeconds,
    ),
    idleSeconds: limit(
      last.map((h) => h.longestGapSeconds),
      LEAST_IDLE,
      idleSeconds,
    ),
  };
}
