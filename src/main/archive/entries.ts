/** What the gallery filters by, in memory: loaded once for a connection, then only what changed. */
import type { Card, Standing } from "../../shared/views.ts";
import { listParser, noiseOf, standingOf } from "./card-rows.ts";
import type { Connection } from "./open.ts";

export interface Entry {
  /** Of its row. */
  number: number;
  campaignId: string;
  standing: Standing;
  rung: string | null;
  depth: number | null;
  params: number | null;
  noise: Card["noise"];
  components: readonly string[];
  researcher: string;
  starred: boolean;
  tags: readonly string[];
}

export interface Entries {
  /** In order of their numbers. */
  list: Entry[];
  byNumber: Entry[];
  /** Counts up when anything changed. */
  version: number;
}

interface Loaded extends Entries {
  /** Highest `touched` that was read. */
  touched: number;
  /** SQLite's own count of commits by others. */
  dataVersion: number;
  marked: Set<Entry>;
}

const loaded = new WeakMap<Connection, Loaded>();

/** Whether the entries of a connection were read before: then they are brought up to date quickly. */
export const hasEntries = (db: Connection): boolean => loaded.has(db);

/** Call within a transaction, so that what is read afterwards belongs to it. */
export function entriesOf(db: Connection): Entries {
  let state = loaded.get(db);
  if (!state) {
    state = { list: [], version: 0, byNumber: [], touched: -1, dataVersion: -1, marked: new Set() };
    loaded.set(db, state);
  }
  const dataVersion = db.pragma("data_version", { simple: true }) as number;
  if (dataVersion !== state.dataVersion) {
    readCards(db, state);
    readMarks(db, state);
    state.version++;
    state.dataVersion = dataVersion;
  }
  return state;
}

function readCards(db: Connection, state: Loaded): void {
  const read = db
    .prepare(
      `SELECT number, campaign_id, status, discovery, rung, depth, params, gain, gain_se, gain_freedom, components,
         researcher, touched
       FROM cards WHERE ${state.touched < 0 ? "+" : ""}touched > ?`, // All rows are read faster without the index.
    )
    .raw();
  // Texts that repeat in every row are kept once.
  const texts = new Map<string, string>();
  const once = <T extends string | null>(text: T): T => {
    if (text === null) return text;
    const known = texts.get(text);
    if (known === undefined) texts.set(text, text);
    return (known ?? text) as T;
  };
  const listOf = listParser();
  let added = false;
  // By place: unpacking a row by a pattern takes as long as reading it.
  for (const row of read.iterate(state.touched) as IterableIterator<unknown[]>) {
    const number = row[0] as number;
    const touched = row[12] as number;
    const before = state.byNumber[number];
    const entry: Entry = {
      number,
      campaignId: once(row[1] as string),
      standing: standingOf(row[2] as string, row[3] === 1),
      rung: once(row[4] as string | null),
      depth: row[5] as number | null,
      params: row[6] as number | null,
      noise: noiseOf(row[7] as number | null, row[8] as number | null, row[9] as number | null),
      components: listOf(row[10] as string),
      researcher: once(row[11] as string),
      starred: false,
      tags: NO_TAGS,
    };
    if (before) Object.assign(before, { ...entry, starred: before.starred, tags: before.tags });
    else {
      state.byNumber[number] = entry;
      added = true;
    }
    if (touched > state.touched) state.touched = touched;
  }
  if (added) state.list = state.byNumber.filter((e) => e !== undefined);
}

const NO_TAGS: readonly string[] = [];

/** There are few: all of them, each time. */
function readMarks(db: Connection, state: Loaded): void {
  for (const entry of state.marked) Object.assign(entry, { starred: false, tags: NO_TAGS });
  state.marked.clear();
  const rows = db
    .prepare("SELECT c.number, m.starred, m.tags FROM marks m JOIN cards c ON c.id = m.experiment_id")
    .raw()
    .all() as [number, number, string][];
  for (const [number, starred, tags] of rows) {
    const entry = state.byNumber[number];
    if (!entry) continue;
    Object.assign(entry, { starred: starred === 1, tags: JSON.parse(tags) as string[] });
    state.marked.add(entry);
  }
}
