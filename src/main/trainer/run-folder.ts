/** The run folder of src/shared/job.ts on the program's side: paths, durable writes, and taking files out of reach. */
import { execFile } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

export interface RunFolder {
  root: string;
  in: string;
  out: string;
  tmp: string;
  kept: string;
  /** Hidden states, taken from out/ after the sandbox has ended: what the scorer reads. */
  hidden: string;
  result: string;
  /** Outcomes, as this module's owner stored them. */
  gate: string;
  train: string;
  process: string;
}

const JOB_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export function runFolder(home: string, jobId: string): RunFolder {
  if (!JOB_ID.test(jobId)) throw new Error(`not a job's name: ${JSON.stringify(jobId)}`);
  const root = join(home, "jobs", jobId);
  const at = (name: string) => join(root, name);
  return {
    root,
    in: at("in"),
    out: at("out"),
    tmp: at("tmp"),
    kept: at("kept"),
    hidden: at("hidden"),
    result: at("result.json"),
    gate: at("gate.json"),
    train: at("train.json"),
    process: at("process.json"),
  };
}

/** Written to a neighbour, fsynced, renamed, folder fsynced: after a crash the old content or the new, never a part. */
export function writeDurably(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.tmp`;
  const fd = openSync(temporary, "w", 0o600);
  try {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, file);
  syncFolder(dirname(file));
}

export function syncFolder(folder: string): void {
  const fd = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Removes a tree that a candidate filled: its folders may be closed, and nest deeper than any path, which takes the
 * system's `rm` seconds. Links are not followed.
 */
export async function wipe(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const remove = () => run("rm", ["-rf", "--", folder], { timeout: 120_000 });
  try {
    await remove();
  } catch {
    await run("chmod", ["-R", "u+rwx", "--", folder], { timeout: 120_000 }).catch(() => {});
    await remove();
  }
}

const run = promisify(execFile);

/** The candidate left something else where a file was expected. The message ends a sentence that begins with it. */
export class Hostile extends Error {}

/**
 * Opens a file below a folder that hostile code writes, following no link at any level, and only if it is regular.
 * Going through the folder's descriptor, so that nothing can be exchanged on the way.
 * Returns null when it does not exist; throws `Hostile` for anything else that is no plain file.
 */
export function openBeneath(folder: string, parts: string[]): { fd: number; stats: Stats } | null {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;
  const what = parts.join("/");
  let fd = openSync(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  let path = folder;
  for (const [i, part] of parts.entries()) {
    const last = i === parts.length - 1;
    path = process.platform === "linux" ? `/proc/self/fd/${fd}/${part}` : join(path, part);
    const parent = fd;
    try {
      fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | (last ? 0 : O_DIRECTORY));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return null;
      if (code === "ELOOP" || code === "ENOTDIR")
        throw new Hostile(
          `left a symbolic link or a file in place of ${last ? what : `the folder of ${what}`}`,
        );
      if (code === "EACCES" || code === "ENXIO")
        throw new Hostile(`left something unreadable in place of ${what}`);
      throw error;
    } finally {
      closeSync(parent);
    }
  }
  const stats = fstatSync(fd);
  if (stats.isFile()) return { fd, stats };
  closeSync(fd);
  throw new Hostile(`left a ${stats.isDirectory() ? "folder" : "special file"} in place of ${what}`);
}

/**
 * Copies a file from under a hostile folder to `target`, whose folder exists; fsynced. False when it is not there.
 * Throws `Hostile` when it is no regular file, or larger than `limit` bytes.
 */
export function ingest(folder: string, parts: string[], target: string, limit: number): boolean {
  const source = openBeneath(folder, parts);
  if (!source) return false;
  try {
    const tooLarge = () => new Hostile(`left ${parts.join("/")} with more than ${megabytes(limit)} MB`);
    if (source.stats.size > limit) throw tooLarge();
    const fd = openSync(target, "w", 0o600);
    try {
      const buffer = Buffer.alloc(1 << 20);
      let total = 0;
      for (;;) {
        const n = readSync(source.fd, buffer);
        if (n === 0) break;
        total += n;
        if (total > limit) throw tooLarge(); // it may grow while it is read
        for (let at = 0; at < n; ) at += writeSync(fd, buffer, at, n - at);
      }
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } finally {
    closeSync(source.fd);
  }
  return true;
}

export const megabytes = (bytes: number): number => Math.round(bytes / 1048576);
