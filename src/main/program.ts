/**
 * What a host asks of the program; `src/main/app.ts` implements it as
 * `openProgram(options: ProgramOptions): Promise<Program>`. Opening is cheap: the Python environment and the sandbox are
 * looked for by the first call that trains (doctor, gate, evaluate, run, resume, bench), never by one that only reads.
 */
import type {
  BaselinePoint,
  Campaign,
  Experiment,
  Promotion,
  ProxyValidity,
  RungScore,
} from "../shared/domain.ts";
import type { Failure } from "../shared/job.ts";
import type { ArchiveReader, GateOutcome, SetupProgress } from "./interfaces.ts";

export interface ProgramOptions {
  env: NodeJS.ProcessEnv;
  /** The data folder. */
  home: string;
  /** Progress of building the Python environment. */
  onSetup?: (progress: SetupProgress) => void;
  /** Aborting gives up whatever is under way at once. A campaign is paused through its handle instead. */
  signal: AbortSignal;
}

export interface Program {
  /** Never throws for what it finds: a problem is a check that is not ok. */
  doctor(): Promise<Check[]>;
  gate(request: CandidateRequest): Promise<GateOutcome>;
  evaluate(request: EvaluateRequest): Promise<Evaluation>;
  /** Creates the archive where there is none. Resolves when the campaign is stored and running. */
  run(request: RunRequest): Promise<CampaignHandle>;
  /** Goes on with the newest campaign that is not finished, or the one named. */
  resume(request: ResumeRequest): Promise<CampaignHandle>;
  /** Read-only; also while another process runs the campaign. Throws a ProgramError where there is no archive. */
  reader(archive: string): Promise<ArchiveReader>;
  /** Rank correlation of the first rung with the second, over one campaign's experiments. */
  proxy(campaign: Campaign, experiments: readonly Experiment[]): ProxyValidity;
  /** A consistent copy, also while a campaign runs. Returns its size in bytes. */
  backup(archive: string, to: string): Promise<number>;
  benchPipeline(request: { experiments: number; onNote?: (line: string) => void }): Promise<PipelineBench>;
  close(): Promise<void>;
}

export interface Check {
  name: string;
  ok: boolean;
  detail: string;
  /** What to do when not ok; null when there is nothing to do. */
  fix: string | null;
}

export interface CandidateRequest {
  file: string;
  preset: string;
  onNote?: (line: string) => void;
}

export interface EvaluateRequest extends CandidateRequest {
  /** Seeds of every run, instead of what the rung says. */
  seeds: number;
  /** Deepest rung to train to; null: the last. */
  rung: string | null;
}

/** One mixer outside a campaign. `score` is null unless status is "scored". */
export interface Evaluation {
  status: "scored" | "rejected" | "failed";
  failure: Failure | null;
  gate: GateOutcome;
  /** The deepest rung reached. */
  score: Pick<RungScore, "rung" | "loss" | "benchmark" | "tasks"> | null;
  seconds: number;
}

/** These replace the preset's budget, or the stored one; undefined keeps it. */
export interface Limits {
  experiments?: number;
  wallSeconds?: number;
  deviceSeconds?: number;
  /** Trainings at the same time on a CPU; undefined: one a core. It changes no result. */
  workers?: number;
}

export interface RunRequest extends Limits {
  preset: string;
  archive: string;
  seed: number;
  researcher: "grammar" | "random";
  /** A protocol of the user's own (JSON) instead of the preset's. */
  protocolFile?: string;
  name?: string;
}

export interface ResumeRequest extends Limits {
  archive: string;
  campaign?: string;
}

/** A campaign as it stands now. */
export interface CampaignSnapshot {
  campaign: Campaign;
  /** By index. */
  experiments: Experiment[];
  promotions: Promotion[];
  /** What the baseline measured so far, at all sizes and rungs. */
  baseline: BaselinePoint[];
  proxy: ProxyValidity;
  /** Experiments that beat the baseline beyond noise, rerun and corrected for all that was tested. */
  discoveries: string[];
  totals: Totals;
  /** What goes on beside the experiments, for a person: "measuring the baseline, 3 of 4"; null when nothing does. */
  activity: string | null;
  /** Where each run in training stands, by experiment. */
  training: Record<string, { run: string; step: number; until: number; loss: number | null }>;
}

export interface Totals {
  proposed: number;
  rejected: number;
  failed: number;
  trained: number;
  wallSeconds: number;
  deviceBusyFraction: number;
}

/** A running campaign. */
export interface CampaignHandle {
  /** Synchronous and cheap. */
  snapshot(): CampaignSnapshot;
  /** Called after every change; returns the way to stop listening. */
  onChange(listener: () => void): () => void;
  /** Writes checkpoints, ends the processes and resolves `done` with the campaign paused. Idempotent. */
  pauseNow(): void;
  /** Resolves when the campaign is finished or paused; rejects when it cannot go on. */
  done: Promise<CampaignSnapshot>;
}

export interface PipelineBench {
  /** Device slots kept busy, over the steady part: from the third experiment on. */
  pipeline: { deviceBusyFraction: number; experiments: number; wallSeconds: number };
  /** The same work, one step after the other. */
  serial: { deviceBusyFraction: number; experiments: number; wallSeconds: number };
  /** How long a training takes, and so how long the researcher is made to think. */
  trainingSeconds: number;
  slots: number;
}

/** Why the program cannot do what it was asked: who has to act, and what to do. */
export class ProgramError extends Error {
  readonly kind: "usage" | "environment" | "archive";
  readonly code: string;
  readonly fix: string;
  constructor(kind: ProgramError["kind"], code: string, message: string, fix: string) {
    super(message);
    this.name = "ProgramError";
    this.kind = kind;
    this.code = code;
    this.fix = fix;
  }
}
