/** What a campaign as a whole tells: progress, trade-offs, failures, what helped, where ideas came from, what it cost. */
import { t95 } from "../../shared/interval.ts";
import type { Insights, Relative } from "../../shared/views.ts";
import { gainOf, listParser, RELATIVE, readRelative } from "./card-rows.ts";
import type { Connection } from "./open.ts";
import { type Row, readCampaign } from "./rows.ts";

type Interval = NonNullable<Insights["components"][number]["difference"]>;

/** Experiments named for an outcome or a failure: the newest. */
const EXAMPLES = 5;

/** All but the proxy's validity, which the campaign's statistics compute from `promoted`; null for an unknown campaign. */
export const insights = (db: Connection, campaignId: string): Omit<Insights, "proxy"> | null =>
  db.transaction(() => {
    const campaign = db.prepare("SELECT id, record FROM campaigns WHERE id = ?").get(campaignId) as
      | Row
      | undefined;
    if (!campaign) return null;
    const scores = scoresOf(db, campaignId);
    const first = scores.filter((s) => s.depth === 0);
    const all = experimentsOf(db, campaignId);
    return {
      campaign: readCampaign(campaign),
      progress: progressOf(scores),
      pareto: paretoOf(scores),
      outcomes: tally(all, (e) => e.relative.standing).map(([outcome, rest]) => ({ outcome, ...rest })),
      failures: failuresOf(all),
      components: componentsOf(first),
      origins: originsOf(all, new Map(first.map((s) => [s.point.id, s.gain]))),
      spend: spendOf(db, campaignId),
    };
  })();

// ---------------------------------------------------------------- rows

type Point = Pick<Relative, "id" | "index" | "name" | "standing">;

interface Score {
  point: Point;
  rung: string;
  depth: number;
  fitness: number;
  gain: number;
  gainSe: number;
  freedom: number;
  loss: number;
  benchmark: number;
  params: number | null;
  flops: number | null;
  components: readonly string[];
}

const pointOf = ({ id, index, name, standing }: Relative): Point => ({ id, index, name, standing });

/** One for each rung that an experiment reached, in order of index. */
function scoresOf(db: Connection, campaignId: string): Score[] {
  const listOf = listParser();
  return (
    db
      .prepare(
        `SELECT ${RELATIVE}, c.params, c.flops_per_token AS flops, c.components, s.rung, s.depth, s.fitness, s.gain AS own_gain,
           s.record ->> '$.gainSe' AS own_se, s.record ->> '$.freedom.loss' AS own_freedom, s.loss, s.benchmark
         FROM cards c JOIN scores s ON s.experiment_id = c.id WHERE c.campaign_id = ? ORDER BY c.idx, s.depth`,
      )
      .all(campaignId) as Row[]
  ).map((row) => ({
    ...(row as unknown as Score),
    point: pointOf(readRelative(row)),
    gain: row.own_gain as number,
    gainSe: row.own_se as number,
    freedom: row.own_freedom as number,
    components: listOf(row.components as string),
  }));
}

interface Ended {
  relative: Relative;
  kind: string | null;
  gate: string | null;
  provenance: Record<string, unknown>;
}

function experimentsOf(db: Connection, campaignId: string): Ended[] {
  const rows = db
    .prepare(
      `SELECT ${RELATIVE}, e.failure ->> '$.kind' AS kind,
         CASE WHEN e.failure IS NOT NULL THEN (SELECT g.value ->> '$.name' FROM json_each(e.gates) g
          WHERE g.value ->> '$.ok' = 0 AND coalesce(g.value ->> '$.warning', 0) = 0 LIMIT 1) END AS gate,
         json_object('how', e.provenance -> '$.how', 'drewOn', e.provenance -> '$.drewOn') AS provenance
       FROM cards c JOIN experiments e ON e.number = c.number WHERE c.campaign_id = ? ORDER BY c.idx`,
    )
    .all(campaignId) as Row[];
  return rows.map((row) => ({
    relative: readRelative(row),
    kind: row.kind as string | null,
    gate: row.gate as string | null,
    provenance: JSON.parse(row.provenance as string),
  }));
}

