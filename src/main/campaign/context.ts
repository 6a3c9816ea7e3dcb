/** What a step may use, and the faults that are no experiment's. */
import type { BaselinePoint, Campaign } from "../../shared/domain.ts";
import type { Failure, JobEvent } from "../../shared/job.ts";
import type { Agents, Trainer } from "../interfaces.ts";
import type { Records } from "./view.ts";

export interface StepContext {
  campaign: Campaign;
  records: Records;
  baseline: readonly BaselinePoint[];
  agents: Agents;
  trainer: Trainer;
  threads: number;
  /** Time limit of one call of an agent. */
  agentSeconds: number;
  signal: AbortSignal;
  onJob: (event: JobEvent) => void;
}

/** The machine cannot go on (its disk is full): the campaign pauses, and no candidate is blamed. */
export class MachineFault extends Error {}

/** Whether a failure, as the trainer reports it, is the machine's and not the candidate's own quota. */
export const ofTheMachine = (failure: Failure | null): boolean =>
  failure?.kind === "disk" && /^(ENOSPC|EDQUOT)/.test(failure.detail);

export function isMachineFault(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return error instanceof MachineFault || code === "ENOSPC" || code === "EDQUOT";
}
