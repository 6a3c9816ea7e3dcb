/**
 * The gallery's questions. A connection keeps what is filtered and sorted by in memory (about 200 bytes an experiment) and
 * reads only what changed since the last question; the rows of a page come from the file.
 */
import { componentLabel } from "../../shared/components.ts";
import { GalleryFilter, type GallerySort } from "../../shared/settings.ts";
import type { Card, Facets } from "../../shared/views.ts";
import type { GalleryQuery } from "../interfaces.ts";
import { cards } from "./card-rows.ts";
import { type Entries, type Entry, entriesOf, hasEntries } from "./entries.ts";
import type { Connection } from "./open.ts";
import { allWords } from "./search.ts";

// ---------------------------------------------------------------- filter

/** What a text search found; null without words to search for. */
type Hits = {
  /** Rows' numbers, best first if they were ranked. */
  numbers: readonly number[];
  /** By number: 1 for a hit. */
  has: Uint8Array;
} | null;

const FACETS = [
  "campaigns",
  "standings",
  "rungs",
  "components",
  "tags",
  "researchers",
  "starred",
  "noise",
] as const;
type Facet = (typeof FACETS)[number];
const BIT = Object.fromEntries(FACETS.map((name, i) => [name, 1 << i])) as Record<Facet, number>;
const one = <T>(chosen: readonly T[]) => {
  const set = new Set<T>(chosen);
  return set.size === 0 ? () => true : (value: T) => set.has(value);
};
const all = (chosen: readonly string[]) => (values: readonly string[]) =>
  chosen.every((c) => values.includes(c));

/**
 * @returns for an entry the set of facets (as bits) that leave it out, or −1 where the text, the size or the parent does.
 * Of components and tags an entry has to have all that are chosen; of every other facet, one.
 */
function tester(db: Connection, filter: GalleryFilter, hits: Hits): (e: Entry) => number {
  const { params, parentId } = filter;
  const children =
    parentId === null
      ? null
      : new Set(db.prepare("SELECT number FROM cards WHERE parent_id = ?").pluck().all(parentId) as number[]);
  const [low, high] = params;
  const passes = {
    campaigns: one(filter.campaigns),
    standings: one<string>(filter.standings),
    rungs: one<string | null>(filter.rungs),
    researchers: one(filter.researchers),
    components: all(filter.components),
    tags: all(filter.tags),
  };
  return (e) => {
    if (hits !== null && hits.has[e.number] !== 1) return -1;
    if (children !== null && !children.has(e.number)) return -1;
    if (low !== null && (e.params === null || e.params < low)) return -1;
    if (high !== null && (e.params === null || e.params > high)) return -1;
    return (
      (passes.campaigns(e.campaignId) ? 0 : BIT.campaigns) |
      (passes.standings(e.standing) ? 0 : BIT.standings) |
      (passes.rungs(e.rung) ? 0 : BIT.rungs) |
      (passes.researchers(e.researcher) ? 0 : BIT.researchers) |
      (passes.components(e.components) ? 0 : BIT.components) |
      (passes.tags(e.tags) ? 0 : BIT.tags) |
      (!filter.starred || e.starred ? 0 : BIT.starred) |
      (filter.gain === null || filter.gain === e.noise ? 0 : BIT.noise)
    );
  };
}

const searched = new WeakMap<Entries, { match: string; ranked: boolean; version: number; hits: Hits }>();

/** @param ranked whether the order is needed: finding without ranking takes a sixth of the time */
function hitsOf(db: Connection, entries: Entries, text: string, ranked: boolean): Hits {
  const match = allWords(text);
  if (match === null) return null;
  const last = searched.get(entries);
  if (last?.match === match && last.version === entries.version && (last.ranked || !ranked)) return last.hits;
  const order = ranked ? "ORDER BY bm25(search, 8.0, 8.0, 1.0, 1.0), rowid" : "";
  const found = db.prepare(`SELECT rowid FROM search WHERE search MATCH ? ${order}`).pluck();
  const numbers = found.all(match) as number[];
  const has = new Uint8Array(entries.byNumber.length);
  for (const number of numbers) has[number] = 1;
  const hits = { numbers, has };
  searched.set(entries, { match, ranked, version: entries.version, hits });
  return hits;
}

