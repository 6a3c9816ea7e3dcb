/** Bringing an older archive up to date: first on a copy, then, when that held, on the file itself in one transaction. */
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { fillCards } from "./cards.ts";
import { ArchiveError, archiveError } from "./errors.ts";
import { type Connection, connect, publish, quickCheck, version } from "./open.ts";

/** Where the archive as it was before a migration will be kept: a name that is free. */
function keptCopy(file: string, from: number): string {
  const name = `${file}.v${from}-backup`;
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name}-${n}`;
    if (!existsSync(candidate)) return candidate;
  }
}

/** All steps in one transaction: a failure leaves the version and every row as they were. */
function apply(db: Connection, from: number, steps: readonly string[]): void {
  // Tables may be rebuilt meanwhile: foreign keys are checked at the end. The pragma does nothing inside a transaction.
  db.pragma("foreign_keys = OFF");
  try {
    db.transaction(() => {
      for (const sql of steps.slice(from)) db.exec(sql);
      fillCards(db); // What SQL cannot compute.
      const broken = db.pragma("foreign_key_check") as { table: string }[];
      if (broken.length > 0) throw new Error(`rows of ${broken[0]!.table} refer to nothing`);
      db.pragma(`user_version = ${steps.length}`);
    }).exclusive();
  } finally {
    db.pragma("foreign_keys = ON");
  }
}

/**
 * Migrates an open archive; the caller holds the writer's lock. A copy from before stays beside it when it succeeds.
 * @throws ArchiveError migration, disk_full: the archive is as it was
 */
export function migrate(db: Connection, file: string, steps: readonly string[]): void {
  const from = version(db, file, steps.length);
  if (from === steps.length) return;
  const [copy, trial] = [keptCopy(file, from), `${file}.migrating`];
  const clear = () => {
    for (const left of ["", "-wal", "-shm", "-journal"]) rmSync(trial + left, { force: true });
  };
  try {
    clear();
    db.prepare("VACUUM INTO ?").run(trial);
    publish(trial, copy);
    copyFileSync(copy, trial);
    const rehearsal = connect(trial, "write");
    try {
      apply(rehearsal, from, steps);
      quickCheck(rehearsal, trial);
    } finally {
      rehearsal.close();
    }
    apply(db, from, steps);
  } catch (thrown) {
    rmSync(copy, { force: true }); // The archive itself is what it would have kept.
    const error = archiveError(thrown, file);
    if (error instanceof ArchiveError && error.code === "disk_full") throw error;
    throw new ArchiveError(
      "migration",
      `The archive ${file} could not be brought from version ${from} to ${steps.length}: ${error.message}. It is as it was.`,
      "Go on with the Cambrian that wrote it, and please report this.",
      error,
    );
  } finally {
    clear();
  }
}
