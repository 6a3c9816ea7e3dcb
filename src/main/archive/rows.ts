/** Records of the contract as rows, and back. Both ways are checked by zod: a row that does not fit is named. */
import type { z } from "zod";
import {
  BaselinePoint,
  Campaign,
  CampaignEvent,
  Experiment,
  Promotion,
  type RungScore,
} from "../../shared/domain.ts";
import { invalid } from "./errors.ts";

export type Row = Record<string, unknown>;

export function checked<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(what, result.error, "Nothing was stored. This is a defect of Cambrian: please report it.");
}

function read<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(
    `The stored ${what}`,
    result.error,
    "The archive was written by another version of Cambrian, or changed by hand: open it with the version that wrote it.",
  );
}

const json = (value: unknown): string => JSON.stringify(value ?? null);
/** Text that is no JSON becomes undefined, which no schema takes. */
const parsed = (value: unknown): unknown => {
  if (typeof value !== "string") return null;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
};
/** SQLite keeps UTF-8, which has no unpaired surrogates. */
const text = (value: string): string => value.toWellFormed();

/** "GatedDeltaNet2_conv" → "Gated Delta Net 2 conv" */
export const inWords = (name: string): string =>
  name
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
    .replace(/(\p{L})(\p{N})/gu, "$1 $2")
    .replace(/(\p{N})(\p{L})/gu, "$1 $2");

export const campaignRow = (c: Campaign): Row => ({
  id: c.id,
  name: text(c.name),
  state: c.state,
  protocol_hash: text(c.protocolHash),
  created_at: c.createdAt,
  record: json(c),
});

export const readCampaign = (row: Row): Campaign => read(Campaign, parsed(row.record), `campaign ${row.id}`);

export function experimentRow(e: Experiment): Row {
  const deepest = e.scores.at(-1);
  return {
    id: e.id,
    campaign_id: e.campaignId,
    idx: e.index,
    status: e.status,
    depth: deepest ? e.scores.length - 1 : null,
    rung: deepest?.rung ?? null,
    loss: deepest?.loss.mean ?? null,
    benchmark: deepest?.benchmark.mean ?? null,
    fitness: deepest?.fitness ?? null,
    fitness_paper: deepest?.fitnessPaper ?? null,
    gain: deepest?.gain ?? null,
    raw_gain: deepest?.rawGain ?? null,
    params: e.params,
    mixer_params: e.mixerParams,
    flops_per_token: e.flopsPerToken,
    seconds: e.seconds,
    repairs: e.repairs,
    parent_id: e.parentId,
    code_hash: text(e.codeHash),
    fingerprint: e.fingerprint === null ? null : text(e.fingerprint),
    researcher: text(e.researcher),
    tier: e.tier,
    created_at: text(e.createdAt),
    updated_at: text(e.updatedAt),
    name: text(e.name),
    words: inWords(text(e.name)),
    motivation: text(e.motivation),
    analysis: e.analysis === null ? null : text(e.analysis),
    failure: e.failure ? json(e.failure) : null,
    judgement: e.judgement ? json(e.judgement) : null,
    reference_ids: json(e.referenceIds),
    provenance: json(e.provenance),
    genome: json(e.genome),
    gates: json(e.gates),
    code: text(e.code),
  };
}

/** @param scores JSON of the experiment's rung scores, shallowest first */
export const readExperiment = (row: Row, scores: readonly string[]): Experiment =>
  read(
    Experiment,
    {
      id: row.id,
      campaignId: row.campaign_id,
      index: row.idx,
      status: row.status,
      name: row.name,
      motivation: row.motivation,
      code: row.code,
      codeHash: row.code_hash,
      genome: parsed(row.genome),
      researcher: row.researcher,
      parentId: row.parent_id,
      referenceIds: parsed(row.reference_ids),
      provenance: parsed(row.provenance),
      repairs: row.repairs,
      failure: parsed(row.failure),
      gates: parsed(row.gates),
      params: row.params,
      mixerParams: row.mixer_params,
      flopsPerToken: row.flops_per_token,
      fingerprint: row.fingerprint,
      scores: scores.map(parsed),
      judgement: parsed(row.judgement),
      analysis: row.analysis,
      tier: row.tier,
      seconds: row.seconds,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    },
    `experiment ${row.id} (${JSON.stringify(row.name)})`,
  );

export const scoreRow = (experimentId: string, depth: number, s: RungScore): Row => ({
  experiment_id: experimentId,
  depth,
  rung: text(s.rung),
  loss: s.loss.mean,
  benchmark: s.benchmark.mean,
  fitness: s.fitness,
  fitness_paper: s.fitnessPaper,
  gain: s.gain,
  record: json(s),
});

export const promotionRow = (p: Promotion): Row => ({
  experiment_id: p.experimentId,
  rung: p.rung,
  campaign_id: p.campaignId,
  decided_at: p.decidedAt,
  status: p.status,
  failure: p.failure ? json(p.failure) : null,
});

export const readPromotion = (row: Row): Promotion =>
  read(
    Promotion,
    {
      experimentId: row.experiment_id,
      campaignId: row.campaign_id,
      rung: row.rung,
      decidedAt: row.decided_at,
      status: row.status,
      failure: parsed(row.failure),
    },
    `promotion of experiment ${row.experiment_id} to rung ${row.rung}`,
  );

export const baselineRow = (key: { protocolHash: string; device: string }, p: BaselinePoint): Row => ({
  protocol_hash: key.protocolHash,
  device: key.device,
  width: p.width,
  rung: p.rung,
  mixer_params: p.mixerParams,
  flops_per_token: p.flopsPerToken,
  runs: json(p.runs),
});

export const readBaseline = (row: Row): BaselinePoint =>
  read(
    BaselinePoint,
    {
      width: row.width,
      mixerParams: row.mixer_params,
      flopsPerToken: row.flops_per_token,
      rung: row.rung,
      runs: parsed(row.runs),
    },
    `baseline of protocol ${row.protocol_hash} at width ${row.width} on rung ${row.rung}`,
  );

export const readEvent = (row: Row): CampaignEvent =>
  read(
    CampaignEvent,
    {
      seq: row.seq,
      campaignId: row.campaign_id,
      experimentId: row.experiment_id,
      type: row.type,
      at: row.at,
      data: parsed(row.data),
    },
    `event ${row.seq}`,
  );
