/** Where the knowledge base lies on the disk, and how it is written. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { resourcesFolder } from "../paths.ts";
import { CognitionError } from "./errors.ts";

export const shippedFolder = join(resourcesFolder, "cognition");
export const ownFolder = (home: string): string => join(home, "cognition");
export const reviewFolder = (home: string): string => join(home, "cognition", "review");

/** Hand-written queries that measure retrieval: no entries. */
export const QUERIES = "queries.json";

/** JSON files of a folder, sorted; none where there is no folder. */
export function jsonFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((f) => f.name.endsWith(".json") && !f.isDirectory())
      .map((f) => join(folder, f.name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** After a crash the file holds what it held, or all of the new. Throws a CognitionError. */
export function writeJson(file: string, value: unknown): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(temporary, file);
    syncFolder(dirname(file));
  } catch (error) {
    try {
      rmSync(temporary, { force: true });
    } catch {} // Why it was not written is what matters.
    const message = `${file} was not written: ${(error as Error).message}. It holds what it held.`;
    throw new CognitionError(
      "environment",
      "not_written",
      message,
      "Make room, or give the folder its rights.",
    );
  }
}

/** Puts the renaming itself on the disk. Windows has no way to, and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** "Gated DeltaNet (2024).pdf" → "gated-deltanet-2024": what names an entry or a file. */
export function slug(text: string, longest = 60): string {
  const plain = text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return words.slice(0, longest).replace(/-[^-]*$/, (cut) => (words.length > longest ? "" : cut)) || "entry";
}

/** `wanted`, or with the first number behind it that is not taken. */
export function free(wanted: string, taken: { has(id: string): boolean }): string {
  if (!taken.has(wanted)) return wanted;
  for (let n = 2; ; n++) if (!taken.has(`${wanted}-${n}`)) return `${wanted}-${n}`;
}
