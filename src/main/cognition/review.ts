/** Entries that wait in the data folder until a person takes them in or deletes them. The files may be edited. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { CognitionEntry } from "../../shared/cognition.ts";
import { CognitionError } from "./errors.ts";
import { free, jsonFiles, ownFolder, reviewFolder, slug, writeJson } from "./files.ts";
import type { Draft } from "./import-asi.ts";
import { checkEntry, citationOf, sameness } from "./validate.ts";

export interface Waiting {
  id: string;
  file: string;
  title: string;
  scenario: string;
  algorithm: string;
  problems: string[];
  similar: string[];
}

export interface Decided {
  done: string[];
  left: { id: string; reason: string }[];
}

/** One file of the review folder as it lies there. */
interface Batch {
  file: string;
  items: unknown[];
}

/** An entry as it waits, with what is known about it. */
interface Item extends Waiting {
  batch: Batch;
  value: unknown;
  entry: CognitionEntry | null;
}

function readBatch(file: string): Batch {
  let items: unknown;
  try {
    items = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw broken(file, (error as Error).message);
  }
  if (!Array.isArray(items)) throw broken(file, "it holds no list of entries");
  return { file, items };
}

const broken = (file: string, why: string) =>
  new CognitionError(
    "environment",
    "bad_review",
    `${file} cannot be read: ${why}. Nothing was changed.`,
    "Correct the file, or delete it to give its entries up.",
  );

/** All that waits, each compared with the base and with what waits before it. */
function items(home: string, base: readonly CognitionEntry[]): Item[] {
  const earlier: CognitionEntry[] = [...base];
  return jsonFiles(reviewFolder(home)).flatMap((file) => {
    const batch = readBatch(file);
    return batch.items.map((value, i): Item => {
      const completed = withCitation(value);
      const { entry, problems } = checkEntry(completed, `number ${i + 1}`);
      const loose = (typeof value === "object" && value !== null ? value : {}) as Partial<Draft>;
      const similar = entry ? [...new Set(sameness([entry], earlier).map((s) => s.b))] : [];
      const taken = entry && earlier.some((e) => e.id === entry.id);
      if (entry) earlier.push(entry);
      return {
        batch,
        value,
        entry,
        id: typeof loose.id === "string" && loose.id !== "" ? loose.id : `number-${i + 1}`,
        file,
        title: textOr(loose.paper?.title),
        scenario: textOr(loose.scenario),
        algorithm: textOr(loose.algorithm),
        problems: [
          ...problems.map((p) => `${p.field}: ${p.message}. ${p.fix}`),
          ...(taken ? ["id: another entry has it. Give this one another."] : []),
        ],
        similar,
      };
    });
  });
}

const textOr = (value: unknown): string => (typeof value === "string" ? value : "");

/** An entry whose paper was filled in during review gets its citation from there. */
function withCitation(value: unknown): unknown {
  const draft = value as Partial<Draft> | null;
  if (typeof draft !== "object" || draft === null || draft.citation || !draft.paper) return value;
  const { authors, year, title } = draft.paper;
  return authors && year && title
    ? { ...draft, citation: citationOf(draft.paper as CognitionEntry["paper"]) }
    : value;
}

/** All that waits. Throws a CognitionError for a review file that cannot be read. */
export const listReview = (home: string, base: readonly CognitionEntry[]): Waiting[] =>
  items(home, base).map(({ batch, value, entry, ...waiting }) => waiting);

/**
 * Puts entries into review, beside what waits there from a file of the same name; ids are made unique. On the disk when
 * it returns. Returns their ids.
 */
export function addToReview(
  home: string,
  name: string,
  drafts: readonly Draft[],
  base: readonly CognitionEntry[],
): string[] {
  if (drafts.length === 0) return [];
  const file = join(reviewFolder(home), `${slug(name)}.json`);
  const waiting = jsonFiles(reviewFolder(home)).flatMap((f) => readBatch(f).items);
  const taken = new Set([...base, ...(waiting as { id?: unknown }[])].map((e) => String(e?.id)));
  const before = existsSync(file) ? readBatch(file).items : [];
  const added = drafts.map((draft) => {
    const id = free(draft.id, taken);
    taken.add(id);
    return { ...draft, id };
  });
  writeJson(file, [...before, ...added]);
  return added.map((e) => e.id);
}

/**
 * Moves entries into the user's own part of the base. "all" leaves those that say the same as another: to have both,
 * name it. An entry is on the disk there before it leaves the review folder; after a crash between the two, accepting it
 * once more is harmless.
 * @param base all entries, the user's own included
 */
export function acceptReview(
  home: string,
  base: readonly CognitionEntry[],
  ids: readonly string[] | "all",
): Decided {
  const settled = base.map((e) => [e.id, JSON.stringify(e)] as const);
  return decide(
    home,
    base,
    ids,
    (item) => {
      const again =
        item.entry && settled.some(([id, text]) => id === item.id && text === JSON.stringify(item.entry));
      if (again) return null;
      if (item.problems.length > 0) return `${item.problems.join(" ")} Edit ${item.file}, then accept it.`;
      if (ids === "all" && item.similar.length > 0)
        return `it says the same as ${item.similar.join(", ")}. Accept it by its id, or reject it.`;
      return null;
    },
    (file, accepted) => {
      const own = join(ownFolder(home), basename(file));
      const known = new Set(settled.map(([id]) => id));
      const fresh = accepted.filter((item) => !known.has(item.id)).map((item) => item.entry!);
      if (fresh.length > 0) writeJson(own, [...(existsSync(own) ? readBatch(own).items : []), ...fresh]);
    },
  );
}

/** Deletes entries from review. */
export const rejectReview = (
  home: string,
  base: readonly CognitionEntry[],
  ids: readonly string[] | "all",
): Decided =>
  decide(
    home,
    base,
    ids,
    () => null,
    () => {},
  );

function decide(
  home: string,
  base: readonly CognitionEntry[],
  ids: readonly string[] | "all",
  objection: (item: Item) => string | null,
  keep: (file: string, decided: Item[]) => void,
): Decided {
  const all = items(home, base);
  const left: Decided["left"] = [];
  const known = new Set(all.map((item) => item.id));
  for (const id of ids === "all" ? [] : new Set(ids)) {
    if (!known.has(id)) left.push({ id, reason: "nothing of that id waits for review." });
  }
  const decided = all.filter((item) => {
    if (ids !== "all" && !ids.includes(item.id)) return false;
    const reason = objection(item);
    if (reason !== null) left.push({ id: item.id, reason });
    return reason === null;
  });
  for (const [batch, group] of Map.groupBy(decided, (item) => item.batch)) {
    keep(batch.file, group);
    const gone = new Set(group.map((item) => item.value));
    const rest = batch.items.filter((value) => !gone.has(value));
    if (rest.length > 0) writeJson(batch.file, rest);
    else rmSync(batch.file);
  }
  return { done: decided.map((item) => item.id), left };
}
