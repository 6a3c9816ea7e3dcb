/** What the screens show of an archive: its records, with what was computed from them. */
import { z } from "zod";
import { Campaign, CampaignEvent, Experiment, ProxyValidity, Spread } from "./domain.ts";
import { MixerGraph } from "./graph.ts";

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
  /** The baseline at its own size, by rung; the curves of a deeper rung begin with those of the one before. */
  baseline: z.array(
    z.object({ rung: z.string(), loss: Spread, benchmark: Spread, curves: z.array(CurvePreview) }),
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
      /** 95 %, as that of a card's gain. */
      interval: z.object({ low: z.number(), high: z.number() }),
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
