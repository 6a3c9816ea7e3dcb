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

const roomFor = (budget: Budget, opened: number): boolean =>
  budget.experiments === null || opened < budget.experiments;

/** Whether another experiment may be opened: there is room for it, and for what its agents will ask. */
export const mayOpen = ({ budget, used }: Pick<Campaign, "budget" | "used">, opened: number): boolean =>
  used.refused === null && roomFor(budget, opened);

/** Why a campaign that finished all it started has ended. */
export const allDone = ({ budget, used }: Pick<Campaign, "budget" | "used">, opened: number): string =>
  used.refused !== null && roomFor(budget, opened)
    ? used.refused
    : `All ${opened} experiments of the budget are done.`;
