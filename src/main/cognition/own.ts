/** The user's own entries, one by one: written, changed, taken out. Shipped entries stay as they are. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { CognitionEntry } from "../../shared/cognition.ts";
import { CognitionError } from "./errors.ts";
import { jsonFiles, ownFolder, writeJson } from "./files.ts";
import { readEntries } from "./load.ts";
import { checkEntry, validate } from "./validate.ts";

/** Where entries go that a person writes. */
const WRITTEN = "written.json";

/** Ids of the entries in the data folder. */
export const ownIds = (home: string): string[] =>
  jsonFiles(ownFolder(home)).flatMap((file) => readEntries(file).entries.map((e) => e.id));

/** The file's items as they lie there: what cannot be read as an entry stays in it. */
function itemsOf(file: string): unknown[] {
  if (!existsSync(file)) return [];
  let items: unknown;
  try {
    items = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    items = null;
  }
  if (Array.isArray(items)) return items;
  throw new CognitionError(
    "environment",
    "bad_file",
    `${file} holds no list of entries. Nothing was changed.`,
    "Correct the file, or take it out of the folder.",
  );
}

const idOf = (item: unknown): unknown => (item as { id?: unknown } | null)?.id;

const fileWith = (home: string, id: string): string | null =>
  jsonFiles(ownFolder(home)).find((file) => readEntries(file).entries.some((e) => e.id === id)) ?? null;

const isShipped = (id: string, done: string) =>
  new CognitionError(
    "usage",
    "shipped_entry",
    `The entry ${id} comes with Cambrian and cannot be ${done}. Nothing was changed.`,
    "Save an entry of your own under another id.",
  );

/**
 * Adds an entry, or replaces the user's own of its id. On the disk when it returns.
 * @param base all entries, the user's own included
 * @throws CognitionError shipped_entry, bad_entry, bad_file, not_written
 */
export function saveEntry(home: string, base: readonly CognitionEntry[], entry: CognitionEntry): void {
  const file = fileWith(home, entry.id);
  if (file === null && base.some((e) => e.id === entry.id)) throw isShipped(entry.id, "changed");
  const checked = checkEntry(entry, "the entry");
  const problems = checked.entry ? validate([checked.entry]) : checked.problems;
  if (problems.length > 0) {
    const what = problems.map((p) => `${p.field}: ${p.message}.`).join(" ");
    const fix = problems.map((p) => p.fix).join(" ");
    throw new CognitionError("usage", "bad_entry", `The entry was not saved. ${what}`, fix);
  }
  const target = file ?? join(ownFolder(home), WRITTEN);
  const items = itemsOf(target);
  const at = items.findIndex((item) => idOf(item) === entry.id);
  writeJson(target, at < 0 ? [...items, entry] : items.with(at, entry));
}

/** Takes one of the user's own entries out. @throws CognitionError shipped_entry, unknown_entry, bad_file, not_written */
export function removeEntry(home: string, base: readonly CognitionEntry[], id: string): void {
  const file = fileWith(home, id);
  if (file === null) {
    if (base.some((e) => e.id === id)) throw isShipped(id, "removed");
    throw new CognitionError("usage", "unknown_entry", `There is no entry ${id}.`, "Look at the list again.");
  }
  const rest = itemsOf(file).filter((item) => idOf(item) !== id);
  if (rest.length > 0) writeJson(file, rest);
  else rmSync(file);
}
