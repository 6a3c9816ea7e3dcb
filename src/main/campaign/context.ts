/** What a step may use. */
import type { BaselinePoint, Campaign, Experiment } from "../../shared/domain.ts";
import type { JobEvent } from "../../shared/job.ts";
import type { Agents, Trainer } from "../interfaces.ts";
import type { Timed } from "./timed.ts";
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
  /** Indexes of the experiments beyond its horizon that a proposal is held against now. */
  othersOf: (e: Experiment) => readonly number[];
  /** What depended on time when the campaign was run before; null where it is not run again, or was not kept. */
  timed: ((index: number) => Timed | null) | null;
  onJob: (event: JobEvent) => void;
}
