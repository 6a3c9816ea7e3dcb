/** What an archive can refuse, each with what happened, what was kept, and what to do. */
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { z } from "zod";
import { isDiskFull } from "../../shared/disk-full.ts";

export type ArchiveErrorCode =
  | "missing"
  | "exists"
  | "is_directory"
  | "not_an_archive"
  | "newer"
  | "corrupt"
  | "read_only"
  | "disk_full"
  | "locked"
  | "busy"
  | "io"
  | "migration"
  | "invalid"
  | "ambiguous"
  | "timeout"
  | "closed";

export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
  readonly code: ArchiveErrorCode;
  /** What to do about it. */
  readonly fix: string;

  constructor(code: ArchiveErrorCode, message: string, fix: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.fix = fix;
  }
}

/** A record that does not fit the contract, named. `what` for example: `experiment 3f… ("gated delta")`. */
export function invalid(what: string, error: z.ZodError, fix: string): ArchiveError {
  const issue = error.issues[0];
  const where = issue?.path.length ? ` at ${issue.path.join(".")}` : "";
  return new ArchiveError("invalid", `${what} is not valid${where}: ${issue?.message}`, fix, error);
}

const freeBytes = (file: string): number => {
  try {
    const fs = statfsSync(dirname(file));
    return fs.bavail * fs.bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
};

const errnoCode = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** Turns what SQLite or the file system threw while working on `file` into an ArchiveError. */
export function archiveError(error: unknown, file: string): Error {
  if (error instanceof ArchiveError) return error;
  const code = errnoCode(error);
  const text = error instanceof Error ? error.message : String(error);
  const make = (c: ArchiveErrorCode, message: string, fix: string) =>
    new ArchiveError(c, `${message} (${text})`, fix, error);
  // A full disk shows as an I/O error where SQLite extends its shared-memory file.
  const full = code.startsWith("SQLITE_IOERR") && freeBytes(file) < 1 << 20;
  if (code === "SQLITE_FULL" || isDiskFull(error) || full)
    return make(
      "disk_full",
      `The disk that holds ${file} is full. Nothing of this step was stored; everything earlier is intact`,
      "Free some space, then retry or resume.",
    );
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB")
    return make("corrupt", `The archive ${file} is damaged. It was not changed`, corruptFix(file));
  if (code.startsWith("SQLITE_READONLY") || ["EACCES", "EPERM", "EROFS", "SQLITE_PERM"].includes(code))
    return make(
      "read_only",
      `The archive ${file} cannot be written here`,
      "Copy it to a folder that you can write, or change the permissions of its folder.",
    );
  if (code === "ENOTDIR" || code === "EEXIST")
    return make(
      "missing",
      `The folder of ${file} cannot be made: a file is in its place`,
      "Choose another path.",
    );
  if (code.startsWith("SQLITE_CANTOPEN"))
    return make(
      "read_only",
      `The archive ${file} cannot be opened`,
      "Check the permissions of the file and its folder.",
    );
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED"))
    return make(
      "busy",
      `Another program holds the archive ${file}. Nothing of this step was stored`,
      "Close the other program (a database browser, perhaps), then retry.",
    );
  if (code.startsWith("SQLITE_IOERR") || code === "EIO")
    return make(
      "io",
      `Reading or writing ${file} failed. Nothing of this step was stored`,
      "Check the disk (and that it is still mounted), then retry.",
    );
  if (code.startsWith("SQLITE_CONSTRAINT"))
    return make(
      "invalid",
      `The archive ${file} refused a record. Nothing of this step was stored`,
      "This is a defect of Cambrian: please report it.",
    );
  if (text === "The database connection is not open")
    return new ArchiveError("closed", `The archive ${file} is closed.`, "Open it again.", error);
  return error instanceof Error ? error : new Error(text);
}

export const corruptFix = (file: string): string =>
  `Restore a backup (cambrian backup writes them), or copy ${file} with its -wal file and try \`sqlite3 COPY ".recover"\`.`;

/** Runs `work`, with what it throws made into an ArchiveError. */
export function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw archiveError(error, file);
  }
}
