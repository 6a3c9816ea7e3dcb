/**
 * The circuit breaker of an endpoint, as a pure state machine. Closed: requests pass. Open: none pass until a time.
 * Half-open: one request passes as a probe, and what comes of it closes or opens the breaker.
 */
import type { LlmErrorKind } from "../../shared/llm.ts";

export interface Breaker {
  state: "closed" | "open" | "half-open";
  /** Failures in a row. */
  failures: number;
  /** The wait after the next opening, in milliseconds. */
  backOffMs: number;
  /** Milliseconds since 1970; null while closed. */
  until: number | null;
  /** What it failed with last, as a sentence; null while closed. */
  reason: string | null;
}

export const FAILURES = 5;
export const FIRST_MS = 10_000;
export const LONGEST_MS = 30 * 60_000;

export const closed = (): Breaker => ({
  state: "closed",
  failures: 0,
  backOffMs: FIRST_MS,
  until: null,
  reason: null,
});

/** These are the endpoint's: the other kinds are answers of a server that works. */
const COUNTS: readonly LlmErrorKind[] = [
  ...(["unreachable", "stalled", "cut", "server", "rate", "protocol"] as const),
  ...(["key", "quota"] as const),
];
/** Nothing but a person can mend these. */
const AT_ONCE: readonly LlmErrorKind[] = ["key", "quota"];

/** Whether a request may be sent now; as a probe it is the only one. */
export function admit(breaker: Breaker, now: number): { pass: boolean; probe: boolean; next: Breaker } {
  if (breaker.state === "closed") return { pass: true, probe: false, next: breaker };
  if (breaker.state === "half-open" || now < breaker.until!)
    return { pass: false, probe: false, next: breaker };
  return { pass: true, probe: true, next: { ...breaker, state: "half-open" } };
}

/**
 * What comes of a request. kind null: it was answered.
 * @param probe it was let through by a breaker that was not closed
 */
export function after(
  breaker: Breaker,
  outcome: { kind: LlmErrorKind | null; reason: string; probe: boolean },
  now: number,
): Breaker {
  const { kind, reason, probe } = outcome;
  if (kind === null || !COUNTS.includes(kind)) return closed();
  // Requests that were under way when it opened say nothing new.
  if (breaker.state !== "closed" && !probe) return breaker;
  const failures = breaker.failures + 1;
  if (breaker.state === "closed" && failures < FAILURES && !AT_ONCE.includes(kind))
    return { ...breaker, failures };
  const { backOffMs } = breaker;
  return {
    state: "open",
    failures,
    backOffMs: Math.min(LONGEST_MS, backOffMs * 2),
    until: now + backOffMs,
    reason,
  };
}

/** A request that its caller gave up says nothing; if it was the probe, the next one is. */
export const givenUp = (breaker: Breaker, probe: boolean, now: number): Breaker =>
  probe && breaker.state === "half-open" ? { ...breaker, state: "open", until: now } : breaker;
