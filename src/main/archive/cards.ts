/** The writer's side of the gallery: the narrow row of each experiment, with what was found in its code. */
import { componentsOf } from "../../shared/components.ts";
import type { Experiment } from "../../shared/domain.ts";
import type { Judged } from "../interfaces.ts";
import type { Connection } from "./open.ts";
import type { Row } from "./rows.ts";
import { ShingleIndex, shinglesOf } from "./shingles.ts";
import { upsert } from "./upsert.ts";

/** Earlier experiments that a program is compared with, at most: the newest. Bounds memory (about 5 KB each) and time. */
const COMPARED = 10_000;

/** Finds what is in the code of experiments. One for a connection: it remembers the programs of each campaign. */
export interface Traits {
  /** `code_hash`, `components`, `novelty` and `nearest_id` of a card. */
  of(e: { id: string; campaignId: string; index: number; code: string; codeHash: string }): Row;
}

export function traitsOf(db: Connection): Traits {
  const campaigns = new Map<string, ShingleIndex>();
  const load = (campaignId: string): ShingleIndex => {
    const index = new ShingleIndex();
    const newest = db
      .prepare("SELECT id, idx, code FROM experiments WHERE campaign_id = ? ORDER BY idx DESC LIMIT ?")
      .all(campaignId, COMPARED) as { id: string; idx: number; code: string }[];
    for (const { id, idx, code } of newest.reverse()) if (code !== "") index.add(id, idx, shinglesOf(code));
    return index;
  };
  return {
    of({ id, campaignId, index, code, codeHash }) {
      let known = campaigns.get(campaignId);
      if (!known) {
        known = load(campaignId);
        campaigns.set(campaignId, known);
      }
      const shingles = shinglesOf(code);
      const { novelty, nearest } = known.compare(index, shingles);
      known.add(id, index, shingles);
      return {
        code_hash: codeHash,
        components: JSON.stringify(componentsOf(code)),
        novelty,
        nearest_id: nearest,
      };
    },
  };
}

/** All of a card but what was found in its code. `number` is that of the experiment's row. */
export const cardRow = (number: number, e: Experiment): Row => {
  const s = e.scores.at(-1);
  return {
    number,
    id: e.id,
    campaign_id: e.campaignId,
    idx: e.index,
    status: e.status,
    depth: s ? e.scores.length - 1 : null,
    rung: s?.rung.toWellFormed() ?? null,
    params: e.params,
    mixer_params: e.mixerParams,
    flops_per_token: e.flopsPerToken,
    loss: s?.loss.mean ?? null,
    loss_sd: s?.loss.sd ?? null,
    loss_n: s?.loss.n ?? null,
    benchmark: s?.benchmark.mean ?? null,
    benchmark_sd: s?.benchmark.sd ?? null,
    benchmark_n: s?.benchmark.n ?? null,
    fitness: s?.fitness ?? null,
    fitness_paper: s?.fitnessPaper ?? null,
    gain: s?.gain ?? null,
    gain_se: s?.gainSe ?? null,
    gain_freedom: s?.freedom.loss ?? null,
    benchmark_gain: s?.benchmarkGain ?? null,
    benchmark_gain_se: s?.benchmarkGainSe ?? null,
    benchmark_gain_freedom: s?.freedom.benchmark ?? null,
    parent_id: e.parentId,
    researcher: e.researcher.toWellFormed(),
    seconds: e.seconds,
    created_at: e.createdAt.toWellFormed(),
    name: e.name.toWellFormed(),
  };
};

/** Gives a changed card the next number, so that readers find it. */
const touch = (db: Connection, id: string): void => {
  db.prepare("UPDATE cards SET touched = (SELECT coalesce(max(touched), 0) + 1 FROM cards) WHERE id = ?").run(
    id,
  );
};

/** Brings the card of a stored experiment up to date; looks at its code where that is new. */
export function putCard(db: Connection, e: Experiment, traits: Traits): void {
  const found = db
    .prepare(
      `SELECT e.number, c.code_hash AS seen FROM experiments e LEFT JOIN cards c ON c.number = e.number WHERE e.id = ?`,
    )
    .get(e.id) as { number: number; seen: string | null };
  const look = e.code !== "" && found.seen !== e.codeHash.toWellFormed();
  const code = e.code.toWellFormed();
  const row = {
    ...cardRow(found.number, e),
    ...(look && traits.of({ ...e, code, codeHash: e.codeHash.toWellFormed() })),
  };
  if (upsert(db, "cards", ["number"], row)) touch(db, e.id);
}

/** Says of those that were judged which are discoveries; the others stay as they are. */
export function setDiscoveries(db: Connection, campaignId: string, judged: readonly Judged[]): void {
  const found = judged.filter((d) => d.discovery).map((d) => d.experimentId);
  const changed = db
    .prepare(
      `UPDATE cards SET discovery = 1 - discovery
       WHERE campaign_id = @campaignId AND id IN (SELECT value FROM json_each(@judged))
         AND discovery <> (id IN (SELECT value FROM json_each(@found))) RETURNING id`,
    )
    .all({
      campaignId,
      judged: JSON.stringify(judged.map((d) => d.experimentId)),
      found: JSON.stringify(found),
    }) as { id: string }[];
  for (const { id } of changed) touch(db, id);
}

/** Campaigns larger than this, of an older archive, are left without novelty: comparing all with all takes minutes. */
const FILLED = 5_000;

/** After a migration: looks at the code of the experiments that came before there were cards. */
export function fillCards(db: Connection): void {
  const table = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'cards'").get();
  if (!table) return;
  const update = db.prepare(
    `UPDATE cards SET code_hash = @code_hash, components = @components, novelty = @novelty, nearest_id = @nearest_id
     WHERE id = @id`,
  );
  const campaigns = db
    .prepare("SELECT campaign_id AS id, count(*) AS n FROM cards WHERE code_hash = '' GROUP BY 1")
    .all() as { id: string; n: number }[];
  for (const campaign of campaigns) {
    const known = new ShingleIndex();
    const read = db.prepare(
      `SELECT e.id, e.idx, e.code, e.code_hash FROM experiments e WHERE e.campaign_id = ? AND e.idx > ? AND e.code <> ''
       ORDER BY e.idx LIMIT 100`,
    );
    for (let last = -1; ; ) {
      const some = read.all(campaign.id, last) as {
        id: string;
        idx: number;
        code: string;
        code_hash: string;
      }[];
      if (some.length === 0) break;
      for (const { id, idx, code, code_hash } of some) {
        const shingles = campaign.n <= FILLED ? shinglesOf(code) : null;
        const { novelty, nearest } = (shingles && known.compare(idx, shingles)) ?? {
          novelty: null,
          nearest: null,
        };
        if (shingles) known.add(id, idx, shingles);
        update.run({
          id,
          code_hash,
          components: JSON.stringify(componentsOf(code)),
          novelty,
          nearest_id: nearest,
        });
        last = idx;
      }
    }
  }
}
