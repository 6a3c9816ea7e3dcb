/** What the screens show, as the program hands it over: records of the archive with what was computed from them. */
import { z } from "zod";
import {
  BaselinePoint,
  Budget,
  Campaign,
  CampaignEvent,
  Experiment,
  ProxyValidity,
  SearchSettings,
  Spread,
} from "./domain.ts";
import { MixerGraph } from "./graph.ts";
import { LlmSettings } from "./llm.ts";
import { Protocol } from "./protocol.ts";

// ---------------------------------------------------------------- archives

export const ArchiveInfo = z.object({
  /** Names the archive in every procedure. */
  id: z.string(),
  path: z.string(),
  name: z.string(),
  /** demo: comes with Cambrian. recent: opened or written before. */
  origin: z.enum(["demo", "default", "recent"]),
  /** Stars, tags and notes can be written. */
  writable: z.boolean(),
  bytes: z.number(),
  experiments: z.number().int(),
  campaigns: z.number().int(),
  /** Why it cannot be read, and what to do; null when it can. */
  problem: z.object({ code: z.string(), message: z.string(), fix: z.string() }).nullable(),
});
export type ArchiveInfo = z.infer<typeof ArchiveInfo>;

// ---------------------------------------------------------------- experiments

export const Standing = z.enum(["discovery", "candidate", "running", "rejected", "failed"]);
export type Standing = z.infer<typeof Standing>;

/** One experiment in a list. Figures are those of the deepest rung reached. */
export const Card = z.object({
  id: z.string(),
  campaignId: z.string(),
  index: z.number().int(),
  name: z.string(),
  status: z.string(),
  standing: Standing,
  rung: z.string().nullable(),
  /** Place of that rung in the protocol. */
  depth: z.number().int().nullable(),
  params: z.number().nullable(),
  mixerParams: z.number().nullable(),
  flopsPerToken: z.number().nullable(),
  loss: Spread.nullable(),
  benchmark: Spread.nullable(),
  fitness: z.number().nullable(),
  fitnessPaper: z.number().nullable(),
  /** Against the baseline at the candidate's own size; positive is better. `low` and `high`: 95 %, Student's t. */
  gain: z.object({ value: z.number(), se: z.number(), low: z.number(), high: z.number() }).nullable(),
  benchmarkGain: z
    .object({ value: z.number(), se: z.number(), low: z.number(), high: z.number() })
    .nullable(),
  /** Whether the interval of the loss gain leaves 0 out, and on which side. */
  noise: z.enum(["beyond", "within", "worse"]).nullable(),
  /** 1 − the largest similarity (Jaccard, 4-word shingles of the code) to an earlier experiment of its campaign. */
  novelty: z.number().nullable(),
  components: z.array(z.string()),
  parentId: z.string().nullable(),
  researcher: z.string(),
  /** First sentence of the motivation. */
  motivation: z.string(),
  /** Where a search hit, with the words between \u0001 and \u0002; null without a search. */
  snippet: z.string().nullable(),
  starred: z.boolean(),
  tags: z.array(z.string()),
  hasNote: z.boolean(),
  /** A small picture of the module graph (SVG), null where none was traced. */
  thumbnail: z.string().nullable(),
  seconds: z.number(),
  createdAt: z.string(),
});
export type Card = z.infer<typeof Card>;

export const FacetCount = z.object({ value: z.string(), label: z.string(), count: z.number().int() });
/** How many experiments each choice would leave, with the other choices as they are. */
export const Facets = z.object({
  campaigns: z.array(FacetCount),
  standings: z.array(FacetCount),
  rungs: z.array(FacetCount),
  components: z.array(FacetCount),
  tags: z.array(FacetCount),
  researchers: z.array(FacetCount),
  noise: z.array(FacetCount),
  starred: z.number().int(),
});
export type Facets = z.infer<typeof Facets>;

export const Marks = z.object({
  starred: z.boolean(),
  tags: z.array(z.string().min(1).max(40)).max(30),
  /** Markdown. */
  note: z.string().max(20_000),
});
export type Marks = z.infer<typeof Marks>;

export const CurvePreview = z.object({
  run: z.string(),
  steps: z.array(z.number()),
  /** null: not a number. */
  losses: z.array(z.number().nullable()),
});
export type CurvePreview = z.infer<typeof CurvePreview>;

