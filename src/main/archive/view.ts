/** One experiment, as its page shows it. */
import type { BaselinePoint, Campaign, Experiment, Spread } from "../../shared/domain.ts";
import type { CallRow, CallTexts, CurvePreview, ExperimentView, Relative } from "../../shared/views.ts";
import type { CodeVersion } from "../interfaces.ts";
import { cardsById, RELATIVE, readRelative } from "./card-rows.ts";
import { continuePreview } from "./curves.ts";
import { marksOf } from "./marks.ts";
import type { Connection } from "./open.ts";
import * as queries from "./queries.ts";
import { type Row, readCall, readCampaign, readEvent } from "./rows.ts";

/** Children and siblings that are listed, at most: the best of them. */
const RELATIVES = 500;

const rows = (db: Connection, sql: string, ...values: unknown[]): Row[] =>
  db.prepare(sql).all(...values) as Row[];

/** Everything about an experiment but the archive's name, which only the caller knows; null where there is none. */
export const view = (db: Connection, id: string): Omit<ExperimentView, "archive"> | null =>
  db.transaction(() => {
    const experiment = queries.experimentById(db, id);
    const card = cardsById(db, [id])[0];
    if (!experiment || !card) return null;
    const campaign = readCampaign(
      rows(db, "SELECT id, record FROM campaigns WHERE id = ?", experiment.campaignId)[0]!,
    );
    const ancestors = ancestorsOf(db, experiment);
    return {
      card,
      experiment,
      campaign,
      versions: versionsOf(db, id),
      curves: queries.curvesOf(db, id),
      marks: marksOf(db, id),
      parent: ancestors.at(-1) ?? null,
      ancestors,
      children: childrenOf(db, id),
      siblings: experiment.parentId === null ? [] : childrenOf(db, experiment.parentId, id),
      references: relatives(db, experiment.referenceIds),
      baseline: baselineOf(db, campaign),
      calls: callsOf(db, id),
      events: rows(db, "SELECT * FROM events WHERE experiment_id = ? ORDER BY seq", id).map(readEvent),
      promotions: promotionsOf(db, id, campaign),
    };
  })();

const versionsOf = (db: Connection, id: string): CodeVersion[] =>
  rows(
    db,
    "SELECT version, code, why FROM versions WHERE experiment_id = ? ORDER BY version",
    id,
  ) as unknown as CodeVersion[];

/** Last part of the terminal output; "" where none was kept. */
export const logOf = (db: Connection, id: string): string =>
  (db.prepare("SELECT text FROM logs WHERE experiment_id = ?").pluck().get(id) as string | undefined) ?? "";

// ---------------------------------------------------------------- relatives

/** From the root to the parent. A circle, which only a damaged file can have, ends where it closes. */
function ancestorsOf(db: Connection, e: Experiment): Relative[] {
  const found: Relative[] = [];
  const seen = new Set([e.id]);
  const read = db.prepare(`SELECT ${RELATIVE}, c.parent_id FROM cards c WHERE c.id = ?`);
  for (let id = e.parentId; id !== null && !seen.has(id); ) {
    seen.add(id);
    const row = read.get(id) as Row | undefined;
    if (!row) break;
    found.unshift(readRelative(row));
    id = row.parent_id as string | null;
  }
  return found;
}

/** In order of their index; of very many, the best. */
const childrenOf = (db: Connection, id: string, except = ""): Relative[] =>
  rows(
    db,
    `SELECT ${RELATIVE} FROM cards c WHERE c.parent_id = ? AND c.id <> ?
     ORDER BY c.depth DESC NULLS LAST, c.fitness DESC NULLS LAST, c.number LIMIT ${RELATIVES}`,
    id,
    except,
  )
    .map(readRelative)
    .sort((a, b) => a.index - b.index);

