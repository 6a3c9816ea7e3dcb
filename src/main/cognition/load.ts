/** The knowledge base as it lies on the disk: the shipped entries, and the user's own. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { CognitionEntry } from "../../shared/cognition.ts";
import { jsonFiles, ownFolder, QUERIES, shippedFolder } from "./files.ts";
import { checkEntry, type Problem } from "./validate.ts";

export interface Loaded {
  entries: CognitionEntry[];
  /** What was left out, each as a sentence with its file, entry and field, and what to do. */
  problems: string[];
}

/**
 * Every entry that can be read; never throws for what it finds, since a campaign goes on without an entry. An id that
 * is there already keeps its first entry, so that the user's own never hide a shipped one.
 * @param home the data folder; null: the shipped entries alone
 */
export function loadCognition(home: string | null, shipped = shippedFolder): Loaded {
  const entries: CognitionEntry[] = [];
  const problems: string[] = [];
  const from = new Map<string, string>();
  const folders = [shipped, ...(home === null ? [] : [ownFolder(home)])];
  for (const folder of folders) {
    let files: string[] = [];
    try {
      files = jsonFiles(folder).filter((f) => folder !== shipped || basename(f) !== QUERIES);
    } catch (error) {
      problems.push(`${folder} cannot be read: ${(error as Error).message}. Its entries are left out.`);
    }
    for (const file of files) {
      const read = readEntries(file);
      problems.push(...read.problems);
      for (const entry of read.entries) {
        const first = from.get(entry.id);
        if (first === undefined) {
          from.set(entry.id, file);
          entries.push(entry);
        } else {
          problems.push(
            problemText(file, {
              entry: entry.id,
              field: "id",
              message: `it is also in ${first}, whose entry is kept`,
              fix: "Give this one another id.",
            }),
          );
        }
      }
    }
  }
  return { entries, problems };
}

/** The entries of one file. What is wrong in it is left out and told. */
export function readEntries(file: string): Loaded {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const why = (error as Error).message;
    return {
      entries: [],
      problems: [`${file} is left out: ${why}. Correct it, or take it out of the folder.`],
    };
  }
  if (!Array.isArray(value)) {
    const problem = `${file} is left out: it holds no list of entries. Put the entries between [ and ].`;
    return { entries: [], problems: [problem] };
  }
  const checked = value.map((item, i) => checkEntry(item, `number ${i + 1}`));
  return {
    entries: checked.flatMap((c) => c.entry ?? []),
    problems: checked.flatMap((c) => c.problems.map((p) => problemText(file, p))),
  };
}

const problemText = (file: string, { entry, field, message, fix }: Problem): string =>
  `${file}, entry ${entry}, ${field}: ${message}. It is left out. ${fix}`;
