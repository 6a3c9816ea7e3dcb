/** What the modules of the program know of one another. `app.ts` wires the implementations. */
import type { CognitionEntry, Retrieved } from "../shared/cognition.ts";
import type {
  BaselinePoint,
  Campaign,
  CampaignEvent,
  Experiment,
  Judgement,
  Promotion,
  Proposal,
  RungScore,
  Tier,
} from "../shared/domain.ts";
import type { MixerGraph } from "../shared/graph.ts";
import type { Failure, GateVerdict, JobEvent, JobResult, JobRun } from "../shared/job.ts";
import type { ChatMessage, LlmCall, LlmErrorKind, LlmSpent, Role } from "../shared/llm.ts";
import type { Protocol } from "../shared/protocol.ts";
import type { GalleryFilter, GallerySort } from "../shared/settings.ts";
import type {
  CallTexts,
  Card,
  CurvePreview,
  Diagram,
  ExperimentView,
  Facets,
  Insights,
  Relative,
  TreeData,
} from "../shared/views.ts";

// ---------------------------------------------------------------- trainer

/** One job of one candidate: gates, and the runs of one rung. */
export interface JobRequest {
  /** Names the run folder; unique for each version of an experiment's code on each rung. */
  id: string;
  code: string;
  protocol: Protocol;
  device: "cpu" | "cuda";
  threads: number;
  mixerKwargs: Record<string, number | string | boolean>;
  gates: boolean;
  runs: JobRun[];
  /** Job whose kept checkpoints the runs with `resume` continue from. */
  from: string | null;
  /** Keeps the held-out sequences of one campaign's rungs apart; never seen by the candidate before `trained`. */
  heldoutKey: string;
}

export interface GateOutcome {
  ok: boolean;
  gates: GateVerdict[];
  params: number | null;
  mixerParams: number | null;
  flopsPerToken: number | null;
  fingerprint: string | null;
  failure: Failure | null;
  /** What the mixer computes; null where it could not be traced, or no gates were run. */
  graph: MixerGraph | null;
  tier: Tier;
  seconds: number;
}

/** Points of one training curve as the sandbox reported them. */
export interface Curve {
  run: string;
  steps: number[];
  losses: number[];
  aux: (number | null)[];
}

export interface TrainOutcome {
  ok: boolean;
  failure: Failure | null;
  curves: Curve[];
  tier: Tier;
  seconds: number;
}

export interface JobOptions {
  signal?: AbortSignal;
  onEvent?: (event: JobEvent) => void;
}

/**
 * Candidates are trained here, never trusted. All three calls are idempotent by `id`: after a crash they may be made
 * again, and go on from what the run folder holds. Aborting the signal asks the sandbox for a checkpoint, kills it after a
 * grace period, and rejects with the signal's reason. Failures of the candidate are outcomes, never exceptions.
 */
export interface Trainer {
  /** Leaves the process warm, waiting for `train`, when the gates pass and the request has runs. */
  gate(job: JobRequest, options?: JobOptions): Promise<GateOutcome>;
  /** Trains, then infers; the artifacts lie in the run folder. Uses the warm process when there is one. */
  train(job: JobRequest, options?: JobOptions): Promise<TrainOutcome>;
  /** Computes every metric from the artifacts, outside the sandbox. */
  score(job: JobRequest, options?: JobOptions): Promise<JobResult>;
  /** Ends a warm process that will not be needed. */
  discard(jobId: string): void;
  /** Ends it and removes its run folder, which nothing will be read from any more. */
  forget(jobId: string): void;
  /** Last part of the terminal output, ANSI removed. */
  logTail(jobId: string): string;
  readonly tier: Tier;
  close(): Promise<void>;
}

/** Right to use one device slot: the GPU, or one CPU worker. Lower `priority` is served first, then first come. */
export interface DeviceLease {
  readonly slots: number;
  acquire(priority: number, signal?: AbortSignal): Promise<() => void>;
  /** Slots waiting to be taken by nobody right now. */
  idle(): number;
  /** Seconds that slots have been held, all together, since the start. */
  heldSeconds(): number;
}

// ---------------------------------------------------------------- archive

export interface CodeVersion {
  version: number;
  code: string;
  /** Why this version was made: "proposed", or the failure it repairs. */
  why: string;
}