/** Another experiment, as far as a link needs it. */
export const Relative = z.object({
  id: z.string(),
  index: z.number().int(),
  name: z.string(),
  standing: Standing,
  gain: z.number().nullable(),
  gainSe: z.number().nullable(),
});
export type Relative = z.infer<typeof Relative>;

/** One request to a language model, without its texts. */
export const CallRow = z.object({
  id: z.string(),
  key: z.string(),
  role: z.string(),
  model: z.string(),
  state: z.string(),
  verdict: z.string().nullable(),
  tokens: z.number(),
  cost: z.number(),
  estimated: z.boolean(),
  seconds: z.number().nullable(),
  sentAt: z.string(),
  error: z.string().nullable(),
});
export type CallRow = z.infer<typeof CallRow>;

export const CallTexts = z.object({
  system: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
  answer: z.string().nullable(),
  reasoning: z.string().nullable(),
  note: z.string().nullable(),
});
export type CallTexts = z.infer<typeof CallTexts>;

/** Everything about one experiment but the log, the texts of requests and the code of others. */
export const ExperimentView = z.object({
  archive: z.string(),
  card: Card,
  experiment: Experiment,
  campaign: Campaign,
  versions: z.array(z.object({ version: z.number(), code: z.string(), why: z.string() })),
  curves: z.array(CurvePreview),
  marks: Marks,
  parent: Relative.nullable(),
  /** From the root to the parent. */
  ancestors: z.array(Relative),
  children: z.array(Relative),
  siblings: z.array(Relative),
  references: z.array(Relative),
  /** The baseline at its own size, by rung. */
  baseline: z.array(
    z.object({ rung: z.string(), loss: Spread, benchmark: Spread, curve: CurvePreview.nullable() }),
  ),
  calls: z.array(CallRow),
  events: z.array(CampaignEvent),
  promotions: z.array(z.object({ rung: z.string(), status: z.string(), decidedAt: z.number() })),
});
export type ExperimentView = z.infer<typeof ExperimentView>;

export const Diagram = z.object({
  graph: MixerGraph,
  /** Laid out: places in px, top to bottom. `lines` are the ends of edges as polylines. */
  layout: z.object({
    width: z.number(),
    height: z.number(),
    nodes: z.array(
      z.object({
        id: z.string(),
        x: z.number(),
        y: z.number(),
        w: z.number(),
        h: z.number(),
        /** Equal branches that are drawn as this one, itself included; 1 when absent. */
        times: z.number().int().optional(),
      }),
    ),
    edges: z.array(
      z.object({
        from: z.string(),
        to: z.string(),
        back: z.boolean(),
        points: z.array(z.tuple([z.number(), z.number()])),
      }),
    ),
  }),
  /** The same as a picture that stands for itself. */
  svg: z.string(),
});
export type Diagram = z.infer<typeof Diagram>;

export const ExportFormat = z.enum(["mixer.py", "json", "markdown", "svg", "bibtex"]);
export type ExportFormat = z.infer<typeof ExportFormat>;

// ---------------------------------------------------------------- tree, comparison, insights

/** A campaign's lineage in columns, in order of index; roots have parent −1. */
export const TreeData = z.object({
  ids: z.array(z.string()),
  names: z.array(z.string()),
  /** Row of the parent. */
  parents: z.array(z.number().int()),
  standings: z.array(Standing),
  fitness: z.array(z.number().nullable()),
  gain: z.array(z.number().nullable()),
  gainSe: z.array(z.number().nullable()),
  depth: z.array(z.number().nullable()),
  /** Seconds since the first. */
  time: z.array(z.number()),
  /** The component that says most about it: the rarest of its own. */
  component: z.array(z.string()),
  /** Rows of the running best, in order of time. */
  best: z.array(z.number().int()),
});
export type TreeData = z.infer<typeof TreeData>;

const Point = z.object({ id: z.string(), index: z.number(), name: z.string(), standing: Standing });
const Interval = z.object({ mean: z.number(), low: z.number(), high: z.number(), n: z.number().int() });

