/** Bringing an older archive up to date: first on a copy, then, when that held, on the file itself in one transaction. */
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { ArchiveError } from "./errors.ts";
import { type Connection, connect, publish, quickCheck, version } from "./open.ts";

/** Where the archive as it was before a migration is kept. */
export const keptCopy = (file: string, from: number): string => `${file}.v${from}-backup`;

/** All steps in one transaction: a failure leaves the version and every row as they were. */
function apply(db: Connection, from: number, steps: readonly string[]): void {
  // Tables may be rebuilt meanwhile: foreign keys are checked at the end. The pragma does nothing inside a transaction.
  db.pragma("foreign_keys = OFF");
  try {
    db.transaction(() => {
      for (const sql of steps.slice(from)) db.exec(sql);
      const broken = db.pragma("foreign_key_check") as { table: string }[];
      if (broken.length > 0) throw new Error(`rows of ${broken[0]!.table} refer to nothing`);
      db.pragma(`user_version = ${steps.length}`);
    }).exclusive();
  } finally {
    db.pragma("foreign_keys = ON");
  }
}

/**
 * Migrates an open archive; the caller holds the writer's lock. The copy from before stays beside the archive.
 * @throws ArchiveError migration: the archive is as it was
 */
export function migrate(db: Connection, file: string, steps: readonly string[]): void {
  const from = version(db, file, steps.length);
  if (from === steps.length) return;
  const [copy, trial] = [keptCopy(file, from), `${file}.migrating`];
  try {
    for (const stale of [trial, `${trial}-wal`, `${trial}-shm`, `${trial}-journal`])
      rmSync(stale, { force: true });
    if (!existsSync(copy)) {
      db.prepare("VACUUM INTO ?").run(trial);
      publish(trial, copy);
    }
    copyFileSync(copy, trial);
    const rehearsal = connect(trial, "write");
    try {
      apply(rehearsal, from, steps);
      quickCheck(rehearsal, trial);
    } finally {
      rehearsal.close();
    }
    apply(db, from, steps);
  } catch (error) {
    throw new ArchiveError(
      "migration",
      `The archive ${file} could not be brought from version ${from} to ${steps.length}: ${error instanceof Error ? error.message : error}. It is as it was.`,
      `Go on with the Cambrian that wrote it, and please report this. A copy is at ${copy}.`,
      error,
    );
  } finally {
    rmSync(trial, { force: true });
  }
}
