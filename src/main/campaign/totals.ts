/** How many experiments went which way. */
import type { Experiment } from "../../shared/domain.ts";

export interface Totals {
  proposed: number;
  rejected: number;
  failed: number;
  /** Trained to the end of the first rung and scored. */
  trained: number;
}

export function totals(experiments: readonly Experiment[]): Totals {
  const count = (is: (e: Experiment) => boolean) => experiments.filter(is).length;
  return {
    proposed: experiments.length,
    rejected: count((e) => e.status === "rejected"),
    failed: count((e) => e.status === "failed"),
    trained: count((e) => e.scores.length > 0),
  };
}
