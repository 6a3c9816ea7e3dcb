/** What a step may use. */
import type { BaselinePoint, Campaign } from "../../shared/domain.ts";
import type { JobEvent } from "../../shared/job.ts";
import type { Agents, Trainer } from "../interfaces.ts";
import type { InTurn } from "./turns.ts";
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
  /**
   * Fingerprints of proposals are taken beside whatever the device does, one for each slot at a time: a slot's candidate
   * starts a process for its gates, too, and trains besides, so that no slot waits for these.
   */
  fingerprints: InTurn;
  /** Whether another gated candidate may wait with its process for the checker. */
  mayWait: () => boolean;
  onJob: (event: JobEvent) => void;
}
