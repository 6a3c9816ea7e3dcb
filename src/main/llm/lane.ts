/** The way to one endpoint: its breaker, its limit on concurrency, and what its server was found to dislike. */
import type { Endpoint } from "../../shared/llm.ts";
import { type EndpointState, LlmError } from "../interfaces.ts";
import { admit, after, type Breaker, closed, givenUp } from "./breaker.ts";
import { answerTokens, tokenLimit } from "./endpoints.ts";
import type { Failure } from "./failure.ts";
import { createLimiter } from "./limiter.ts";
import { type Heard, type Patience, patience, REMEMBERED } from "./patience.ts";

export interface Lane {
  readonly endpoint: Endpoint;
  /** Throws an LlmError "open" while the breaker lets nothing through. */
  check(): void;
  /** The signal, or the opening of the breaker: whichever comes first. Its reason is then an LlmError "open". */
  until(signal: AbortSignal): AbortSignal;
  /**
   * Does a request when a slot is free and the breaker lets it through, and tells the breaker what came of it; a request
   * that was given up too soon says nothing.
   * Rejects with LlmError "open" also while it waits, and with whatever `work` rejects with.
   */
  through<T extends { failure: Failure | null; heard: Heard | null; tooSoon: boolean }>(
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T>;
  /** Parameters of a chat request, without those that the server does not take. */
  params(): Record<string, unknown>;
  /** How long the first request of a call waits. */
  patience(): Patience;
  /**
   * Leaves out or renames a parameter that a request was sent with, once and never back. Returns whether the next request
   * goes without it, because of this objection or of one before.
   */
  adapt(change: { drop: string } | { rename: [from: string, to: string] }): boolean;
  state(): EndpointState;
}

/** @param onChange called when the breaker's state or its next try changes */
export function createLane(endpoint: Endpoint, now: () => number, onChange: () => void): Lane {
  const limiter = createLimiter(endpoint.concurrency);
  const dropped = new Set<string>();
  let limit: string = tokenLimit(new URL(endpoint.baseUrl).hostname);
  let renamed = false;
  let breaker = closed();
  let heard: Heard[] = [];
  let gate = new AbortController();

  const refusal = (): LlmError => {
    const { reason, until, state } = breaker;
    const when =
      state === "half-open"
        ? "one request is finding out"
        : `it is tried again at ${new Date(until!).toISOString()}`;
    return new LlmError(
      "open",
      `${endpoint.name} (${endpoint.model}) is not asked for now; ${when}. It failed with: ${reason}`,
      "Nothing was sent. It goes on by itself when the server works again.",
    );
  };
  const set = (next: Breaker) => {
    const changed = next.state !== breaker.state || next.until !== breaker.until;
    breaker = next;
    if (!changed) return;
    if (next.state === "open") {
      // Those who wait now are turned away; those who come later meet the breaker itself.
      const waiting = gate;
      gate = new AbortController();
      waiting.abort(refusal());
    }
    onChange();
  };
  const check = () => {
    if (!admit(breaker, now()).pass) throw refusal();
  };

  return {
    endpoint,
    check,
    until: (signal) => AbortSignal.any([signal, gate.signal]),
    async through(signal, work) {
      check();
      const release = await limiter.acquire(AbortSignal.any([signal, gate.signal]));
      try {
        const { pass, probe, next } = admit(breaker, now());
        if (!pass) throw refusal();
        set(next);
        try {
          const done = await work();
          const { failure } = done;
          if (!failure && done.heard) heard = [...heard, done.heard].slice(-REMEMBERED);
          const byHand = failure?.kind === "key" || failure?.kind === "quota";
          const reason = failure ? `${failure.message}${byHand ? ` ${failure.fix}` : ""}` : "";
          const kind = failure?.kind ?? null;
          const at = now();
          set(done.tooSoon ? givenUp(breaker, probe, at) : after(breaker, { kind, reason, probe }, at));
          return done;
        } catch (error) {
          set(givenUp(breaker, probe, now()));
          throw error;
        }
      } finally {
        release();
      }
    },
    params() {
      const { temperature, reasoningEffort } = endpoint;
      const all = {
        [limit]: answerTokens(endpoint),
        ...(temperature !== null && { temperature }),
        ...(reasoningEffort !== null && { reasoning_effort: reasoningEffort }),
        stream_options: { include_usage: true },
      };
      return Object.fromEntries(Object.entries(all).filter(([name]) => !dropped.has(name)));
    },
    patience: () => patience(endpoint, heard),
    adapt(change) {
      if ("drop" in change) {
        dropped.add(change.drop);
        return true;
      }
      const [from, to] = change.rename;
      // A server that takes neither name would otherwise be asked under one after the other for ever.
      if (limit === from && renamed) return false;
      renamed = true;
      limit = to;
      return true;
    },
    state() {
      const { state, until, reason } = breaker;
      return {
        name: endpoint.name,
        model: endpoint.model,
        breaker: state,
        until: until === null ? null : new Date(until).toISOString(),
        reason,
      };
    },
  };
}