export const Insights = z.object({
  campaign: Campaign,
  proxy: ProxyValidity,
  /** By index; `best` is the running best of the rung. */
  progress: z.array(
    Point.extend({
      fitness: z.number(),
      gain: z.number(),
      gainSe: z.number(),
      rung: z.string(),
      best: z.number(),
    }),
  ),
  pareto: z.array(
    Point.extend({
      loss: z.number(),
      benchmark: z.number(),
      params: z.number(),
      flops: z.number(),
      rung: z.string(),
      /** Not dominated on loss and parameters, and so on, among the experiments of its rung. */
      front: z.object({
        lossParams: z.boolean(),
        lossFlops: z.boolean(),
        benchmarkParams: z.boolean(),
        benchmarkFlops: z.boolean(),
      }),
    }),
  ),
  outcomes: z.array(z.object({ outcome: z.string(), count: z.number().int(), examples: z.array(Relative) })),
  failures: z.array(
    z.object({
      kind: z.string(),
      gate: z.string().nullable(),
      count: z.number().int(),
      examples: z.array(Relative),
    }),
  ),
  /** Mean gain of the experiments with a component minus that of those without (Welch's 95 % interval), on the first rung. */
  components: z.array(
    z.object({
      component: z.string(),
      with: Interval,
      without: Interval,
      difference: Interval.nullable(),
      tested: z.number().int(),
    }),
  ),
  origins: z.array(z.object({ origin: z.string(), count: z.number().int(), gain: Interval.nullable() })),
  spend: z.array(
    z.object({
      role: z.string(),
      model: z.string(),
      requests: z.number().int(),
      tokens: z.number(),
      cost: z.number(),
      estimated: z.number().int(),
    }),
  ),
});
export type Insights = z.infer<typeof Insights>;

// ---------------------------------------------------------------- campaigns

/** How a campaign is doing, for a list. */
export const CampaignRow = z.object({
  archive: z.string(),
  archiveName: z.string(),
  campaign: Campaign,
  /**
   * running: this program runs it now. elsewhere: another process holds the archive. interrupted: it was running when its
   * program ended; resuming loses nothing.
   */
  live: z.enum(["running", "elsewhere", "interrupted", "paused", "finished", "failed"]),
  experiments: z.number().int(),
  archived: z.number().int(),
  rejected: z.number().int(),
  failed: z.number().int(),
  discoveries: z.number().int(),
  best: Relative.nullable(),
  /** What was estimated when it was begun; null where nothing was. */
  estimate: z.unknown().nullable(),
});
export type CampaignRow = z.infer<typeof CampaignRow>;

/** All that the wizard sets; what the settings' export holds. */
export const CampaignForm = z.object({
  preset: z.string(),
  name: z.string().trim().min(1, "Give the campaign a name.").max(120),
  /** File to write; null: archive.sqlite in the data folder. */
  archive: z.string().max(4096).nullable(),
  seed: z.number().int().min(0),
  researcher: z.enum(["grammar", "random", "llm"]),
  protocol: Protocol,
  search: SearchSettings,
  budget: Budget,
  workers: z.number().int().min(1).max(256).nullable(),
  models: LlmSettings.nullable(),
});
export type CampaignForm = z.infer<typeof CampaignForm>;

/** A choice on the wizard's first page. */
export const PresetChoice = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  /** Why it cannot be run here, and what to do; null when it can. */
  unavailable: z.string().nullable(),
  form: CampaignForm,
});
export type PresetChoice = z.infer<typeof PresetChoice>;

const Range = z.object({ p10: z.number(), p50: z.number(), p90: z.number() });
export const Estimate = z.object({
  experiments: Range,
  /** Until the end, in seconds of running time. */
  wallSeconds: Range,
  deviceHours: Range,
  /** In the currency of the prices; null where a price is not known. */
  cost: Range.nullable(),
  diskMB: Range,
  /** Seconds of one experiment on its first rung, and of one promotion. */
  perExperiment: Range,
  /** What takes most of the time: "training of the first rung", "confirmations", "the baseline". */
  dominates: z.string(),
  /** Which budget ends it: "experiments", "wallSeconds", … */
  endedBy: z.string(),
  /** measured: a short run on this machine. history: earlier campaigns under this protocol. assumed: from the protocol's size alone. */
  basis: z.enum(["measured", "history", "assumed"]),
  note: z.string(),
});
export type Estimate = z.infer<typeof Estimate>;

/** One thing that goes on in a running campaign. */
export const LiveTask = z.object({
  experimentId: z.string().nullable(),
  index: z.number().int().nullable(),
  name: z.string(),
  /** A step, "baseline", or a promotion: "train on confirm". */
  step: z.string(),
  lane: z.enum(["mind", "device"]),
  since: z.string(),
  /** Of a training. */
  run: z.string().nullable(),
  position: z.object({ step: z.number(), until: z.number() }).nullable(),
  loss: z.number().nullable(),
  secondsLeft: z.number().nullable(),
});
export type LiveTask = z.infer<typeof LiveTask>;

