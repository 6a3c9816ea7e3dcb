/**
 * What a host asks of the program; `src/main/app.ts` implements it as
 * `openProgram(options: ProgramOptions): Promise<Program>`. Opening is cheap: the Python environment and the sandbox are
 * looked for by the first call that trains (doctor, gate, evaluate, run, resume, bench), never by one that only reads.
 */
import type { CognitionEntry, Retrieved } from "../shared/cognition.ts";
import type {
  BaselinePoint,
  Campaign,
  Experiment,
  Promotion,
  ProxyValidity,
  RungScore,
} from "../shared/domain.ts";
import type { Failure } from "../shared/job.ts";
import type { LlmSettings } from "../shared/llm.ts";
import type { ArchiveReader, EndpointState, GateOutcome, SetupProgress } from "./interfaces.ts";

export interface ProgramOptions {
  env: NodeJS.ProcessEnv;
  /** The data folder. */
  home: string;
  /** Progress of building the Python environment. */
  onSetup?: (progress: SetupProgress) => void;
  /** Aborting gives up whatever is under way at once. A campaign is paused through its handle instead. */
  signal: AbortSignal;
  /** A key of the host's secret store, by name; the environment is asked first. */
  secret?: (name: string) => string | null;
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
  /** Per role and model: calls, cost, how often an answer was usable, gain per cost. */
  agents(archive: string, campaign?: string): Promise<AgentTable>;
  /** The models that would play, and the servers that answer on this machine's usual ports. */
  models(request: ModelFlags): Promise<ModelTable>;
  /** Everything that a campaign's models answered, as text that `run --replay` takes. */
  transcript(archive: string, campaign?: string): Promise<string>;
  /** The knowledge base, and the entries of the user's own that wait for review. */
  cognition(request?: { models?: ModelFlags; tokens?: number; cost?: number }): Promise<CognitionDesk>;
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
  /** Tokens, and money, of all requests to language models. */
  tokens?: number;
  cost?: number;
}

/** Which models play, instead of what the environment and the settings file say. */
export interface ModelFlags {
  /** Address of an OpenAI-compatible server, and a model there: the first endpoint. */
  baseUrl?: string;
  model?: string;
  /** A settings file (JSON, LlmSettings) instead of models.json in the data folder. */
  settingsFile?: string;
}

export interface RunRequest extends Limits {
  preset: string;
  archive: string;
  seed: number;
  researcher: "grammar" | "random" | "llm";
  /** For the researcher "llm". */
  models?: ModelFlags;
  /** A transcript: its campaign is run again with the answers that it holds, and no server. */
  replayFile?: string;
  /** A protocol of the user's own (JSON) instead of the preset's. */
  protocolFile?: string;
  name?: string;
}

export interface ResumeRequest extends Limits {
  archive: string;
  campaign?: string;
  models?: ModelFlags;
  /** The transcript of a campaign that is run again. */
  replayFile?: string;
}

/** One role played by one model. Shares have Wilson's 95 % interval; null where nothing can be said yet. */
export interface AgentRow {
  role: string;
  model: string;
  /** Places of the loop asked at, and requests sent for them. */
  calls: number;
  requests: number;
  failed: number;
  unknown: number;
  tokens: number;
  cost: number;
  /** Requests whose tokens were estimated. */
  estimated: number;
  /** Share of the answered calls whose answer was used. */
  validRate: { mean: number; low: number; high: number; n: number } | null;
  /** Whether the model's price is known; else `cost` says nothing. */
  priced: boolean;
  /** Answers that were sent back for repair. */
  repairs: number;
  medianSeconds: number | null;
  /** Researchers only: mean positive gain of the first rung, its standard error, and that per unit of cost. */
  gain: {
    mean: number;
    se: number | null;
    n: number;
    perCost: number | null;
    perMillionTokens: number | null;
  } | null;
}

export interface AgentTable {
  /** null: requests outside of any campaign, such as those that read papers into entries. */
  campaign: Campaign | null;
  rows: AgentRow[];
  /** Models of the researcher as Thompson sampling sees them; empty where there is no choice. */
  posterior: {
    endpoint: string;
    n: number;
    mean: number;
    low: number;
    high: number;
    meanCost: number | null;
  }[];
}

export interface ModelTable {
  /** null when nothing is configured. */
  settings: LlmSettings | null;
  /** Whether a key is there for each endpoint, by its name; never the key. */
  keys: Record<string, boolean>;
  /** Servers that answered on this machine. */
  local: { name: string; baseUrl: string; models: string[] }[];
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
  /** The endpoints of a campaign with language models; empty for the built-in agents. */
  endpoints: EndpointState[];
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

/** The knowledge base as a person works with it. Its methods throw errors with a `code` and a `fix`. */
export interface CognitionDesk {
  /** What could not be read of the base and of the user's own files: each says what, where, and what to do. */
  problems(): string[];
  /** All entries, or those with a tag, by paper. */
  list(tag?: string): CognitionEntry[];
  entry(id: string): CognitionEntry | null;
  /** Best first, by BM25. */
  search(text: string, limit: number): Promise<Retrieved[]>;
  /**
   * Reads a paper, an arXiv listing, or ASI-Arch's cognition JSON; what it holds then waits for review. All but the last
   * take a language model.
   */
  add(file: string): Promise<CognitionAdded>;
  review(): CognitionWaiting[];
  /** "all" leaves out what says the same as another entry: that takes its id. */
  accept(ids: readonly string[] | "all"): CognitionDecided;
  reject(ids: readonly string[] | "all"): CognitionDecided;
}

/** An entry that waits; `similar` are the entries that say the same. It can be accepted when `problems` is empty. */
export interface CognitionWaiting {
  id: string;
  /** Where it can be edited. */
  file: string;
  title: string;
  scenario: string;
  algorithm: string;
  problems: string[];
  similar: string[];
}

export interface CognitionAdded {
  waiting: CognitionWaiting[];
  /** Parts of the file that gave no entry, and why. */
  problems: string[];
}

export interface CognitionDecided {
  done: string[];
  /** What stays in review, and why. */
  left: { id: string; reason: string }[];
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
