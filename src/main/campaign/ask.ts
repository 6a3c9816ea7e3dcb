/** Calls of agents. */
import type { StepContext } from "./context.ts";

/** Calls an agent under the time limit. Whatever it ignores, the campaign is not held up. */
export async function ask<T>(
  c: StepContext,
  who: string,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = AbortSignal.timeout(c.agentSeconds * 1000);
  const signal = AbortSignal.any([c.signal, limit]);
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () =>
    reject(
      c.signal.aborted ? c.signal.reason : new Error(`The ${who} gave no answer in ${c.agentSeconds} s.`),
    );
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([call(signal), aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
