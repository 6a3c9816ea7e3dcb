/** Whether a failed request is sent again, and when. */
import type { LlmErrorKind } from "../../shared/llm.ts";

/** Requests for one call, at most. */
export const ATTEMPTS = 4;
const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const LONGEST_RETRY_AFTER_MS = 60_000;

const AGAIN: readonly LlmErrorKind[] = ["unreachable", "stalled", "cut", "rate", "server"];

/**
 * Milliseconds until the next attempt (exponential back-off with full jitter, or what the server asked for), or null when
 * there is none.
 * @param failures kinds of all failures of this call so far, the last one last
 * @param retryAfterMs from the server's Retry-After; null without one
 * @param random uniform in [0, 1)
 */
export function waitBefore(
  failures: readonly LlmErrorKind[],
  retryAfterMs: number | null,
  random: () => number,
): number | null {
  const kind = failures.at(-1);
  if (kind === undefined || failures.length >= ATTEMPTS) return null;
  // What is no chat completion once may be a hiccup of a proxy; twice, it is another kind of server.
  const again = kind === "protocol" ? failures.filter((k) => k === kind).length < 2 : AGAIN.includes(kind);
  if (!again) return null;
  // Requests refused together must not come back together.
  if (retryAfterMs !== null) return Math.min(LONGEST_RETRY_AFTER_MS, retryAfterMs + random() * FIRST_MS);
  return random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures.length - 1));
}

/** Milliseconds from the headers `retry-after-ms` or `Retry-After` (seconds, or a date); null where neither says. */
export function retryAfter(header: (name: string) => string | null, now: number): number | null {
  const ms = Number(header("retry-after-ms") ?? Number.NaN);
  if (ms >= 0) return ms;
  const text = header("retry-after");
  if (text === null) return null;
  const seconds = Number(text);
  const wait = Number.isNaN(seconds) ? Date.parse(text) - now : seconds * 1000;
  return Number.isNaN(wait) ? null : Math.max(0, wait);
}
