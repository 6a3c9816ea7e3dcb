/**
 * What a host asks of the program; `src/main/app.ts` implements it as
 * `openProgram(options: ProgramOptions): Promise<Program>`. Opening is cheap: the Python environment and the sandbox are
 * looked for by the first call that trains (doctor, gate, evaluate, run, resume, bench), never by one that only reads.
 */
import type { CognitionEntry, Retrieved } from "../shared/cognition.ts";
import type {
  BaselinePoint,
  Budget,
  Campaign,
  Experiment,
  Promotion,
  ProxyValidity,
  RungScore,
  SearchSettings,
} from "../shared/domain.ts";
import type { MixerGraph } from "../shared/graph.ts";
import type { Failure, JobEvent } from "../shared/job.ts";
import type { LlmSettings } from "../shared/llm.ts";
import type { Protocol } from "../shared/protocol.ts";
import type { ExperimentView, ExportFormat, Marks } from "../shared/views.ts";
import type { ArchiveReader, DrawnDiagram, EndpointState, GateOutcome, SetupProgress } from "./interfaces.ts";

export interface ProgramOptions {
  env: NodeJS.ProcessEnv;
  /** The data folder. */
  home: string;
  /** Progress of building the Python environment. */
  onSetup?: (progress: SetupProgress) => void;
  /** It could not be built. Whoever needed it is told as well. */
  onSetupFailed?: (error: unknown) => void;
  /** Aborting gives up whatever is under way at once. A campaign is paused through its handle instead. */
  signal: AbortSignal;
  /** A key of the host's secret store, by name; the environment is asked first. */
  secret?: (name: string) => string | null;
  /** A process of a job has begun to run in a terminal. The terminal can be read after its end, too. */
  onTerminal?: (job: string, terminal: LiveTerminal, ended: Promise<unknown>) => void;
}

/** Output of a program, read at a viewer's own pace: the last 2 MB of it are held. */
export interface LiveTerminal {
  /** Bytes held from `offset` on; `from` is later than asked when the beginning was overwritten. */
  snapshot(offset?: number): { from: number; bytes: Uint8Array; to: number };
  /** Returns the way to stop. */
  subscribe(listener: (total: number) => void): () => void;
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
  /** Whether another process, or this one, has the archive open for writing. */
  isHeld(archive: string): Promise<boolean>;
  /** Changes a star, tags or a note; also while a campaign writes the archive. Returns all marks. */
  /** @returns the marks as stored, and whether the archive had to be brought to this version for them */
  mark(
    archive: string,
    experimentId: string,
    patch: Partial<Marks>,
  ): Promise<{ marks: Marks; migrated: boolean }>;
  /** Lays a module graph out. */
  draw(graph: MixerGraph): Promise<DrawnDiagram>;
  /** One experiment as a file. `svg`: its diagram, where there is one. */
  exportOf(
    view: ExperimentView,
    format: ExportFormat,
    svg: string | null,
  ): { filename: string; mime: string; text: string };
  /** Gates the code of experiments that have no module graph once more, and stores their graphs and diagrams. */
  traceMissing(
    archive: string,
    onProgress: (done: number, total: number, name: string) => void,
  ): Promise<Traced>;
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
  /** Instead of the preset's. */
  protocol?: Protocol;
  onNote?: (line: string) => void;
}

export interface EvaluateRequest extends CandidateRequest {
  /** Seeds of every run, instead of what the rung says. */
  seeds: number;
  /** Deepest rung to train to; null: the last. */
  rung: string | null;
}

export interface Traced {
  /** Experiments that have a graph now, of those that had none. */
  traced: number;
  /** Those whose program gave none. */
  left: { id: string; name: string; reason: string }[];
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
  /** These replace the preset's; with all three, the preset is a name only. */
  protocol?: Protocol;
  search?: SearchSettings;
  budget?: Budget;
  /** Models and their roles, instead of what `models`, the environment and the settings file say. */
  llm?: LlmSettings;
  /** What was estimated before it was begun; kept with the campaign. */
  estimate?: unknown;
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
  /** Tasks under way, by key (`e12`: an experiment's step, `p<id>/1`: a promotion, `b1.5/0/2`: the baseline), and since when. */
  tasks: Record<string, string>;
  slots: number;
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

/** Something that was stored. `seq` is its number in the event log, null for changes of the campaign itself. */
export interface StoredEvent {
  seq: number | null;
  experimentId: string | null;
  type: string;
  data: Record<string, unknown>;
}

/** What a model says, as it comes. `end` comes once for every `begin`. */
export interface SpeechEvent {
  kind: "begin" | "piece" | "end";
  /** Place in the loop: `12/propose.0/researcher/0`. */
  key: string;
  experimentId: string | null;
  role: string;
  model: string;
  text: string;
}

/** What happens in a running campaign, as it happens. Listeners are called in turn and must be quick. */
export interface CampaignListener {
  /** After something was stored. */
  onEvent?(event: StoredEvent): void;
  /** What the sandbox reports; `task` is a key of `CampaignSnapshot.tasks`. */
  onJob?(experimentId: string | null, event: JobEvent, task: string): void;
  onSpeech?(event: SpeechEvent): void;
  /** A diagram was stored. */
  onDiagram?(experimentId: string): void;
  /** Nothing runs any more, and the archive is about to be closed: whoever reads it lets go, so that it rests as one file. */
  onClose?(): Promise<void>;
  /** After any change, the above included: tasks that began or ended, endpoints. */
  onChange?(): void;
}

/** A running campaign. */
export interface CampaignHandle {
  /** Synchronous and cheap. */
  snapshot(): CampaignSnapshot;
  /** Called after every change; returns the way to stop listening. */
  onChange(listener: () => void): () => void;
  /** Returns the way to stop listening. */
  listen(listener: CampaignListener): () => void;
  /** Running steps finish and are stored, nothing new starts; then the campaign is paused. */
  pauseAfterStep(): void;
  /** Writes checkpoints, ends the processes and resolves `done` with the campaign paused. Idempotent. */
  pauseNow(): void;
  /** As pauseNow, but the campaign is finished. */
  stop(): void;
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
  /** Ids of the user's own entries, which alone can be changed. */
  own(): string[];
  /** Adds an entry, or replaces the user's own of its id. */
  save(entry: CognitionEntry): void;
  remove(id: string): void;
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
