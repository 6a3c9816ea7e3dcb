/** A program in a pseudoterminal. The terminal is for people: it may lose its tail at exit, so no result is read from it. */
import { spawn } from "node-pty";
import { killTree, markProcess, type ProcessMark } from "./processes.ts";
import { createRing, type Snapshot } from "./ring.ts";
import type { Command } from "./sandbox.ts";

export interface Exit {
  code: number;
  /** Number of the signal that ended it, 0 for none. */
  signal: number;
}

/** What a viewer sees: it is told that there is more, and reads at its own pace. It can never hold the program up. */
export interface Terminal {
  snapshot(offset?: number): Snapshot;
  subscribe(listener: (total: number) => void): () => void;
}

export interface TerminalProgram extends Terminal {
  readonly mark: ProcessMark;
  /** Bytes written since the start. */
  readonly total: number;
  readonly exited: Promise<Exit>;
  /** SIGKILL to the whole process tree. */
  kill(): void;
}

/** Starts `command`; must be called on the main thread, because the kernel ends it with the thread that started it. */
export function startInTerminal(command: Command, ringBytes?: number): TerminalProgram {
  const ring = createRing(ringBytes);
  const listeners = new Set<(total: number) => void>();
  const pty = spawn(command.file, command.args, {
    name: "xterm-256color",
    cols: 120,
    rows: 32,
    cwd: "/", // it is set as PWD in the environment of bubblewrap itself
    env: command.env,
    encoding: null,
  });
  const mark = markProcess(pty.pid);
  let ended = false;
  pty.onData((chunk) => {
    ring.push(chunk as unknown as Buffer); // encoding null gives bytes
    for (const listener of listeners) listener(ring.total);
  });
  const exited = new Promise<Exit>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      ended = true;
      // What it left in its process group; leaving the group is forbidden to it where no process namespace ends all.
      try {
        process.kill(-pty.pid, "SIGKILL");
      } catch {
        // nothing
      }
      resolve({ code: exitCode, signal: signal ?? 0 });
    });
  });
  return {
    mark,
    exited,
    get total() {
      return ring.total;
    },
    snapshot: (offset) => ring.read(offset),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    kill() {
      if (!ended) killTree(mark.pid);
    },
  };
}