// ---------------------------------------------------------------- progress and trade-offs

function progressOf(scores: readonly Score[]): Insights["progress"] {
  const best = new Map<string, number>();
  return scores.map(({ point, rung, fitness, gain, gainSe, freedom }) => {
    best.set(rung, Math.max(best.get(rung) ?? fitness, fitness));
    const { low, high } = gainOf(gain, gainSe, freedom)!;
    const interval = { low, high };
    return { ...point, fitness, gain, gainSe, interval, rung, best: best.get(rung)! };
  });
}

function paretoOf(scores: readonly Score[]): Insights["pareto"] {
  const sized = scores.filter((s) => s.params !== null && s.flops !== null);
  const fronts = [...Map.groupBy(sized, (s) => s.rung).values()].map((group) => ({
    lossParams: front(group, (s) => [s.params!, s.loss]),
    lossFlops: front(group, (s) => [s.flops!, s.loss]),
    benchmarkParams: front(group, (s) => [s.params!, -s.benchmark]),
    benchmarkFlops: front(group, (s) => [s.flops!, -s.benchmark]),
  }));
  const on = (key: keyof (typeof fronts)[number], s: Score) => fronts.some((f) => f[key].has(s));
  return sized.map((s) => ({
    ...s.point,
    loss: s.loss,
    benchmark: s.benchmark,
    params: s.params!,
    flops: s.flops!,
    rung: s.rung,
    front: {
      lossParams: on("lossParams", s),
      lossFlops: on("lossFlops", s),
      benchmarkParams: on("benchmarkParams", s),
      benchmarkFlops: on("benchmarkFlops", s),
    },
  }));
}

/** Those that no other beats on one figure while being as good on the other; lower is better on both. */
export function front<T>(items: readonly T[], of: (item: T) => [number, number]): Set<T> {
  const found = new Set<T>();
  const ordered = items
    .map((item) => ({ item, at: of(item) }))
    .sort((a, b) => a.at[0] - b.at[0] || a.at[1] - b.at[1]);
  let last: [number, number] = [Number.NaN, Number.POSITIVE_INFINITY];
  for (const { item, at } of ordered) {
    const level = at[0] === last[0] && at[1] === last[1];
    if (!level && at[1] >= last[1]) continue;
    found.add(item);
    last = at;
  }
  return found;
}

// ---------------------------------------------------------------- outcomes and failures

/** Groups, most frequent first, with the newest of each. */
function tally(
  items: readonly Ended[],
  key: (e: Ended) => string,
): [string, { count: number; examples: Relative[] }][] {
  const groups = [...Map.groupBy(items, key)];
  return groups
    .map(([name, group]): [string, { count: number; examples: Relative[] }] => [
      name,
      {
        count: group.length,
        examples: group
          .slice(-EXAMPLES)
          .reverse()
          .map((e) => e.relative),
      },
    ])
    .sort(([a, { count: m }], [b, { count: n }]) => n - m || (a < b ? -1 : 1));
}

/** By kind and, where a gate said no, by the first that did. Those that recovered have no failure any more. */
const failuresOf = (all: readonly Ended[]): Insights["failures"] =>
  tally(
    all.filter((e) => e.kind !== null),
    ({ kind, gate }) => JSON.stringify([kind, gate]),
  ).map(([key, rest]) => {
    const [kind, gate] = JSON.parse(key) as [string, string | null];
    return { kind, gate, ...rest };
  });

// ---------------------------------------------------------------- components and origins

function moments(values: readonly number[]): { mean: number; variance: number; n: number } {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1), n };
}

/** Mean with its 95 % interval (Student's t); null for fewer than two values. */
export function meanInterval(values: readonly number[]): Interval | null {
  if (values.length < 2) return null;
  const { mean, variance, n } = moments(values);
  const half = t95(n - 1) * Math.sqrt(variance / n);
  return { mean, low: mean - half, high: mean + half, n };
}