export const LiveState = z.object({
  archive: z.string(),
  campaign: Campaign,
  /** Renewed every second while the campaign's process is alive. */
  heartbeat: z.string(),
  /** An order that was given and is being carried out. */
  ending: z.enum(["step", "now", "stop"]).nullable(),
  tasks: z.array(LiveTask),
  /** Experiments that are about to do each step, or are doing it. */
  stages: z.record(z.string(), z.number().int()),
  /** Gated, and waiting for the device. */
  waiting: z.number().int(),
  counts: z.object({
    proposed: z.number(),
    archived: z.number(),
    rejected: z.number(),
    failed: z.number(),
    trained: z.number(),
  }),
  promotions: z.object({ open: z.number(), done: z.number() }),
  /** Deepest rung first, then by fitness. */
  leaderboard: z.array(Card),
  discoveries: z.array(z.string()),
  baseline: z.array(BaselinePoint),
  proxy: ProxyValidity,
  activity: z.string().nullable(),
  endpoints: z.array(
    z.object({
      name: z.string(),
      model: z.string(),
      breaker: z.string(),
      until: z.string().nullable(),
      reason: z.string().nullable(),
    }),
  ),
  /** Share of the device's time in use since the start, and slots. */
  deviceBusy: z.number(),
  slots: z.number().int(),
});
export type LiveState = z.infer<typeof LiveState>;

/** Something that an agent or a gate did, as a message. */
export const FeedItem = z.object({
  at: z.string(),
  experimentId: z.string().nullable(),
  index: z.number().int().nullable(),
  name: z.string(),
  /** Researcher, Engineer, Analyst, Judge, Gate, Trainer, Campaign. */
  who: z.string(),
  tone: z.enum(["plain", "good", "bad"]),
  text: z.string(),
});
export type FeedItem = z.infer<typeof FeedItem>;

/** An answer that a model is giving right now. */
export const Speech = z.object({
  experimentId: z.string().nullable(),
  role: z.string(),
  model: z.string(),
  since: z.string(),
  /** The last part of what came so far. */
  text: z.string(),
  characters: z.number().int(),
});
export type Speech = z.infer<typeof Speech>;

/** New points of a training curve. */
export const CurvePoints = z.object({
  experimentId: z.string().nullable(),
  name: z.string(),
  run: z.string(),
  steps: z.array(z.number()),
  losses: z.array(z.number().nullable()),
});
export type CurvePoints = z.infer<typeof CurvePoints>;

export const DeviceSample = z.object({
  at: z.string(),
  /** Shares in [0, 1]. */
  cpu: z.number(),
  memory: z.object({ used: z.number(), total: z.number() }),
  gpus: z.array(
    z.object({
      name: z.string(),
      utilisation: z.number().nullable(),
      memory: z.object({ used: z.number(), total: z.number() }).nullable(),
      watts: z.number().nullable(),
      celsius: z.number().nullable(),
    }),
  ),
});
export type DeviceSample = z.infer<typeof DeviceSample>;

/** A terminal that can be looked at: of a job, or of the set-up. */
export const TerminalInfo = z.object({
  id: z.string(),
  title: z.string(),
  live: z.boolean(),
  since: z.string(),
});
export type TerminalInfo = z.infer<typeof TerminalInfo>;

export const Notice = z.object({
  at: z.string(),
  kind: z.enum(["best", "finished", "failed", "budget"]),
  title: z.string(),
  body: z.string(),
  /** Route to what it speaks of. */
  route: z.string(),
});
export type Notice = z.infer<typeof Notice>;

// ---------------------------------------------------------------- machine

export const HealthCheck = z.object({
  name: z.string(),
  ok: z.boolean(),
  detail: z.string(),
  fix: z.string().nullable(),
  /** What a button can do about it. */
  action: z.enum(["set up", "choose interpreter", "install sandbox"]).nullable(),
});
export type HealthCheck = z.infer<typeof HealthCheck>;

export const SetupState = z.object({
  state: z.enum(["idle", "running", "done", "failed", "cancelled"]),
  phase: z.string().nullable(),
  message: z.string(),
  download: z.object({ name: z.string(), bytes: z.number(), total: z.number().nullable() }).nullable(),
  error: z.object({ code: z.string(), message: z.string(), fix: z.string() }).nullable(),
  since: z.string().nullable(),
});
export type SetupState = z.infer<typeof SetupState>;
