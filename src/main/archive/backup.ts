/** A backup through SQLite's backup API: complete and checked before it appears under its name. */
import { existsSync, mkdirSync, realpathSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ArchiveError } from "./errors.ts";
import { type Connection, connect, publish, quickCheck } from "./open.ts";

/**
 * Copies an archive while it is written. Commits on `db` itself go into the copy as they come; a connection that only
 * reads keeps its snapshot.
 * @throws ArchiveError exists: a backup never replaces a file
 */
export async function backup(db: Connection, source: string, destination: string): Promise<void> {
  const file = resolve(destination);
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(file))
    throw new ArchiveError(
      "exists",
      realpathSync(file) === source
        ? `${file} is the archive itself.`
        : `There is already a file at ${file}; a backup never replaces one.`,
      "Choose another name for the backup.",
    );
  const temporary = `${file}.partial-${process.pid}`;
  rmSync(temporary, { force: true });
  try {
    if (db.readonly) {
      // A snapshot: else every commit of the campaign would make the backup begin again.
      db.exec("BEGIN");
      db.prepare("SELECT count(*) FROM campaigns").get();
    }
    try {
      await db.backup(temporary);
    } finally {
      if (db.readonly) db.exec("COMMIT");
    }
    const copy = connect(temporary, "write");
    try {
      // One file, that opens anywhere: without a journal beside it, on read-only media as well.
      copy.pragma("journal_mode = DELETE");
      quickCheck(copy, temporary);
    } finally {
      copy.close();
    }
    publish(temporary, file);
  } finally {
    for (const left of ["", "-journal", "-wal", "-shm"]) rmSync(temporary + left, { force: true });
  }
}