const relatives = (db: Connection, ids: readonly string[]): Relative[] =>
  rows(
    db,
    `SELECT ${RELATIVE} FROM json_each(?) w JOIN cards c ON c.id = w.value ORDER BY w.key`,
    JSON.stringify(ids),
  ).map(readRelative);

// ---------------------------------------------------------------- baseline

/** The baseline at its own size, on each rung where it was measured: mean and spread over seeds, and how they trained. */
function baselineOf(
  db: Connection,
  { protocol, protocolHash, device, measuredOn }: Campaign,
): ExperimentView["baseline"] {
  const key = { protocolHash, device: measuredOn ?? queries.measuredOn(db, protocolHash) ?? device };
  const points = queries.baseline(db, key);
  const begun = new Map<string, CurvePreview>();
  return protocol.rungs.flatMap((rung) => {
    const own = points.find((p) => p.rung === rung.name && p.width === 1);
    const tasks = [...new Set(rung.runs.map((run) => run.task))];
    const lm = tasks.filter((task) => protocol.tasks[task]?.kind === "lm");
    const other = tasks.filter((task) => protocol.tasks[task]?.kind !== "lm");
    // A rung with tasks of one kind only has them for both figures, as the score does.
    const loss = own && overSeeds(own, lm.length > 0 ? lm : tasks, "loss");
    const benchmark = own && overSeeds(own, other.length > 0 ? other : tasks, "score");
    const curves = queries.baselineCurves(db, key, { width: 1, rung: rung.name }).map((curve) => {
      // A deeper rung trains on from where the one before has ended.
      const before = begun.get(curve.run);
      const whole = before ? continuePreview(before, curve) : curve;
      begun.set(curve.run, whole);
      return whole;
    });
    return loss && benchmark ? [{ rung: rung.name, loss, benchmark, curves }] : [];
  });
}

/** Mean over tasks for each seed that ran all of them, then over seeds; null where none did. */
function overSeeds({ runs }: BaselinePoint, tasks: readonly string[], key: "loss" | "score"): Spread | null {
  const values = [...new Set(runs.map((run) => run.seed))].flatMap((seed) => {
    const own = tasks.flatMap((task) => runs.find((run) => run.seed === seed && run.task === task) ?? []);
    return own.length === tasks.length ? [own.reduce((sum, run) => sum + run[key], 0) / own.length] : [];
  });
  const n = values.length;
  if (n === 0) return null;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: n > 1 ? Math.sqrt(squares / (n - 1)) : 0, n };
}

// ---------------------------------------------------------------- requests and promotions

const callsOf = (db: Connection, id: string): CallRow[] =>
  rows(
    db,
    `SELECT id, key, role, model, state, verdict, tokens, cost, estimated, seconds, sent_at, error ->> '$.message' AS error
     FROM llm_calls WHERE experiment_id = ? ORDER BY number`,
    id,
  ).map(
    ({ sent_at, estimated, ...row }) => ({ ...row, estimated: estimated === 1, sentAt: sent_at }) as CallRow,
  );

/** What was asked and answered; null where there is no such request. */
export function callTexts(db: Connection, id: string): CallTexts | null {
  const row = rows(db, "SELECT * FROM llm_calls WHERE id = ?", id)[0];
  if (!row) return null;
  const { messages, answer, reasoning, note, promptHash } = readCall(row);
  const system = rows(db, "SELECT text FROM prompts WHERE hash = ?", promptHash)[0];
  return { system: (system?.text as string | undefined) ?? "", messages, answer, reasoning, note };
}

const promotionsOf = (db: Connection, id: string, { protocol }: Campaign): ExperimentView["promotions"] =>
  rows(db, "SELECT rung, status, decided_at FROM promotions WHERE experiment_id = ? ORDER BY rung", id).map(
    (row) => ({
      rung: protocol.rungs[row.rung as number]?.name ?? `rung ${row.rung}`,
      status: row.status as string,
      decidedAt: row.decided_at as number,
    }),
  );
