/** Rows of `cards` as the screens see them: cards, and links to other experiments. */
import { half95, verdict } from "../../shared/interval.ts";
import { firstSentence } from "../../shared/text.ts";
import type { Card, Relative, Standing } from "../../shared/views.ts";
import type { Connection } from "./open.ts";
import type { Row } from "./rows.ts";

export function standingOf(status: string, discovery: boolean): Standing {
  if (discovery) return "discovery";
  if (status === "archived") return "candidate";
  return status === "rejected" || status === "failed" ? status : "running";
}

const NOISE = { better: "beyond", worse: "worse", "within noise": "within", "noise unknown": null } as const;

/** Whether a gain's 95 % interval leaves 0 out; null where there is no gain, or its noise is not known. */
export const noiseOf = (gain: number | null, se: number | null, freedom: number | null): Card["noise"] =>
  gain === null ? null : NOISE[verdict(gain, se ?? 0, freedom ?? 0)];

/** A gain with its 95 % interval. Where the noise is not known the interval is the value alone, and `noise` is null. */
export function gainOf(value: number | null, se: number | null, freedom: number | null): Card["gain"] {
  if (value === null) return null;
  const half = half95(se ?? 0, freedom ?? 0);
  const known = Number.isFinite(half) ? half : 0;
  return { value, se: se ?? 0, low: value - known, high: value + known };
}

/** Parses lists of names; the same text gives the same list. */
export function listParser(): (json: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return (json) => {
    const list = known.get(json) ?? (JSON.parse(json) as string[]);
    known.set(json, list);
    return list;
  };
}

const spreadOf = (mean: unknown, sd: unknown, n: unknown): Card["loss"] =>
  mean === null
    ? null
    : { mean: mean as number, sd: (sd as number | null) ?? 0, n: (n as number | null) ?? 1 };

/** The first sentence of a text, in one line, cut at 240 characters. */
export function shortMotivation(text: string): string {
  const line = text
    .replace(/^[#>*\s-]+/, "")
    .replace(/\s+/g, " ")
    .trim();
  const sentence = firstSentence(line);
  return sentence.length > 240 ? `${sentence.slice(0, 239).trimEnd()}…` : sentence;
}

const SELECT = `SELECT c.*, substr(e.motivation, 1, 600) AS motivation, m.starred, m.tags, coalesce(m.note, '') <> '' AS has_note,
    d.thumbnail
  FROM json_each(?) wanted JOIN cards c ON c.number = wanted.value
  JOIN experiments e ON e.number = c.number
  LEFT JOIN marks m ON m.experiment_id = c.id LEFT JOIN diagrams d ON d.experiment_id = c.id ORDER BY wanted.key`;

/** Cards by the numbers of their rows, in that order. `snippets`: where a search hit, by number. */
export const cards = (
  db: Connection,
  numbers: readonly number[],
  snippets: ReadonlyMap<number, string> = new Map(),
): Card[] =>
  (db.prepare(SELECT).all(JSON.stringify(numbers)) as Row[]).map((row) =>
    readCard(row, snippets.get(row.number as number) ?? null),
  );

/** Cards by id, in that order; unknown ids are left out. */
export const cardsById = (db: Connection, ids: readonly string[]): Card[] =>
  cards(
    db,
    db
      .prepare("SELECT c.number FROM json_each(?) w JOIN cards c ON c.id = w.value ORDER BY w.key")
      .pluck()
      .all(JSON.stringify(ids)) as number[],
  );

function readCard(row: Row, snippet: string | null): Card {
  const of = <T>(name: string) => row[name] as T;
  const gain = [
    of<number | null>("gain"),
    of<number | null>("gain_se"),
    of<number | null>("gain_freedom"),
  ] as const;
  return {
    id: of("id"),
    campaignId: of("campaign_id"),
    index: of("idx"),
    name: of("name"),
    status: of("status"),
    standing: standingOf(of("status"), row.discovery === 1),
    rung: of("rung"),
    depth: of("depth"),
    params: of("params"),
    mixerParams: of("mixer_params"),
    flopsPerToken: of("flops_per_token"),
    loss: spreadOf(row.loss, row.loss_sd, row.loss_n),
    benchmark: spreadOf(row.benchmark, row.benchmark_sd, row.benchmark_n),
    fitness: of("fitness"),
    fitnessPaper: of("fitness_paper"),
    gain: gainOf(...gain),
    benchmarkGain: gainOf(of("benchmark_gain"), of("benchmark_gain_se"), of("benchmark_gain_freedom")),
    noise: noiseOf(...gain),
    novelty: of("novelty"),
    components: JSON.parse(of("components")),
    parentId: of("parent_id"),
    researcher: of("researcher"),
    motivation: shortMotivation(of("motivation")),
    snippet,
    starred: row.starred === 1,
    tags: row.tags === null ? [] : JSON.parse(of("tags")),
    hasNote: row.has_note === 1,
    thumbnail: of("thumbnail"),
    seconds: of("seconds"),
    createdAt: of("created_at"),
  };
}

/** What `readRelative` reads. */
export const RELATIVE = "c.id, c.idx, c.name, c.status, c.discovery, c.gain, c.gain_se";

export const readRelative = (row: Row): Relative => ({
  id: row.id as string,
  index: row.idx as number,
  name: row.name as string,
  standing: standingOf(row.status as string, row.discovery === 1),
  gain: row.gain as number | null,
  gainSe: row.gain_se as number | null,
});
