/** What no kernel limit holds for a whole job: memory and tasks of a process tree, disk use of a folder. */
import { constants, lstatSync, readdirSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Failure } from "../../shared/job.ts";
import { failure } from "./failures.ts";
import { processTree, treeMemory, treeTasks } from "./processes.ts";
import { megabytes } from "./run-folder.ts";

export interface WatchLimits {
  /** Proportional memory of the whole tree, bytes. */
  memory: number;
  /** The limit that the protocol names, for the message. */
  memoryMB: number;
  tasks: number;
  disk: number;
  files: number;
}

/** The first limit that is broken, or null. */
export function watch(pid: number, folders: string[], limits: WatchLimits): Failure | null {
  const tree = processTree(pid);
  const tasks = treeTasks(tree); // first: of a bomb's thousands of processes, memory would take long to add up
  if (tasks > limits.tasks)
    return failure(
      "sandbox",
      `The candidate was killed: it ran ${tasks} processes and threads (limit ${limits.tasks}).`,
    );
  const bytes = treeMemory(tree);
  if (bytes > limits.memory)
    return failure(
      "memory",
      `The candidate was killed by its memory limit (${limits.memoryMB} MB): it used ${megabytes(bytes)} MB.`,
    );
  const use = { bytes: nameless(tree), files: 0 };
  for (const folder of folders)
    if (!measure(folder, use, limits, 0))
      return failure(
        "disk",
        use.files > limits.files
          ? `The candidate was killed by its disk limit: it made more than ${limits.files} files.`
          : `The candidate was killed by its disk limit (${megabytes(limits.disk)} MB).`,
      );
  return null;
}

/** A disk with less room is full: what fails on it may have failed for that, whatever it says itself. */
const FULL_BYTES = 16 * 1024 * 1024;
/** The share of its disk limit that a run may have used and not be the one who filled the disk. */
const HONEST_SHARE = 1 / 4;

/** Bytes left on the disk of `path`, if it is full and not by what a run wrote into `folders`; else null. */
export function filledByOthers(path: string, folders: string[], limits: WatchLimits): number | null {
  const { bavail, bsize } = statfsSync(path);
  if (bavail * bsize > FULL_BYTES) return null;
  const share = { ...limits, disk: limits.disk * HONEST_SHARE };
  const use = { bytes: 0, files: 0 };
  return folders.every((folder) => measure(folder, use, share, 0)) ? bavail * bsize : null;
}

/** Adds up what lies below `folder`, following no link; false as soon as a limit is passed, or folders nest too deeply. */
function measure(
  folder: string,
  use: { bytes: number; files: number },
  limits: WatchLimits,
  depth: number,
): boolean {
  if (depth > 64) return false;
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    return isGone(error); // A folder that is closed to us may hold anything.
  }
  for (const name of names) {
    try {
      const stats = lstatSync(join(folder, name));
      use.files++;
      use.bytes += stats.blocks * 512;
      if (use.bytes > limits.disk || use.files > limits.files) return false;
      if (stats.isDirectory() && !measure(join(folder, name), use, limits, depth + 1)) return false;
    } catch (error) {
      if (!isGone(error)) return false; // a path that is too long to look at
    }
  }
  return true;
}

/** Removed between being listed and being looked at. */
const isGone = (error: unknown): boolean =>
  ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");

/** Bytes of files that are open and have no name any more: no folder shows them. */
function nameless(tree: readonly number[]): number {
  const seen = new Map<string, number>();
  for (const pid of tree)
    for (const fd of openFiles(pid)) {
      try {
        const { dev, ino, nlink, blocks, mode } = statSync(`/proc/${pid}/fd/${fd}`);
        if (nlink === 0 && (mode & constants.S_IFMT) === constants.S_IFREG)
          seen.set(`${dev}:${ino}`, blocks * 512);
      } catch {
        // closed meanwhile
      }
    }
  return [...seen.values()].reduce((sum, bytes) => sum + bytes, 0);
}

function openFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    return []; // it has ended
  }
}
