/** Runs that succeeded and yet stand out. Only the engineer can say whether that is a defect; a result is never taken away. */
import type { RungScore } from "../../shared/domain.ts";
import type { Failure } from "../../shared/job.ts";
import { quantile } from "./statistics.ts";

/** So many times the peers' median is too long; below so many peers nothing is said. */
const SLOWER = 3;
const PEERS = 5;
/** ASI-Arch's filter: a loss more than 10 % below the baseline is an information leak (research/engine.md). */
const TOO_GOOD = 0.1;

const secs = (s: number) => `${s >= 10 ? Math.round(s) : Number(s.toFixed(1))} s`;
export const anomaly = (message: string, detail = ""): Failure => ({ kind: "anomaly", message, detail });

/** A training of the first rung that took far longer than those of `peers` (seconds). */
export function slowness(seconds: number, peers: readonly number[]): Failure | null {
  if (peers.length < PEERS) return null;
  const median = quantile(peers, 0.5);
  if (!(seconds > SLOWER * median)) return null;
  const times = median > 0 ? `${(seconds / median).toFixed(1)} times` : "many times";
  return anomaly(
    `Trained ${times} as long as the median of ${peers.length} peers (${secs(seconds)} against ${secs(median)}).`,
    `Seconds of the peers: ${peers.map(secs).join(", ")}.`,
  );
}

/** A loss far below the baseline at the candidate's own size. */
export function tooGood({ loss, gain, rung }: Pick<RungScore, "loss" | "gain" | "rung">): Failure | null {
  // The gain is measured against the baseline at this size, so that their sum is that baseline.
  const baseline = loss.mean + gain;
  const below = gain / Math.abs(baseline);
  if (!(Number.isFinite(below) && below > TOO_GOOD)) return null;
  return anomaly(
    `The loss on rung ${rung} is ${loss.mean.toFixed(4)}, ${(100 * below).toFixed(1)} % below the baseline at its size (${baseline.toFixed(4)}): suspiciously low, look for a leak.`,
  );
}