/** Difference of means with its 95 % interval (Welch 1947); null where the values have no spread. */
export function welchInterval(a: readonly number[], b: readonly number[]): Interval | null {
  if (a.length < 2 || b.length < 2) return null;
  const [x, y] = [moments(a), moments(b)];
  const [vx, vy] = [x.variance / x.n, y.variance / y.n];
  if (!(vx + vy > 0)) return null;
  const freedom = (vx + vy) ** 2 / (vx ** 2 / (x.n - 1) + vy ** 2 / (y.n - 1));
  const half = t95(freedom) * Math.sqrt(vx + vy);
  const mean = x.mean - y.mean;
  return { mean, low: mean - half, high: mean + half, n: x.n + y.n };
}

/** Components that at least two scored experiments have and two have not, strongest difference first. */
function componentsOf(scores: readonly Score[]): Insights["components"] {
  const names = [...new Set(scores.flatMap((s) => s.components))];
  const found = names.flatMap((component) => {
    const [has, lacks]: [number[], number[]] = [[], []];
    for (const s of scores) (s.components.includes(component) ? has : lacks).push(s.gain);
    const [yes, no] = [meanInterval(has), meanInterval(lacks)];
    return yes && no ? [{ component, with: yes, without: no, difference: welchInterval(has, lacks) }] : [];
  });
  const strength = (d: Interval | null) => Math.abs(d?.mean ?? 0);
  return found
    .map((f) => ({ ...f, tested: found.length }))
    .sort((a, b) => strength(b.difference) - strength(a.difference) || (a.component < b.component ? -1 : 1));
}

/**
 * What a proposal came from. The grammar says it: seed, mutation, crossover, random. Of a model's proposal, the kinds of
 * input that it cites, or else shares words with: parent, reference, cognition, analysis; "own" where there is none.
 */
export function originsIn({ how, drewOn }: Record<string, unknown>): string[] {
  if (typeof how === "string" && how !== "llm") return [how];
  if (how !== "llm" || typeof drewOn !== "object" || drewOn === null) return ["unknown"];
  const kinds = (list: unknown): string[] =>
    Array.isArray(list)
      ? [...new Set(list.flatMap((i) => (typeof i?.kind === "string" ? [i.kind] : [])))]
      : [];
  const { cited, overlap } = drewOn as { cited?: unknown; overlap?: unknown };
  const named = kinds(cited);
  const found = named.length > 0 ? named : kinds(overlap);
  return found.length > 0 ? found : ["own"];
}

/** A proposal that drew on several kinds of input counts for each. */
function originsOf(all: readonly Ended[], gains: ReadonlyMap<string, number>): Insights["origins"] {
  const groups = new Map<string, Ended[]>();
  for (const e of all)
    for (const origin of originsIn(e.provenance)) {
      const group = groups.get(origin);
      if (group) group.push(e);
      else groups.set(origin, [e]);
    }
  return [...groups]
    .map(([origin, group]) => ({
      origin,
      count: group.length,
      gain: meanInterval(group.flatMap((e) => gains.get(e.relative.id) ?? [])),
    }))
    .sort((a, b) => b.count - a.count || (a.origin < b.origin ? -1 : 1));
}

// ---------------------------------------------------------------- spend

/** As the budgets count it: of a request whose outcome is open or unknown, the most that it can cost. */
const spendOf = (db: Connection, campaignId: string): Insights["spend"] =>
  db
    .prepare(
      `SELECT role, model, count(*) AS requests, sum(iif(open, reserved_tokens, tokens)) AS tokens,
         sum(iif(open, reserved_cost, cost)) AS cost, sum(estimated) AS estimated
       FROM (SELECT *, state IN ('sent', 'unknown', 'cancelled') AS open FROM llm_calls WHERE campaign_id = ?)
       GROUP BY role, model ORDER BY cost DESC, tokens DESC, role, model`,
    )
    .all(campaignId) as Insights["spend"];
