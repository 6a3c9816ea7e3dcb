/** The words of the design, as types: campaign, experiment, promotion, score, event. */
import { z } from "zod";
import { Retrieved } from "./cognition.ts";
import { Failure, FailureKind, GateVerdict, RunScore } from "./job.ts";
import { LlmSettings } from "./llm.ts";
import { Protocol } from "./protocol.ts";

export const Tier = z.enum(["bubblewrap", "landlock", "none"]);
export type Tier = z.infer<typeof Tier>;

/** `check` is passed over where no agent reads the code. */
export const STEPS = ["propose", "novelty", "gate", "check", "train", "score", "judge", "analyse"] as const;
export const ENDS = ["archived", "rejected", "failed"] as const;
/** The step an experiment is about to do, or how it ended. */
export const Status = z.enum([...STEPS, ...ENDS]);
export type Status = z.infer<typeof Status>;
export const isEnd = (s: Status): boolean => (ENDS as readonly string[]).includes(s);

/** ASI-Arch's search policy; the defaults are its constants (research/engine.md), presets choose smaller ones. */
export const SearchSettings = z.object({
  poolSize: z.number().int().min(1).default(50),
  parentRanks: z.number().int().min(1).default(10),
  references: z.number().int().min(0).default(4),
  /** References are drawn from the ranks after the parents', up to the pool's size. */
  coldStart: z.number().int().min(0).default(200),
  /** The pool, and promotions, are brought up to date every so many results. */
  updateEvery: z.number().int().min(1).default(50),
  /** Proposal k sees the results of experiments before k − lag, whatever the number of workers. */
  lag: z.number().int().min(0).default(8),
  /** A promotion decided at result n is seen by proposals from n + lag + promotionLag on. */
  promotionLag: z.number().int().min(0).default(8),
  repairs: z.number().int().min(0).default(2),
  noveltyRetries: z.number().int().min(0).default(3),
  /** Parents come from the deepest rung that has at least this many experiments. */
  rungMinimum: z.number().int().min(1).default(10),
  islands: z.number().int().min(1).default(4),
  mode: z.enum(["calibrated", "paper"]).default("calibrated"),
});
export type SearchSettings = z.infer<typeof SearchSettings>;

export const Budget = z.object({
  experiments: z.number().int().min(1).nullable().default(null),
  wallSeconds: z.number().positive().nullable().default(null),
  deviceSeconds: z.number().positive().nullable().default(null),
  /** Tokens of all requests to language models, and their price. Hard: no request is sent that could exceed them. */
  tokens: z.number().int().min(1).nullable().default(null),
  cost: z.number().positive().nullable().default(null),
});
export type Budget = z.infer<typeof Budget>;

/** A file in resources/presets: a protocol by name, and the search and budget to go with it. */
export const Preset = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  protocol: z.string(),
  search: SearchSettings,
  budget: Budget,
});
export type Preset = z.infer<typeof Preset>;

export const Campaign = z.object({
  id: z.uuid(),
  name: z.string(),
  seed: z.number().int(),
  researcher: z.string(),
  protocol: Protocol,
  protocolHash: z.string(),
  search: SearchSettings,
  budget: Budget,
  device: z.enum(["cpu", "cuda"]),
  tier: Tier,
  state: z.enum(["running", "paused", "finished", "failed"]),
  /** Why it ended or paused, as a sentence. */
  reason: z.string().nullable(),
  /** Running time and device time spent so far, resumes included; what the budgets are held against. */
  used: z
    .object({
      wallSeconds: z.number(),
      deviceSeconds: z.number(),
      tokens: z.number().default(0),
      cost: z.number().default(0),
      /** Why no request to a language model may be sent any more; null while there is room in the budget. */
      refused: z.string().nullable().default(null),
    })
    .default({ wallSeconds: 0, deviceSeconds: 0, tokens: 0, cost: 0, refused: null }),
  /** Models and their roles; null for the built-in agents. */
  llm: LlmSettings.nullable().default(null),
  /** What the baseline was measured with: its key in the archive. Absent in archives of before it was kept. */
  measuredOn: z.string().optional(),
  /** What was estimated before it was begun (`Estimate` of campaigns.ts); absent where nothing was. */
  estimate: z.unknown().optional(),
  createdAt: z.string(),
  endedAt: z.string().nullable(),
});
export type Campaign = z.infer<typeof Campaign>;

/** Mean, standard deviation over seeds (0 where n is 1) and number of seeds. */
export const Spread = z.object({ mean: z.number(), sd: z.number(), n: z.number().int() });
export type Spread = z.infer<typeof Spread>;

/** A logical time: what an agent may see. */
export const Horizon = z.object({
  /** Experiments with a smaller index are seen. */
  experiments: z.number().int(),
  /** Promotions decided at this time or before are seen. */
  promotions: z.number().int(),
});
export type Horizon = z.infer<typeof Horizon>;

