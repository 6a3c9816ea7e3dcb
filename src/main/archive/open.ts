/** Finding out what a file is before anything touches it, creating an archive, and opening connections to it. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import Database from "better-sqlite3";
import { ArchiveError, corruptFix } from "./errors.ts";
import { APPLICATION_ID, MIGRATIONS } from "./migrations/index.ts";

export type Connection = Database.Database;

/** How long a statement waits for another process's write before it gives up. */
const BUSY_MS = 5000;

/** @param file an absolute path */
export function connect(file: string, mode: "write" | "read"): Connection {
  const db = new Database(file, { readonly: mode === "read", fileMustExist: true, timeout: BUSY_MS });
  db.pragma("trusted_schema = OFF"); // Archives are passed around: their schema may not call functions with side effects.
  return db;
}

/** The real path, so that two names of one file share one lock. @throws ArchiveError missing, is_directory */
export function locate(file: string): string {
  const path = resolve(file);
  if (!existsSync(path))
    throw new ArchiveError(
      "missing",
      `There is no archive at ${path}.`,
      "Check the path; `run` creates a new archive.",
    );
  if (statSync(path).isDirectory()) throw isDirectory(path);
  return realpathSync(path);
}

const isDirectory = (path: string) =>
  new ArchiveError(
    "is_directory",
    `${path} is a folder, not an archive.`,
    "Name a file, for example campaign.sqlite.",
  );

/**
 * The archive version of an open connection.
 * @param known versions that this program knows
 * @throws ArchiveError not_an_archive, newer
 */
export function version(db: Connection, file: string, known: number): number {
  const id = db.pragma("application_id", { simple: true });
  const found = db.pragma("user_version", { simple: true }) as number;
  if (id !== APPLICATION_ID || found < 1) throw notAnArchive(file);
  if (found > known)
    throw new ArchiveError(
      "newer",
      `The archive ${file} has version ${found}; this Cambrian knows versions up to ${known}. Nothing was changed.`,
      "Open it with a newer Cambrian.",
    );
  return found;
}

const notAnArchive = (file: string, cause?: unknown) =>
  new ArchiveError(
    "not_an_archive",
    `${file} is not a Cambrian archive, or its first bytes are damaged. It was not changed.`,
    "Name another file, or restore a backup if this was an archive.",
    cause,
  );

/**
 * A read-only connection to what is certainly an archive. Always through SQLite: to open and close the file by other means
 * would drop the locks that this process holds on it.
 * @throws ArchiveError not_an_archive, newer; SqliteError
 */
export function connectChecked(file: string, known: number): { db: Connection; found: number } {
  const db = connect(file, "read");
  try {
    return { db, found: version(db, file, known) };
  } catch (error) {
    db.close();
    if (error instanceof Database.SqliteError && error.code === "SQLITE_NOTADB")
      throw notAnArchive(file, error);
    throw error;
  }
}

/** Reads every page. @throws ArchiveError corrupt, with what SQLite found */
export function quickCheck(db: Connection, file: string): void {
  const problems = (db.pragma("quick_check(3)") as { quick_check: string }[]).map((row) => row.quick_check);
  if (problems.length === 1 && problems[0] === "ok") return;
  throw new ArchiveError(
    "corrupt",
    `The archive ${file} is damaged; it was not changed. SQLite says: ${problems.join("; ")}`,
    corruptFix(file),
  );
}

/** Settings of the writer's connection: every acknowledged commit survives a power cut. */
export function prepareWriter(db: Connection, file: string): void {
  if (db.pragma("journal_mode = WAL", { simple: true }) !== "wal")
    throw new ArchiveError(
      "io",
      `The file system that holds ${file} cannot share memory between processes, which the archive needs.`,
      "Put the archive on a local disk.",
    );
  db.pragma("synchronous = FULL");
  db.pragma("foreign_keys = ON");
}

/** A new archive, complete before it appears under its name. The caller holds the lock. @throws ArchiveError exists */
export function create(file: string): void {
  if (existsSync(file)) {
    if (statSync(file).isDirectory()) throw isDirectory(file);
    throw new ArchiveError(
      "exists",
      `There is already a file at ${file}.`,
      "Open it, or choose another name.",
    );
  }
  const temporary = `${file}.cambrian-new`;
  const clear = () => {
    for (const left of ["", "-journal"]) rmSync(temporary + left, { force: true });
  };
  clear(); // The lock makes it ours: what lies there is of a process that was killed.
  try {
    const db = new Database(temporary);
    try {
      db.transaction(() => {
        db.pragma(`application_id = ${APPLICATION_ID}`);
        for (const sql of MIGRATIONS) db.exec(sql);
        db.pragma(`user_version = ${MIGRATIONS.length}`);
      })();
    } finally {
      db.close();
    }
    publish(temporary, file);
  } catch (error) {
    clear();
    throw error;
  }
}

/** Makes a finished file durable, then gives it its name. */
export function publish(temporary: string, file: string): void {
  sync(temporary);
  renameSync(temporary, file);
  if (process.platform !== "win32") sync(dirname(file)); // Windows does not open folders.
}

function sync(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Creates missing parent folders and returns the path that a new archive will have. */
export function prepareFolder(file: string): string {
  const path = resolve(file);
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    // On a read-only file system Node says ENOENT, of all things.
    throw (error as NodeJS.ErrnoException).code === "ENOENT"
      ? new ArchiveError(
          "read_only",
          `The folder ${dirname(path)} cannot be made.`,
          "Choose a folder that you can write.",
          error,
        )
      : error;
  }
  return existsSync(path)
    ? realpathSync(path)
    : resolve(realpathSync(dirname(path)), path.slice(dirname(path).length + 1));
}
