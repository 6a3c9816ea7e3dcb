/** A campaign from outside: what it is given, and how it is watched, paused and stopped. */
import type { BaselinePoint, Campaign, Experiment, Promotion } from "../../shared/domain.ts";
import type { JobEvent } from "../../shared/job.ts";
import type { LlmSpent } from "../../shared/llm.ts";
import type { Agents, Archive, DeviceLease, Trainer } from "../interfaces.ts";
import type { Timed } from "./timed.ts";

export interface CampaignOptions {
  campaign: Campaign;
  archive: Archive;
  trainer: Trainer;
  lease: DeviceLease;
  agents: Agents;
  /** What the baseline is measured with, as its key in the archive; the device when not given. */
  measuredOn?: string;
  /** Threads of one training. */
  threads?: number;
  /**
   * Calls of agents at the same time: 4, or 64 where they are paced. Proposals leave a quarter of the places free, so that
   * results are not held up by them.
   */
  mind?: number;
  /** Gated candidates that may wait for the device: 2, or two for each slot and 2 more where agents are paced. */
  buffer?: number;
  /** Time limit of one call of an agent: 900 s, or 7200 s where they are paced, because models have limits of their own. */
  agentSeconds?: number;
  /** What the agents' models have used so far; none when not given. */
  spent?: () => LlmSpent;
  /** For a campaign that is run again: what depended on time then, for each experiment; null for those beyond. */
  timed?: (index: number) => Timed | null;
  /** After something was stored. `seq` is null for changes of the campaign itself. */
  onEvent?: (event: StoredEvent) => void;
  /** What the sandbox reports, as it comes; not stored. `task` is the key of the task that trains. */
  onJob?: (experimentId: string | null, event: JobEvent, task: string) => void;
  /** After a task began or ended. */
  onTask?: () => void;
  /** Program text of a reference mixer. */
  mixerCode?: (name: string) => string;
}

export interface StoredEvent {
  seq: number | null;
  experimentId: string | null;
  type: string;
  data: Record<string, unknown>;
}

export interface CampaignSnapshot {
  campaign: Campaign;
  experiments: readonly Experiment[];
  promotions: readonly Promotion[];
  baseline: readonly BaselinePoint[];
  /** Keys of the tasks under way. */
  running: readonly string[];
  /** When each of them began (ISO). */
  since: Readonly<Record<string, string>>;
  /** A reading of the device meter, for busyFraction. */
  meter: DeviceReading;
}

export interface DeviceReading {
  seconds: number;
  held: number;
  slots: number;
}

/** Part of the device's time between two readings in which it was in use, from 0 to 1; null for an empty window. */
export function busyFraction(from: DeviceReading, to: DeviceReading): number | null {
  const wall = to.seconds - from.seconds;
  return wall > 0 ? (to.held - from.held) / (to.slots * wall) : null;
}

export interface CampaignHandle {
  /** Resolves when the campaign is finished, paused or failed, and nothing of it runs any more. Never rejects. */
  done: Promise<Campaign>;
  /** Running steps finish and are stored, a training to its end; nothing new starts; then the campaign is paused. */
  pauseAfterStep(): void;
  /** Trainings write a checkpoint and are ended, agents' calls are dropped; then the campaign is paused. */
  pauseNow(): void;
  /** As pauseNow, but the campaign is finished, with "stopped" as its reason. */
  stop(): void;
  snapshot(): CampaignSnapshot;
}
