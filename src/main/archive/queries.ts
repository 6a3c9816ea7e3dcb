/** What can be asked of an archive, over any connection. Every record is validated on its way out. */
import type { BaselinePoint, Campaign, CampaignEvent, Experiment, Promotion } from "../../shared/domain.ts";
import type { LlmCall } from "../../shared/llm.ts";
import type { CurvePreview } from "../../shared/views.ts";
import type { BaselineKey, CodeVersion, Curve } from "../interfaces.ts";
import { type CurveBlobs, decodeCurve, decodePreview } from "./curves.ts";
import { ArchiveError } from "./errors.ts";
import type { Connection } from "./open.ts";
import {
  type Row,
  readBaseline,
  readCall,
  readCampaign,
  readEvent,
  readExperiment,
  readPromotion,
} from "./rows.ts";

/** The columns that rank and list: cheap however long the code and the analysis are. Figures of the deepest rung. */
export interface ExperimentSummary {
  id: string;
  campaignId: string;
  index: number;
  name: string;
  status: string;
  rung: string | null;
  parentId: string | null;
  codeHash: string;
  params: number | null;
  loss: number | null;
  benchmark: number | null;
  fitness: number | null;
  fitnessPaper: number | null;
  gain: number | null;
  rawGain: number | null;
  seconds: number;
}

export interface ExperimentDetail {
  experiment: Experiment;
  versions: CodeVersion[];
  curves: Curve[];
  log: string;
}

const rows = (db: Connection, sql: string, ...values: unknown[]): Row[] =>
  db.prepare(sql).all(...values) as Row[];

export const counts = (db: Connection): { campaigns: number; experiments: number } =>
  db
    .prepare(
      "SELECT (SELECT count(*) FROM campaigns) AS campaigns, (SELECT count(*) FROM cards) AS experiments",
    )
    .get() as { campaigns: number; experiments: number };

/** Newest first. */
export const campaigns = (db: Connection): Campaign[] =>
  rows(db, "SELECT id, record FROM campaigns ORDER BY created_at DESC, id").map(readCampaign);

/** In order of their index; all campaigns', oldest campaign first, without an id. */
export function experiments(db: Connection, campaignId?: string): Experiment[] {
  const [where, values] = campaignId === undefined ? ["", []] : ["WHERE e.campaign_id = ?", [campaignId]];
  const scores = new Map<string, string[]>();
  const found = db.transaction(() => {
    const all = rows(
      db,
      `SELECT s.experiment_id, s.record FROM scores s JOIN experiments e ON e.id = s.experiment_id ${where}
       ORDER BY s.experiment_id, s.depth`,
      ...values,
    ) as { experiment_id: string; record: string }[];
    for (const { experiment_id, record } of all) {
      const list = scores.get(experiment_id);
      if (list) list.push(record);
      else scores.set(experiment_id, [record]);
    }
    return rows(
      db,
      `SELECT e.* FROM experiments e JOIN campaigns c ON c.id = e.campaign_id ${where}
       ORDER BY c.created_at, c.id, e.idx`,
      ...values,
    );
  })();
  return found.map((row) => readExperiment(row, scores.get(row.id as string) ?? []));
}

/** Those that were scored on a second rung at least, in order of their index. */
export function promoted(db: Connection, campaignId: string): Experiment[] {
  const ids = rows(db, `SELECT id FROM cards WHERE campaign_id = ? AND depth >= 1 ORDER BY idx`, campaignId);
  return ids.flatMap(({ id }) => experimentById(db, id as string) ?? []);
}

/** @returns null when there is none */
export function experimentById(db: Connection, id: string): Experiment | null {
  const row = db.prepare("SELECT * FROM experiments WHERE id = ?").get(id) as Row | undefined;
  if (!row) return null;
  const scores = rows(db, "SELECT record FROM scores WHERE experiment_id = ? ORDER BY depth", id);
  return readExperiment(
    row,
    scores.map((s) => s.record as string),
  );
}

/** By id, name, or a unique prefix of an id. @throws ArchiveError ambiguous, listing the candidates */
export function findExperiment(db: Connection, idOrName: string): string | null {
  const key = idOrName.trim();
  const prefix = /^[0-9a-f-]+$/i.test(key) ? `${key.toLowerCase()}*` : null;
  const found = rows(
    db,
    `SELECT id, name, idx FROM experiments WHERE id = lower(@key) OR name = @key OR id GLOB @prefix
     ORDER BY id = lower(@key) DESC, number LIMIT 21`,
    { key, prefix },
  ) as { id: string; name: string; idx: number }[];
  if (found.length === 0) return null;
  if (found.length === 1 || found[0]!.id === key.toLowerCase()) return found[0]!.id;
  const shown = found.slice(0, 20).map((f) => `${f.id} (${f.name}, number ${f.idx})`);
  throw new ArchiveError(
    "ambiguous",
    `"${key}" means more than one experiment: ${shown.join(", ")}${found.length > 20 ? ", …" : ""}.`,
    "Give the id, or more of it.",
  );
}

export function detail(db: Connection, id: string): ExperimentDetail | null {
  return db.transaction(() => {
    const experiment = experimentById(db, id);
    if (!experiment) return null;
    const versions = rows(
      db,
      "SELECT version, code, why FROM versions WHERE experiment_id = ? ORDER BY version",
      id,
    ) as unknown as CodeVersion[];
    return { experiment, versions, curves: curves(db, id), log: log(db, id) };
  })();
}

export const curves = (db: Connection, id: string): Curve[] =>
  rows(db, "SELECT run, steps, losses, aux FROM curves WHERE experiment_id = ? ORDER BY run", id).map((row) =>
    decodeCurve(row.run as string, row as unknown as CurveBlobs),
  );