// ---------------------------------------------------------------- order

/** Figures that say nothing across rungs: the deepest rung comes first. */
const BY_RUNG = new Set<GallerySort["by"]>(["fitness", "gain", "loss", "benchmark"]);

/** Columns behind each order. Without a search all are equally relevant, and the newest of them come first. */
const COLUMNS: Record<GallerySort["by"], readonly string[]> = {
  name: ["name COLLATE NOCASE"],
  newest: ["created_at", "idx"],
  relevance: ["number"],
  fitness: ["fitness"],
  gain: ["gain"],
  loss: ["loss"],
  benchmark: ["benchmark"],
  params: ["params"],
  flops: ["flops_per_token"],
  novelty: ["novelty"],
};

/** ORDER BY for all rows; what is unknown comes last, whatever the direction. */
function orderBy({ by, descending }: GallerySort): string {
  const down = descending || by === "relevance" ? "DESC" : "ASC";
  const text = by === "name" || by === "newest";
  return [
    ...(BY_RUNG.has(by) ? ["depth DESC NULLS LAST"] : []),
    ...COLUMNS[by].map((column) => `${column} ${down} NULLS LAST`),
    text && descending ? "number DESC" : "number",
  ].join(", ");
}

const orders = new WeakMap<Entries, { key: string; version: number; numbers: readonly number[] }>();

/** Numbers of all rows in an order; remembered, because one list is narrowed down again and again. */
function orderOf(db: Connection, entries: Entries, sort: GallerySort): readonly number[] {
  const key = orderBy(sort);
  const last = orders.get(entries);
  if (last?.key === key && last.version === entries.version) return last.numbers;
  const numbers = db.prepare(`SELECT number FROM cards ORDER BY ${key}`).pluck().all() as number[];
  orders.set(entries, { key, version: entries.version, numbers });
  return numbers;
}

// ---------------------------------------------------------------- answers

const ordered = new WeakMap<Entries, { key: string; version: number; numbers: number[] }>();

/** Numbers of all the rows that a filter leaves, in order; remembered, because a list is read page by page. */
function numbersOf(db: Connection, entries: Entries, filter: GalleryFilter, sort: GallerySort): number[] {
  const key = JSON.stringify([filter, sort]);
  const last = ordered.get(entries);
  if (last?.key === key && last.version === entries.version) return last.numbers;
  const ranked = sort.by === "relevance";
  const hits = hitsOf(db, entries, filter.text, ranked);
  const missed = tester(db, filter, hits);
  const inOrder = ranked && hits !== null ? hits.numbers : orderOf(db, entries, sort);
  const numbers = inOrder.filter((number) => missed(entries.byNumber[number]!) === 0);
  ordered.set(entries, { key, version: entries.version, numbers });
  return numbers;
}

/** The same for a filter that leaves all, straight from the file: the first page need not wait for the entries. */
function pageOfAll(db: Connection, { sort, offset, limit }: GalleryQuery): { total: number; page: number[] } {
  const page = db.prepare(`SELECT number FROM cards ORDER BY ${orderBy(sort)} LIMIT ? OFFSET ?`).pluck();
  const total = db.prepare("SELECT count(*) FROM cards").pluck().get() as number;
  return { total, page: page.all(limit, offset) as number[] };
}

const NO_FILTER = JSON.stringify(GalleryFilter.parse({}));
const leavesAll = (filter: GalleryFilter): boolean =>
  JSON.stringify(GalleryFilter.parse({ ...filter, text: "" })) === NO_FILTER &&
  allWords(filter.text) === null;

/** Where a search hit in each of these rows, with the words between \u0001 and \u0002. */
function snippetsOf(db: Connection, text: string, numbers: readonly number[]): Map<number, string> {
  const match = allWords(text);
  if (match === null || numbers.length === 0) return new Map();
  // The + keeps SQLite from asking the index for each row by itself: one pass over the hits, and few snippets.
  const rows = db
    .prepare(
      `SELECT rowid, snippet(search, -1, char(1), char(2), '…', 24) FROM search
       WHERE search MATCH ? AND +rowid IN (SELECT value FROM json_each(?))`,
    )
    .raw()
    .all(match, JSON.stringify(numbers)) as [number, string][];
  return new Map(rows);
}

