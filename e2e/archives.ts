/** Generated archives: made up, but shaped like real campaigns. */
import { chmodSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeMany } from "../src/main/archive/testing/many.ts";

/** Writes `n` experiments to `<folder>/<name>.sqlite`. @returns the file, and its campaigns' ids, largest first */
export function madeArchive(folder: string, name: string, n: number): { file: string; campaigns: string[] } {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.sqlite`);
  const campaigns = writeMany(file, n, { seed: 7 });
  // Only a writer needs it.
  rmSync(`${file}-lock`, { force: true });
  return { file, campaigns };
}

/** Takes away all rights to write in a folder. They do not bind root. */
export function protect(folder: string): void {
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o444);
  chmodSync(folder, 0o555);
}

/** So that it can be deleted. */
export const unprotect = (folder: string): void => chmodSync(folder, 0o755);
