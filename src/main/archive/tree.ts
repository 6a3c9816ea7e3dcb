/** A campaign's lineage, and how each campaign is doing. */
import type { TreeData } from "../../shared/views.ts";
import type { CampaignCounts } from "../interfaces.ts";
import { listParser, RELATIVE, readRelative, standingOf } from "./card-rows.ts";
import type { Connection } from "./open.ts";
import { campaigns } from "./queries.ts";
import type { Row } from "./rows.ts";

interface Node {
  id: string;
  name: string;
  status: string;
  discovery: number;
  parent_id: string | null;
  fitness: number | null;
  gain: number | null;
  gain_se: number | null;
  depth: number | null;
  created_at: string;
  components: string;
}

/** Columns in order of index; empty for an unknown campaign. */
export function tree(db: Connection, campaignId: string): TreeData {
  const nodes = db
    .prepare(
      `SELECT id, name, status, discovery, parent_id, fitness, gain, gain_se, depth, created_at, components FROM cards
       WHERE campaign_id = ? ORDER BY idx`,
    )
    .all(campaignId) as Node[];
  const listOf = listParser();
  const place = new Map(nodes.map(({ id }, i) => [id, i]));
  const times = nodes.map(({ created_at }) => Date.parse(created_at) / 1000);
  const first = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
  return {
    ids: nodes.map((n) => n.id),
    names: nodes.map((n) => n.name),
    parents: nodes.map((n) => (n.parent_id === null ? -1 : (place.get(n.parent_id) ?? -1))),
    standings: nodes.map((n) => standingOf(n.status, n.discovery === 1)),
    fitness: nodes.map((n) => n.fitness),
    gain: nodes.map((n) => n.gain),
    gainSe: nodes.map((n) => n.gain_se),
    depth: nodes.map((n) => n.depth),
    time: times.map((time) => (Number.isFinite(time) ? time - first : 0)),
    component: rarest(nodes.map((n) => listOf(n.components))),
    best: runningBest(nodes),
  };
}

/** For each, its component that the fewest others have; "" where it has none. */
function rarest(lists: readonly (readonly string[])[]): string[] {
  const counts = new Map<string, number>();
  for (const name of lists.flat()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return lists.map((list) =>
    list.reduce((a, b) => (a === "" || counts.get(b)! < counts.get(a)! ? b : a), ""),
  );
}

/** Rows that beat all before them: a deeper rung beats a shallower one, because their figures do not compare. */
function runningBest(nodes: readonly Node[]): number[] {
  const found: number[] = [];
  nodes.forEach(({ depth, fitness }, i) => {
    if (depth === null || fitness === null) return;
    const best = nodes[found.at(-1) ?? -1];
    if (!best || depth > best.depth! || (depth === best.depth && fitness > best.fitness!)) found.push(i);
  });
  return found;
}

const counted = new WeakMap<Connection, { dataVersion: number; rows: CampaignCounts[] }>();

/** Newest first. Counted again only after others have written; `db` itself only reads. */
export const campaignRows = (db: Connection): CampaignCounts[] =>
  db.transaction(() => {
    const dataVersion = db.pragma("data_version", { simple: true }) as number;
    const last = counted.get(db);
    if (last?.dataVersion === dataVersion) return last.rows;
    const rows = countCampaigns(db);
    counted.set(db, { dataVersion, rows });
    return rows;
  })();

function countCampaigns(db: Connection): CampaignCounts[] {
  const counts = db
    .prepare(
      `SELECT campaign_id AS id, count(*) AS experiments, sum(status = 'archived') AS archived,
         sum(status = 'rejected') AS rejected, sum(status = 'failed') AS failed, sum(discovery) AS discoveries
       FROM cards GROUP BY campaign_id`,
    )
    .all() as (Omit<CampaignCounts, "campaign" | "best"> & { id: string })[];
  const byId = new Map(counts.map(({ id, ...rest }) => [id, rest]));
  const best = db.prepare(
    `SELECT ${RELATIVE} FROM cards c WHERE c.campaign_id = ? AND c.fitness IS NOT NULL
     ORDER BY c.depth DESC, c.fitness DESC, c.idx LIMIT 1`,
  );
  return campaigns(db).map((campaign) => {
    const row = best.get(campaign.id) as Row | undefined;
    const none = { experiments: 0, archived: 0, rejected: 0, failed: 0, discoveries: 0 };
    return { campaign, ...(byId.get(campaign.id) ?? none), best: row ? readRelative(row) : null };
  });
}