/** A page of cards, and how many there are in all. Any text is a valid search. */
export const gallery = (db: Connection, query: GalleryQuery): { total: number; cards: Card[] } =>
  db.transaction(() => {
    const { filter, sort, offset, limit } = query;
    if (leavesAll(filter) && !hasEntries(db)) {
      const { total, page } = pageOfAll(db, query);
      return { total, cards: cards(db, page) };
    }
    const numbers = numbersOf(db, entriesOf(db), filter, sort);
    const page = numbers.slice(offset, offset + limit);
    return { total: numbers.length, cards: cards(db, page, snippetsOf(db, filter.text, page)) };
  })();

/**
 * How many experiments each choice would leave. Every value that the archive has is listed, those that would leave none
 * too. A value of a facet of which one is enough is counted without the facet's own choices.
 */
export const facets = (db: Connection, filter: GalleryFilter): Facets =>
  db.transaction(() => {
    const entries = entriesOf(db);
    const missed = tester(db, filter, hitsOf(db, entries, filter.text, false));
    const counts = Object.fromEntries(FACETS.map((f) => [f, new Map<string, number>()])) as Record<
      Facet,
      Map<string, number>
    >;
    const count = (facet: Facet, value: string, by: number) => {
      counts[facet].set(value, (counts[facet].get(value) ?? 0) + by);
    };
    const depths = new Map<string, number>();
    for (const e of entries.list) {
      const out = missed(e);
      const by = (facet: Facet): number => (out === 0 || out === BIT[facet] ? 1 : 0);
      const whole = out === 0 ? 1 : 0;
      count("campaigns", e.campaignId, by("campaigns"));
      count("standings", e.standing, by("standings"));
      count("researchers", e.researcher, by("researchers"));
      if (e.rung !== null) {
        count("rungs", e.rung, by("rungs"));
        depths.set(e.rung, Math.max(depths.get(e.rung) ?? 0, e.depth ?? 0));
      }
      if (e.noise !== null) count("noise", e.noise, by("noise"));
      if (e.starred) count("starred", "", by("starred"));
      for (const component of e.components) count("components", component, whole);
      for (const tag of e.tags) count("tags", tag, whole);
    }
    const names = new Map(db.prepare("SELECT id, name FROM campaigns").raw().all() as [string, string][]);
    const list = (
      facet: Facet,
      label: (value: string) => string,
      order: (value: string) => number | string,
    ) =>
      [...counts[facet]]
        .map(([value, n]) => ({ value, label: label(value), count: n }))
        .sort((a, b) => compare(order(a.value), order(b.value)) || compare(a.value, b.value));
    const same = (value: string) => value;
    const most = (facet: Facet) => (value: string) => -counts[facet].get(value)!;
    return {
      campaigns: list(
        "campaigns",
        (id) => names.get(id) ?? id,
        (id) => (names.get(id) ?? id).toLowerCase(),
      ),
      standings: list(
        "standings",
        (s) => STANDINGS[s]!,
        (s) => Object.keys(STANDINGS).indexOf(s),
      ),
      rungs: list("rungs", same, (rung) => depths.get(rung)!),
      components: list("components", componentLabel, most("components")),
      tags: list("tags", same, (tag) => tag.toLowerCase()),
      researchers: list("researchers", same, most("researchers")),
      noise: list(
        "noise",
        (n) => NOISE[n]!,
        (n) => Object.keys(NOISE).indexOf(n),
      ),
      starred: counts.starred.get("") ?? 0,
    };
  })();

const STANDINGS: Record<string, string> = {
  discovery: "Discoveries",
  candidate: "Candidates",
  running: "Running",
  rejected: "Rejected",
  failed: "Failed",
};
const NOISE: Record<string, string> = {
  beyond: "Better beyond noise",
  within: "Within noise",
  worse: "Worse",
};

const compare = (a: number | string, b: number | string): number => (a < b ? -1 : a > b ? 1 : 0);
