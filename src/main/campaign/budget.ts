/** When a campaign ends. Pure functions; the first limit that is hit wins, and its sentence is stored. */
import type { Budget, Campaign } from "../../shared/domain.ts";

const duration = (seconds: number) =>
  seconds >= 7200 ? `${(seconds / 3600).toFixed(1)} hours` : `${Math.round(seconds)} seconds`;

/** Why time is up, or null. Running experiments stay at their step; a larger budget goes on from there. */
export function timeIsUp(budget: Budget, used: Campaign["used"]): string | null {
  if (budget.wallSeconds !== null && used.wallSeconds >= budget.wallSeconds) {
    return `The wall-clock budget of ${duration(budget.wallSeconds)} is used up.`;
  }
  if (budget.deviceSeconds !== null && used.deviceSeconds >= budget.deviceSeconds) {
    return `The device budget of ${duration(budget.deviceSeconds)} is used up.`;
  }
  return null;
}

/** Whether another experiment may be opened. */
export const mayOpen = (budget: Budget, opened: number): boolean =>
  budget.experiments === null || opened < budget.experiments;

/** Why a campaign that finished all it started has ended. */
export const allDone = (experiments: number): string =>
  `All ${experiments} experiments of the budget are done.`;