/** What one step changes. Everything in it is committed in one transaction, with its event. */
export interface Change {
  campaignId: string;
  experiment?: Experiment;
  version?: CodeVersion;
  promotion?: Promotion;
  curves?: Curve[];
  /** Takes the place of an earlier version's graph, and of what was drawn of it; null: this version has none. */
  graph?: MixerGraph | null;
  /** Tail of the terminal output to keep with the experiment. */
  log?: string;
  event: { type: string; data: Record<string, unknown> };
}

/** A module graph, drawn; `thumbnail` is a small SVG without text. */
export type DrawnDiagram = Pick<Diagram, "layout" | "svg"> & { thumbnail: string };

/** What a baseline depends on: the protocol, and all that it was measured with. */
export interface BaselineKey {
  protocolHash: string;
  device: string;
}

/** What the campaign's statistics say of one experiment. */
export interface Judged {
  experimentId: string;
  discovery: boolean;
}

export interface Archive {
  readonly path: string;
  createCampaign(campaign: Campaign): void;
  updateCampaign(campaign: Campaign, event: Change["event"]): void;
  /** Newest first. */
  campaigns(): Campaign[];
  /** Returns the event's sequence number. */
  commit(change: Change): number;
  experiments(campaignId: string): Experiment[];
  promotions(campaignId: string): Promotion[];
  /** Says of those that were judged which are discoveries; the others stay as they are. */
  setDiscoveries(campaignId: string, judged: readonly Judged[]): void;
  baseline(key: BaselineKey): BaselinePoint[];
  /** @param curves of the runs that are new in it; those that were stored before stay */
  putBaseline(key: BaselineKey, point: BaselinePoint, curves: readonly CurvePreview[]): void;
  /** Of at most 512 points each, of the rung alone. */
  baselineCurves(key: BaselineKey, at: Pick<BaselinePoint, "width" | "rung">): CurvePreview[];
  /** Stores what was drawn of the graph that the experiment has now. */
  putDiagram(experimentId: string, drawn: DrawnDiagram): void;
  readonly ledger: LedgerStore;
  backup(file: string): Promise<void>;
  close(): void;
}

/** The part of an archive that remembers what language models were asked. Every call is committed when it returns. */
export interface LedgerStore {
  /** Inserts the row, or replaces the one with its id. */
  put(call: LlmCall): void;
  /** All requests at one place of the loop, first attempt first. */
  at(campaignId: string | null, key: string): LlmCall[];
  /** In the order in which they were sent. */
  calls(campaignId: string | null): LlmCall[];
  /** Sums of `tokens` and `cost`, where a request that is sent, unknown or cancelled counts with what it reserved. */
  totals(campaignId: string | null): { tokens: number; cost: number };
  /** Rows left "sent" by a program that was killed become "unknown"; returns how many. Called once, when it is opened. */
  settle(): number;
  /** A system prompt, by its hash; once. */
  putPrompt(hash: string, name: string, text: string): void;
  /** Embedding of a text (by its hash) under a model; null when it is not stored. */
  vector(model: string, textHash: string): Float32Array | null;
  putVector(model: string, textHash: string, vector: Float32Array): void;
}

export interface SearchHit {
  id: string;
  name: string;
  snippet: string;
}

/** A page of the gallery. */
export interface GalleryQuery {
  filter: GalleryFilter;
  /** Fitness, gain, loss and benchmark: the deepest rung first. Nulls last. Relevance: best first, whatever the direction. */
  sort: GallerySort;
  offset: number;
  limit: number;
}

/** How many experiments of a campaign ended how, and the best of them: deepest rung first, then by fitness. */
export interface CampaignCounts {
  campaign: Campaign;
  experiments: number;
  archived: number;
  rejected: number;
  failed: number;
  discoveries: number;
  best: Relative | null;
}

