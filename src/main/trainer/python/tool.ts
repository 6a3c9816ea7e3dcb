/** Runs an outside tool so that it cannot hang, be orphaned by a cancel, or fail without saying why. */
import { spawn } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { SetupError } from "./errors.ts";

export interface ToolOptions {
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  /** Wall-clock limit, seconds. */
  limit: number;
  /** Seconds without output and without growth of `grows` after which the tool counts as stalled. */
  stall?: number;
  /** Folder whose growth is a sign of life. */
  grows?: string;
  onLine?: (line: string) => void;
  /** File that takes everything the tool prints. */
  log?: string;
  /** File that holds the tool's pid while it runs. */
  pidFile?: string;
}

export interface ToolResult {
  code: number;
  stdout: string;
  /** Standard output and error together, the last 64 KiB. */
  output: string;
}

const KEPT = 64 * 1024;

/**
 * Runs `command` in a process group of its own, and never leaves it running: a cancel, the time limit and the stall
 * detector end the whole group. Resolves with any exit code; rejects with a SetupError (cancelled, timeout, stalled).
 */
export function runTool(command: string, args: string[], options: ToolOptions): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) return reject(new SetupError("cancelled"));
    const child = spawn(command, args, {
      env: options.env,
      detached: process.platform !== "win32",
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    try {
      if (options.pidFile && child.pid) writeFileSync(options.pidFile, String(child.pid));
    } catch (error) {
      killGroup(child.pid, "SIGKILL");
      child.on("error", () => {});
      return reject(error);
    }
    let stdout = "";
    let output = "";
    let line = "";
    let alive = Date.now();
    let problem: SetupError | null = null;

    const take = (text: string, isStdout: boolean) => {
      alive = Date.now();
      if (isStdout) stdout = (stdout + text).slice(-KEPT);
      output = (output + text).slice(-KEPT);
      try {
        if (options.log) appendFileSync(options.log, text);
      } catch {
        // A full disk: the tool meets it as well, and its own words tell the cause.
      }
      if (!options.onLine) return;
      const lines = (line + text).split(/\r?\n|\r/);
      line = lines.pop()!;
      for (const l of lines) options.onLine(l);
    };
    for (const stream of [child.stdout, child.stderr]) {
      const decoder = new StringDecoder("utf8");
      stream.on("data", (chunk: Buffer) => take(decoder.write(chunk), stream === child.stdout));
    }

    const end = (why: SetupError) => {
      if (problem) return;
      problem = why;
      killGroup(child.pid, "SIGTERM");
      setTimeout(() => killGroup(child.pid, "SIGKILL"), 2000).unref();
    };
    const onAbort = () => end(new SetupError("cancelled"));
    options.signal?.addEventListener("abort", onAbort, { once: true });
    const limit = setTimeout(
      () => end(new SetupError("timeout", `(${command} ran for ${options.limit} s)`, output)),
      options.limit * 1000,
    );
    let size = -1;
    let measuring = false;
    const stall = options.stall ?? 0;
    const watch = setInterval(
      async () => {
        const quiet = (Date.now() - alive) / 1000;
        if (!stall || measuring || quiet < stall / 4) return;
        measuring = true;
        const now = options.grows ? await folderSize(options.grows) : 0;
        measuring = false;
        if (now !== size) {
          size = now;
          alive = Date.now();
        } else if ((Date.now() - alive) / 1000 >= stall) {
          end(new SetupError("stalled", `(nothing for ${stall} s)`, output));
        }
      },
      Math.max(50, Math.min(2000, (stall * 1000) / 8)),
    );

    const finish = () => {
      clearTimeout(limit);
      clearInterval(watch);
      options.signal?.removeEventListener("abort", onAbort);
    };
    child.on("error", (error) => {
      finish();
      reject(problem ?? error);
    });
    // "close" waits for the pipes, which a grandchild may hold: the exit of the tool itself is what counts.
    child.on("exit", (code, name) => {
      const done = () => {
        finish();
        if (line) options.onLine?.(line);
        // Nothing of the group outlives the tool.
        killGroup(child.pid, "SIGKILL");
        if (problem) reject(problem);
        else resolve({ code: code ?? (name ? 128 : 1), stdout, output });
      };
      const late = setTimeout(done, 500);
      child.once("close", () => {
        clearTimeout(late);
        done();
      });
    });
  });
}

/** Signals a process group; a group that is gone already is no error. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (!pid) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, signal);
  } catch {
    // Gone already.
  }
}

/** Bytes of all files below a folder; what vanishes meanwhile counts as nothing. */
export async function folderSize(folder: string): Promise<number> {
  let bytes = 0;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await folderSize(path);
    else bytes += (await lstat(path).catch(() => null))?.size ?? 0;
  }
  return bytes;
}
