/** A connection that never writes, whatever the state of the folder. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { archiveError } from "./errors.ts";
import { migrate } from "./migrate.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { type Connection, connect, connectChecked, locate, version } from "./open.ts";

export interface ReadOnly {
  db: Connection;
  path: string;
  /** Removes what was made for reading. Call after closing. */
  dispose: () => void;
}

/** @throws ArchiveError */
export function openReadOnly(file: string, migrations: readonly string[] = MIGRATIONS): ReadOnly {
  try {
    const path = locate(file);
    const open = tryOpen(path, migrations.length);
    if (open?.found === migrations.length) return { db: open.db, path, dispose: () => {} };
    return openCopy(path, migrations, open?.db ?? null);
  } catch (error) {
    throw archiveError(error, file);
  }
}

/** Null where a writer died or still writes (WAL mode), and folder or disk do not take the file that readers share. */
function tryOpen(path: string, known: number): { db: Connection; found: number } | null {
  try {
    return connectChecked(path, known);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (/^SQLITE_(CANTOPEN|READONLY|FULL|IOERR_SHM)/.test(code)) return null;
    throw error;
  }
}

/** A private copy, with its -wal merged and brought to the current version: the archive itself stays as it is. */
function openCopy(path: string, migrations: readonly string[], open: Connection | null): ReadOnly {
  const folder = mkdtempSync(join(tmpdir(), "cambrian-read-"));
  const dispose = () => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, "archive.sqlite");
    if (open) open.prepare("VACUUM INTO ?").run(copy);
    else {
      copyFileSync(path, copy);
      if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
    }
    const db = connect(copy, "write");
    try {
      version(db, path, migrations.length);
      migrate(db, copy, migrations);
    } finally {
      db.close();
    }
    return { db: connect(copy, "read"), path, dispose };
  } catch (error) {
    dispose();
    throw error;
  } finally {
    open?.close();
  }
}