/** Read-only, on a worker thread; works while a campaign runs and on a folder that cannot be written. */
export interface ArchiveReader {
  counts(): Promise<{ campaigns: number; experiments: number }>;
  campaigns(): Promise<Campaign[]>;
  experiments(campaignId?: string): Promise<Experiment[]>;
  /** By id, a unique prefix of one, or a name. */
  experiment(
    idOrName: string,
  ): Promise<{ experiment: Experiment; versions: CodeVersion[]; curves: Curve[]; log: string } | null>;
  promotions(campaignId: string): Promise<Promotion[]>;
  /** What the experiment's mixer computes; null where it was not traced. */
  graph(experimentId: string): Promise<MixerGraph | null>;
  /** The same as it was drawn; null where it was not. */
  diagram(experimentId: string): Promise<Diagram | null>;
  /** Those that were scored on a second rung at least: what the validity of the proxy is computed from. */
  promoted(campaignId: string): Promise<Experiment[]>;
  gallery(query: GalleryQuery): Promise<{ total: number; cards: Card[] }>;
  /** How many experiments each choice would leave, with the other choices as they are. */
  facets(filter: GalleryFilter): Promise<Facets>;
  /** In the order of the ids; unknown ones are left out. */
  cards(ids: readonly string[]): Promise<Card[]>;
  /** Null where there is no such experiment. */
  view(id: string): Promise<Omit<ExperimentView, "archive"> | null>;
  curvesOf(id: string): Promise<CurvePreview[]>;
  /** "" where none was kept. */
  logOf(id: string): Promise<string>;
  callTexts(callId: string): Promise<CallTexts | null>;
  tree(campaignId: string): Promise<TreeData>;
  /** Null for an unknown campaign. The proxy's validity is left to the caller, who has `promoted` and the statistics. */
  insights(campaignId: string): Promise<Omit<Insights, "proxy"> | null>;
  /** Newest first. */
  campaignRows(): Promise<CampaignCounts[]>;
  search(text: string, limit?: number): Promise<SearchHit[]>;
  events(afterSeq: number, limit?: number): Promise<CampaignEvent[]>;
  /** Experiments with the entries of the cognition base that their analysts' queries found, newest first. */
  retrieved(): Promise<{ experiment: Relative; found: Retrieved[] }[]>;
  /** The newest events of a campaign, oldest of them first, without the readings of its clock ("progress"). */
  lastEvents(campaignId: string, limit: number): Promise<CampaignEvent[]>;
  /**
   * The ledger of a campaign, in the order in which its requests were sent; all campaigns' without an id. Without `texts`
   * (messages, answers, reasoning) it is quick however much was said.
   */
  calls(campaignId?: string, texts?: boolean): Promise<LlmCall[]>;
  /** The system prompts that were used. */
  prompts(): Promise<{ hash: string; name: string; text: string }[]>;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- language models

/** Where in the loop a request is made. */
export interface LlmPlace {
  campaignId: string | null;
  experimentId: string | null;
  /** Unique within the campaign, and the same when the step is done again: `12/propose.0/researcher/0`. */
  key: string;
}

export interface LlmRequest {
  role: Role;
  /** Name of an endpoint. */
  endpoint: string;
  place: LlmPlace;
  system: string;
  messages: ChatMessage[];
}

export interface LlmAnswer {
  callId: string;
  text: string;
  reasoning: string;
  endpoint: string;
  model: string;
  tokens: number;
  cost: number;
  /** It was in the ledger already: nothing was sent. */
  reused: boolean;
}

/** No usable answer, retries included. `fix` says what a person can do. */
export class LlmError extends Error {
  readonly kind: LlmErrorKind;
  readonly fix: string;
  /** For kind "length": what was received before the limit. */
  readonly partial: LlmAnswer | null;
  constructor(kind: LlmErrorKind, message: string, fix: string, partial: LlmAnswer | null = null) {
    super(message);
    this.name = "LlmError";
    this.kind = kind;
    this.fix = fix;
    this.partial = partial;
  }
}

/** How an endpoint is doing. */
export interface EndpointState {
  name: string;
  model: string;
  breaker: "closed" | "open" | "half-open";
  /** When it is tried again (ISO), and what it failed with last; null while closed. */
  until: string | null;
  reason: string | null;
}

/** Requests to language models: paid for once, within the budget, and every answer stored before it is read. */
export interface Llm {
  /** Rejects with an LlmError, or with the signal's reason. */
  ask(request: LlmRequest, signal: AbortSignal): Promise<LlmAnswer>;
  /** Says in the ledger what the role made of an answer. */
  mark(callId: string, verdict: "used" | "repair" | "unusable", note?: string): void;
  /** Unit vectors, in order; null when no endpoint offers embeddings or they cannot be had now. */
  embed(texts: readonly string[], place: LlmPlace, signal: AbortSignal): Promise<Float32Array[] | null>;
  /** Context window and longest answer of an endpoint, in tokens. */
  limits(endpoint: string): { contextWindow: number; maxOutput: number };
  spent(): LlmSpent;
  endpoints(): EndpointState[];
}

// ---------------------------------------------------------------- cognition

export interface CognitionBase {
  readonly entries: readonly CognitionEntry[];
  entry(id: string): CognitionEntry | null;
  /** At most `limit` entries for any of the queries, each once, best first. */
  retrieve(queries: readonly string[], limit: number, signal: AbortSignal): Promise<Retrieved[]>;
}

// ---------------------------------------------------------------- agents

/** Exactly what a serial run with the campaign's lag (or the experiment's own horizon) would show to proposal `index`. */
export interface ProposeContext {
  campaign: Campaign;
  index: number;
  /** 0, or how often this proposal was sent back as a repeat. */
  attempt: number;
  visible: readonly Experiment[];
  /** Ranked, best first. */
  pool: readonly Experiment[];
  /** Drawn from the pool by the campaign's policy; null during the cold start. A researcher may choose another. */
  parent: Experiment | null;
  references: readonly Experiment[];
  /** What earlier attempts repeated. */
  repeats: readonly { name: string; reason: string }[];
}

export interface Researcher {
  readonly name: string;
  propose(context: ProposeContext, signal: AbortSignal): Promise<Proposal>;
}

export type NoveltyVerdict = { novel: true } | { novel: false; repeats: string; reason: string };

export interface Novelty {
  /**
   * Exact comparison, quick and in turn. `known`: every earlier experiment of the campaign, those under way as they were
   * proposed.
   */
  check(proposal: Proposal, known: readonly Experiment[], signal: AbortSignal): Promise<NoveltyVerdict>;
  /**
   * Comparison of ideas, which may take its time: many at once, before `check`, and only with what the proposal may see.
   * `fingerprint`: what the program computes under fixed weights and input; null when it could not be had.
   */
  compare?: (
    context: { campaign: Campaign; index: number; attempt: number; visible: readonly Experiment[] },
    proposal: Proposal,
    fingerprint: string | null,
    signal: AbortSignal,
  ) => Promise<NoveltyVerdict>;
}

/** Reads the code after the gates, whose numbers it sees. It may only add findings. */
export interface Checker {
  check(
    context: { campaign: Campaign; experiment: Experiment },
    signal: AbortSignal,
  ): Promise<{ ok: boolean; findings: string; by: string }>;
}

export interface Engineer {
  /** A new version, or null when there is nothing to mend. */
  repair(
    context: { campaign: Campaign; experiment: Experiment; failure: Failure; attempt: number },
    signal: AbortSignal,
  ): Promise<{ code: string; genome: unknown | null; what: string; by?: string } | null>;
}

export interface Judge {
  judge(
    context: { campaign: Campaign; experiment: Experiment; visible: readonly Experiment[] },
    signal: AbortSignal,
  ): Promise<Judgement>;
}

export interface AnalyseContext {
  campaign: Campaign;
  experiment: Experiment;
  /** Its score on the rung just reached. */
  score: RungScore;
  parent: Experiment | null;
  siblings: readonly Experiment[];
  /** The baseline at its own size on this rung. */
  baseline: {
    loss: { mean: number; sd: number; n: number };
    benchmark: { mean: number; sd: number; n: number };
  };
}

export interface Report {
  /** Markdown. */
  text: string;
  /** What the analyst's queries found in the cognition base. */
  cognition: Retrieved[];
}

export interface Analyst {
  analyse(context: AnalyseContext, signal: AbortSignal): Promise<Report>;
}

export interface Agents {
  researcher: Researcher;
  novelty: Novelty;
  engineer: Engineer;
  judge: Judge;
  analyst: Analyst;
  checker?: Checker;
  /**
   * Their answers take long: experiments are opened as the device will need them, what each may see is decided and
   * recorded when it opens, and runs that stand out from their peers go to the engineer.
   */
  paced?: boolean;
}

// ---------------------------------------------------------------- python

/** A failed environment step: `code` is stable, `fix` says what to do. */
export interface SetupProblem {
  code: string;
  message: string;
  fix: string;
}

/** How far the building of a Python environment is. */
export interface SetupProgress {
  phase: "find" | "create" | "install" | "verify" | "done";
  /** One line: what is being done. */
  message: string;
  /** The package being fetched, and how far it is. `total` is null while unknown. */
  download: { name: string; bytes: number; total: number | null } | null;
}

export interface PythonEnvironment {
  /** Absolute path of the interpreter. */
  python: string;
  /** `existing`: given by the user; `built`: made by Cambrian under its data folder. */
  origin: "existing" | "built";
  version: string;
  torch: string;
  cuda: boolean;
}
