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
import { LlmCall } from "../../shared/llm.ts";
import type { BaselineKey } from "../interfaces.ts";
import { ArchiveError, invalid } from "./errors.ts";

export type Row = Record<string, unknown>;

export function checked<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(what, result.error, "Nothing was stored. This is a defect of Cambrian: please report it.");
}

const OTHER_VERSION =
  "The archive was written by another version of Cambrian, or changed by hand: open it with the version that wrote it.";

function read<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(`The stored ${what}`, result.error, OTHER_VERSION);
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
const textOrNull = (value: string | null): string | null => (value === null ? null : text(value));

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
    fingerprint: textOrNull(e.fingerprint),
    researcher: text(e.researcher),
    tier: e.tier,
    created_at: text(e.createdAt),
    updated_at: text(e.updatedAt),
    name: text(e.name),
    words: inWords(text(e.name)),
    motivation: text(e.motivation),
    analysis: textOrNull(e.analysis),
    failure: e.failure ? json(e.failure) : null,
    judgement: e.judgement ? json(e.judgement) : null,
    reference_ids: json(e.referenceIds),
    provenance: json(e.provenance),
    genome: json(e.genome),
    gates: json(e.gates),
    sees: e.sees ? json(e.sees) : null,
    cognition: json(e.cognition),
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
      sees: parsed(row.sees),
      cognition: parsed(row.cognition),
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

export const baselineRow = (key: BaselineKey, p: BaselinePoint): Row => ({
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

export const callRow = (c: LlmCall): Row => ({
  id: c.id,
  campaign_id: c.campaignId,
  experiment_id: c.experimentId,
  key: text(c.key),
  attempt: c.attempt,
  role: text(c.role),
  endpoint: text(c.endpoint),
  model: text(c.model),
  model_served: textOrNull(c.modelServed),
  state: c.state,
  source: c.source,
  tokens: c.tokens,
  cost: c.cost,
  reserved_tokens: c.reserved.tokens,
  reserved_cost: c.reserved.cost,
  estimated: c.estimated ? 1 : 0,
  verdict: c.verdict,
  finish_reason: textOrNull(c.finishReason),
  sent_at: text(c.sentAt),
  first_byte_seconds: c.firstByteSeconds,
  seconds: c.seconds,
  request_hash: text(c.requestHash),
  prompt_hash: textOrNull(c.promptHash),
  price: json(c.price),
  usage: c.usage ? json(c.usage) : null,
  error: c.error ? json(c.error) : null,
  note: textOrNull(c.note),
  params: json(c.params),
  messages: json(c.messages),
  answer: textOrNull(c.answer),
  reasoning: textOrNull(c.reasoning),
});

export const readCall = (row: Row): LlmCall =>
  read(
    LlmCall,
    {
      id: row.id,
      campaignId: row.campaign_id,
      experimentId: row.experiment_id,
      key: row.key,
      attempt: row.attempt,
      role: row.role,
      endpoint: row.endpoint,
      model: row.model,
      modelServed: row.model_served,
      requestHash: row.request_hash,
      promptHash: row.prompt_hash,
      messages: parsed(row.messages),
      params: parsed(row.params),
      state: row.state,
      source: row.source,
      reserved: { tokens: row.reserved_tokens, cost: row.reserved_cost },
      price: parsed(row.price),
      answer: row.answer,
      reasoning: row.reasoning,
      finishReason: row.finish_reason,
      usage: parsed(row.usage),
      estimated: row.estimated === 1,
      tokens: row.tokens,
      cost: row.cost,
      error: parsed(row.error),
      verdict: row.verdict,
      note: row.note,
      sentAt: row.sent_at,
      firstByteSeconds: row.first_byte_seconds,
      seconds: row.seconds,
    },
    `request ${row.id} (${row.role}, ${row.key})`,
  );

/** Float32, little-endian (every platform we run on is). */
export const vectorRow = (model: string, textHash: string, vector: Float32Array): Row => ({
  model: text(model),
  text_hash: textHash,
  vector: Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength),
});

export function readVector(row: Row): Float32Array {
  const bytes = new Uint8Array(row.vector as Buffer); // A copy: SQLite's buffer need not lie on a multiple of 4.
  if (bytes.length % 4 === 0) return new Float32Array(bytes.buffer);
  const what = `The stored embedding of text ${row.text_hash} under ${row.model}`;
  throw new ArchiveError("invalid", `${what} is cut off: ${bytes.length} bytes.`, OTHER_VERSION);
}