const readPreview = (row: Row): CurvePreview => decodePreview(row.run as string, row.preview as Buffer);

/** Training curves of at most 512 points each; null where a loss was not a number. */
export const curvesOf = (db: Connection, id: string): CurvePreview[] =>
  rows(db, "SELECT run, preview FROM curves WHERE experiment_id = ? ORDER BY run", id).map(readPreview);

const log = (db: Connection, id: string): string =>
  (db.prepare("SELECT text FROM logs WHERE experiment_id = ?").pluck().get(id) as string | undefined) ?? "";

export const summaries = (db: Connection, campaignId?: string): ExperimentSummary[] =>
  rows(
    db,
    `SELECT e.id, e.campaign_id AS campaignId, e.idx AS "index", e.name, e.status, e.rung, e.parent_id AS parentId,
       e.code_hash AS codeHash, e.params, e.loss, e.benchmark, e.fitness, e.fitness_paper AS fitnessPaper, e.gain,
       e.raw_gain AS rawGain, e.seconds
     FROM experiments e JOIN campaigns c ON c.id = e.campaign_id WHERE @campaignId IS NULL OR e.campaign_id = @campaignId
     ORDER BY c.created_at, c.id, e.idx`,
    { campaignId: campaignId ?? null },
  ) as unknown as ExperimentSummary[];

/** In the order in which they were decided. */
export const promotions = (db: Connection, campaignId: string): Promotion[] =>
  rows(
    db,
    `SELECT p.* FROM promotions p JOIN experiments e ON e.id = p.experiment_id
     WHERE p.campaign_id = ? ORDER BY p.decided_at, e.idx, p.rung`,
    campaignId,
  ).map(readPromotion);

export const baseline = (db: Connection, key: BaselineKey): BaselinePoint[] =>
  rows(
    db,
    "SELECT * FROM baselines WHERE protocol_hash = ? AND device = ? ORDER BY width, rung",
    key.protocolHash,
    key.device,
  ).map(readBaseline);

/** Training curves of the baseline at one size on one rung, as those of an experiment. */
export const baselineCurves = (
  db: Connection,
  { protocolHash, device }: BaselineKey,
  { width, rung }: Pick<BaselinePoint, "width" | "rung">,
): CurvePreview[] =>
  rows(
    db,
    `SELECT run, preview FROM baseline_curves
     WHERE protocol_hash = ? AND device = ? AND width = ? AND rung = ? ORDER BY run`,
    ...[protocolHash, device, width, rung],
  ).map(readPreview);

/** What the baseline was measured with, where that was one machine and one trainer only; null where it is not certain. */
export function measuredOn(db: Connection, protocolHash: string): string | null {
  const found = rows(db, "SELECT DISTINCT device FROM baselines WHERE protocol_hash = ?", protocolHash);
  return found.length === 1 ? (found[0]!.device as string) : null;
}

export const events = (db: Connection, afterSeq: number, limit = 1000): CampaignEvent[] =>
  rows(db, "SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?", afterSeq, limit).map(readEvent);

/** The newest events of a campaign, oldest of them first, without the readings of its clock. */
export const lastEvents = (db: Connection, campaignId: string, limit: number): CampaignEvent[] =>
  rows(
    db,
    "SELECT * FROM events WHERE campaign_id = ? AND type <> 'progress' ORDER BY seq DESC LIMIT ?",
    campaignId,
    limit,
  )
    .map(readEvent)
    .reverse();

/** All of a request but its texts, which are most of an archive. */
const CALL_FIGURES = `id, campaign_id, experiment_id, key, attempt, role, endpoint, model, model_served, state, source, tokens,
  cost, reserved_tokens, reserved_cost, estimated, verdict, finish_reason, sent_at, first_byte_seconds, seconds,
  request_hash, prompt_hash, price, usage, error, note, params, '[]' AS messages, NULL AS answer, NULL AS reasoning`;

/**
 * In the order in which they were sent: a campaign's, those outside of campaigns (null), or all without an id.
 * @param texts false: without messages, answers and reasoning
 */
export const calls = (db: Connection, campaignId?: string | null, texts = true): LlmCall[] => {
  const columns = texts ? "*" : CALL_FIGURES;
  return (
    campaignId === undefined
      ? rows(db, `SELECT ${columns} FROM llm_calls ORDER BY number`)
      : rows(db, `SELECT ${columns} FROM llm_calls WHERE campaign_id IS ? ORDER BY number`, campaignId)
  ).map(readCall);
};

/** The requests at one place of the loop, first attempt first. */
export const callsAt = (db: Connection, campaignId: string | null, key: string): LlmCall[] =>
  rows(
    db,
    "SELECT * FROM llm_calls WHERE campaign_id IS ? AND key = ? ORDER BY attempt",
    campaignId,
    key.toWellFormed(),
  ).map(readCall);

/** Sums that count against the budgets: of a request whose outcome is open, the most that it can cost. */
export const callTotals = (db: Connection, campaignId: string | null): { tokens: number; cost: number } =>
  db
    .prepare(
      `SELECT coalesce(sum(iif(open, reserved_tokens, tokens)), 0) AS tokens,
         coalesce(sum(iif(open, reserved_cost, cost)), 0.0) AS cost
       FROM (SELECT *, state IN ('sent', 'unknown', 'cancelled') AS open FROM llm_calls WHERE campaign_id IS ?)`,
    )
    .get(campaignId) as { tokens: number; cost: number };

/** By name, then by hash. */
export const prompts = (db: Connection): { hash: string; name: string; text: string }[] =>
  rows(db, "SELECT hash, name, text FROM prompts ORDER BY name, hash") as {
    hash: string;
    name: string;
    text: string;
  }[];