/** The scores of one experiment on one rung. Gains are positive when the candidate is better. */
export const RungScore = z.object({
  rung: z.string(),
  loss: Spread,
  benchmark: Spread,
  tasks: z.record(z.string(), z.object({ loss: Spread, score: Spread })),
  runs: z.array(RunScore),
  fitness: z.number(),
  fitnessPaper: z.number(),
  parts: z.object({
    loss: z.number(),
    benchmark: z.number(),
    /** null from the score step to the judge step; both fitnesses are then the mean of the other two parts. */
    judge: z.number().nullable(),
    lossPaper: z.number(),
    benchmarkPaper: z.number(),
  }),
  /** Loss gain against the baseline at the candidate's own size, its standard error, and against the baseline as it is. */
  gain: z.number(),
  gainSe: z.number(),
  rawGain: z.number(),
  benchmarkGain: z.number(),
  benchmarkGainSe: z.number(),
  /** Degrees of freedom of the noise behind the two standard errors; 0 when only the floor is known. */
  freedom: z.object({ loss: z.number().int(), benchmark: z.number().int() }),
  /** z of both gains in units of the seed spread. */
  z: z.object({ loss: z.number(), benchmark: z.number() }),
  seconds: z.number(),
  /** What the baseline was measured with that the gains are held against; absent in archives from before it was kept. */
  measuredOn: z.string().optional(),
});
export type RungScore = z.infer<typeof RungScore>;

export const Judgement = z.object({
  /** 1 to 10, DeltaNet = 5, Gated DeltaNet = 10. */
  score: z.number().min(1).max(10),
  items: z.record(z.string(), z.number()),
  note: z.string(),
  by: z.string(),
  /** Answers behind the score, and their standard deviation (0 for one). */
  samples: z.number().int().min(1).default(1),
  sd: z.number().min(0).default(0),
});
export type Judgement = z.infer<typeof Judgement>;

export const Proposal = z.object({
  name: z.string().min(1).max(80),
  motivation: z.string(),
  code: z.string(),
  /** The researcher's own description (a grammar tree), opaque to everything else. */
  genome: z.unknown().nullable().default(null),
  parentId: z.uuid().nullable(),
  referenceIds: z.array(z.uuid()).default([]),
  /** What it drew on: "seed", "mutation", "crossover", "random", references, cognition entries. */
  provenance: z.record(z.string(), z.unknown()).default({}),
  /** Who made it, where that is not the campaign's researcher: "llm:qwen3", or "grammar" in place of a model. */
  by: z.string().optional(),
});
export type Proposal = z.infer<typeof Proposal>;

export const Experiment = z.object({
  id: z.uuid(),
  campaignId: z.uuid(),
  /** Place in the campaign, from 0: its logical clock. */
  index: z.number().int().min(0),
  status: Status,
  name: z.string(),
  motivation: z.string(),
  code: z.string(),
  codeHash: z.string(),
  genome: z.unknown().nullable(),
  researcher: z.string(),
  parentId: z.uuid().nullable(),
  referenceIds: z.array(z.uuid()),
  provenance: z.record(z.string(), z.unknown()),
  /** What its agents saw, where that was decided when it opened; null: the campaign's fixed lag says. */
  sees: Horizon.nullable().default(null),
  /** Entries of the cognition base that its analyst's queries found, best first. */
  cognition: z.array(Retrieved).default([]),
  /** Which version of the code this is: 0 as proposed, +1 a repair. */
  repairs: z.number().int(),
  failure: Failure.nullable(),
  gates: z.array(GateVerdict),
  params: z.number().nullable(),
  mixerParams: z.number().nullable(),
  flopsPerToken: z.number().nullable(),
  fingerprint: z.string().nullable(),
  /** Scores by rung, shallowest first. */
  scores: z.array(RungScore),
  judgement: Judgement.nullable(),
  /** Markdown. */
  analysis: z.string().nullable(),
  tier: Tier.nullable(),
  seconds: z.number(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type Experiment = z.infer<typeof Experiment>;

/** An archived experiment's way to a deeper rung. */
export const Promotion = z.object({
  experimentId: z.uuid(),
  campaignId: z.uuid(),
  /** Index into protocol.rungs. */
  rung: z.number().int().min(1),
  /** The logical clock at which it was decided: number of experiments that had ended. */
  decidedAt: z.number().int(),
  status: z.enum(["train", "score", "analyse", "done", "failed"]),
  failure: Failure.nullable(),
});
export type Promotion = z.infer<typeof Promotion>;

/** A baseline measurement at one size on one rung, cached by protocol, device and size. */
export const BaselinePoint = z.object({
  width: z.number(),
  mixerParams: z.number(),
  flopsPerToken: z.number(),
  rung: z.string(),
  runs: z.array(RunScore),
});
export type BaselinePoint = z.infer<typeof BaselinePoint>;

/** Rank correlation of the first rung with the second, with a 95 % interval, and what the parameter count predicts. */
export const ProxyValidity = z.object({
  rho: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  n: z.number().int(),
  rhoParams: z.number().nullable(),
});
export type ProxyValidity = z.infer<typeof ProxyValidity>;

/** A row of the event log: what happened, numbered without gaps within an archive. */
export const CampaignEvent = z.object({
  seq: z.number().int(),
  campaignId: z.uuid(),
  experimentId: z.uuid().nullable(),
  type: z.string(),
  at: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type CampaignEvent = z.infer<typeof CampaignEvent>;

export { Failure, FailureKind, GateVerdict, RunScore };
