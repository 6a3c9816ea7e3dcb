/** Folders and files for a picker, where the host has none of its own. */
import { type Dirent, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Output, Procedures } from "../../shared/procedures.ts";
import { CallFailure } from "../server/service.ts";

const MOST = 2000;

/**
 * What lies in a folder: folders, and files that end in one of `suffixes` (all files where none is named), folders first, at
 * most 2,000. Hidden ones are left out. @throws CallFailure missing, unreadable
 */
export function listFolder(folder: string, suffixes: readonly string[]): Output<"files.list"> {
  const here = resolve(folder);
  const fits = (name: string) =>
    suffixes.length === 0 || suffixes.some((s) => name.toLowerCase().endsWith(s.toLowerCase()));
  const kinds = listed(here).map((entry) => ({ name: entry.name, folder: isFolder(here, entry) }));
  const wanted = [
    ...kinds.filter((e) => e.folder),
    ...kinds.filter((e) => e.folder === false && fits(e.name)),
  ];
  const entries = wanted.slice(0, MOST).map(({ name, folder }) => {
    const path = join(here, name);
    return { name, path, folder: folder === true, bytes: folder ? null : size(path) };
  });
  const parent = dirname(here);
  return { folder: here, parent: parent === here ? null : parent, entries };
}

/** null: neither a folder nor a file, or a link that leads nowhere. */
function isFolder(folder: string, entry: Dirent): boolean | null {
  if (!entry.isSymbolicLink()) return entry.isDirectory() ? true : entry.isFile() ? false : null;
  try {
    const found = statSync(join(folder, entry.name));
    return found.isDirectory() ? true : found.isFile() ? false : null;
  } catch {
    return null;
  }
}

function size(path: string): number | null {
  try {
    return statSync(path).size;
  } catch {
    return null; // gone meanwhile
  }
}

/** Sorted as a person counts: run-2 before run-10. */
function listed(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !name.startsWith("."))
      .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === "ENOENT")
      throw new CallFailure("missing", `There is no folder ${folder}.`, "Choose another folder.");
    if (code === "ENOTDIR")
      throw new CallFailure("unreadable", `${folder} is a file, not a folder.`, "Choose another folder.");
    const what = code === "EACCES" || code === "EPERM" ? "you may not read it" : message;
    throw new CallFailure("unreadable", `${folder} cannot be listed: ${what}.`, "Choose another folder.");
  }
}

export const filesProcedures = (): Pick<Procedures, "files.list"> => ({
  "files.list": async ({ folder, suffixes }) => listFolder(folder ?? homedir(), suffixes),
});
