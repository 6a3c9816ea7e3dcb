/**
 * One writer for an archive. The lock is SQLite's own write lock on a small file beside the archive, so the kernel
 * takes it back when its holder dies: there is no stale lock, whatever way a process ended. The file stays.
 */
import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import { ArchiveError } from "./errors.ts";

/** A killed process may still be ending when its successor starts. */
const PATIENCE_MS = 500;

/** Takes the lock on `archive`. @returns the function that gives it back @throws ArchiveError "locked", naming the holder */
export function lockArchive(archive: string): () => void {
  const db = new Database(`${archive}-lock`, { timeout: PATIENCE_MS });
  try {
    db.exec("BEGIN IMMEDIATE");
    db.pragma(`user_version = ${process.pid}`); // Readable by others once it is committed.
    db.exec("COMMIT; BEGIN IMMEDIATE");
  } catch (error) {
    const busy = error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY");
    const pid = busy ? holder(db) : 0;
    db.close();
    if (!busy) throw error;
    throw new ArchiveError(
      "locked",
      `The archive ${archive} is in use by another Cambrian${pid ? ` (process ${pid})` : ""}.`,
      "Wait until it has finished or stop it; `list`, `show` and `search` work meanwhile.",
    );
  }
  return () => db.close();
}

/** Whether anybody, this process included, has the archive open for writing. False where that cannot be found out. */
export function isHeld(archive: string): boolean {
  if (!existsSync(`${archive}-lock`)) return false;
  let db: Database.Database | null = null;
  try {
    db = new Database(`${archive}-lock`, { timeout: 0, fileMustExist: true });
    db.exec("BEGIN IMMEDIATE; ROLLBACK");
    return false;
  } catch (error) {
    return error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY");
  } finally {
    db?.close();
  }
}

const holder = (db: Database.Database): number => {
  try {
    return db.pragma("user_version", { simple: true }) as number;
  } catch {
    return 0; // It is writing its number this very moment.
  }
};
