/** One sandboxed process from start to end: its events, its limits, and why it ended. */
import { dirname } from "node:path";
import { isDiskFull, machineDetail } from "../../shared/disk-full.ts";
import type { Failure, JobEvent } from "../../shared/job.ts";
import { tailEvents } from "./events-tail.ts";
import { failure } from "./failures.ts";
import { isAlive, processTree, treeWaited } from "./processes.ts";
import { type Exit, startInTerminal, type TerminalProgram } from "./pty.ts";
import { plainText } from "./ring.ts";
import { Hostile, megabytes } from "./run-folder.ts";
import type { Command } from "./sandbox.ts";
import { filledByOthers, type WatchLimits, watch } from "./watchdog.ts";

/** Less time than this, in seconds, is not worth another look. */
const LEAST_MORE = 0.5;
/** Of the time in which a run waited for a core it gets back at most so many times its limit. */
const MOST_GIVEN = 4;
const POLL_MS = 40;
const WATCH_MS = 400;
const LOG_BYTES = 16 * 1024;
/** Step events of the longest protocols fit many times over. */
const EVENT_BYTES = 16 * 1024 * 1024;

export interface SandboxedRun {
  readonly terminal: TerminalProgram;
  /** All events so far. */
  readonly events: readonly JobEvent[];
  /** How it ended: its exit, and the limit that it was killed by, if any. */
  readonly ended: Promise<Ending>;
  /** Still there, and not about to end: its exit is known a little later than it happens. */
  isAlive(): boolean;
  /** Resolves with the first event of one of these types, or null when the process ended without. */
  until(...types: JobEvent["type"][]): Promise<JobEvent | null>;
  onEvent(listener: (event: JobEvent) => void): () => void;
  /**
   * Kills it after `seconds` from now with a failure of kind "timeout"; replaces an earlier deadline. Time in which it only
   * waited for a core is not counted, up to four times the limit: what else the machine does is no candidate's fault.
   */
  setDeadline(seconds: number, what: string): void;
  /** Ends the whole process tree; the first reason given is the one that is recorded. */
  kill(reason: Failure): void;
  /** Last part of the terminal's text. */
  tail(): string;
  /** What a failure is due to, whatever the candidate says of it, when others have filled the disk; else null. */
  fullDisk(): Failure | null;
}

export interface Ending {
  exit: Exit;
  killed: Failure | null;
}

/** `folders`: where it can write, for the disk limit. `outputBytes`: how much it may print. */
export function startSandboxed(
  command: Command,
  options: { out: string; folders: string[]; limits: WatchLimits; outputBytes: number; ringBytes?: number },
): SandboxedRun {
  const terminal = startInTerminal(command, options.ringBytes);
  const tail = tailEvents(options.out);
  const events: JobEvent[] = [];
  const listeners = new Set<(event: JobEvent) => void>();
  let killed: Failure | null = null;
  let hasEnded = false;
  let deadline: NodeJS.Timeout | undefined;

  const kill = (reason: Failure) => {
    if (hasEnded) return;
    killed ??= reason;
    terminal.kill();
  };
  const poll = () => {
    try {
      for (const event of tail.poll()) {
        events.push(event);
        for (const listener of listeners) listener(event);
      }
    } catch (error) {
      kill(hostileFailure(error));
    }
    if (tail.bytes > EVENT_BYTES)
      kill(
        failure(
          "output",
          `The candidate was killed: it wrote more than ${megabytes(EVENT_BYTES)} MB of events.`,
        ),
      );
  };
  const guard = () => {
    const broken = watch(terminal.mark.pid, options.folders, options.limits);
    if (broken) kill(broken);
  };
  const polling = setInterval(poll, POLL_MS);
  const watching = setInterval(guard, WATCH_MS);
  terminal.subscribe((total) => {
    if (total > options.outputBytes)
      kill(
        failure(
          "output",
          `The candidate was killed: it printed more than ${megabytes(options.outputBytes)} MB.`,
        ),
      );
  });

  const ended = terminal.exited.then((exit) => {
    clearInterval(polling);
    clearInterval(watching);
    clearTimeout(deadline);
    // What was written since the last look; a flood is cut at what one call reads.
    poll();
    tail.close();
    hasEnded = true;
    return { exit, killed };
  });

  return {
    terminal,
    events,
    ended,
    kill,
    isAlive: () => !hasEnded && killed === null && isAlive(terminal.mark),
    until(...types) {
      const wanted = (event: JobEvent) => types.includes(event.type);
      const found = events.find(wanted);
      if (found) return Promise.resolve(found);
      return new Promise((resolve) => {
        const stop = this.onEvent((event) => {
          if (!wanted(event)) return;
          stop();
          resolve(event);
        });
        ended.then(() => {
          stop();
          resolve(null);
        });
      });
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    setDeadline(seconds, what) {
      clearTimeout(deadline);
      const waited = () => treeWaited(processTree(terminal.mark.pid));
      const before = waited();
      let given = 0;
      const look = (after: number) => {
        deadline = setTimeout(late, Math.min(1000 * after, 2 ** 31 - 1)); // a longer timer would fire at once
      };
      const late = () => {
        const more = Math.min(waited() - before, MOST_GIVEN * seconds) - given;
        if (more < LEAST_MORE) {
          const apart =
            given > 0 ? `, not counting ${Math.round(given)} s for which it waited for a core` : "";
          return kill(
            failure("timeout", `The candidate ran past its time limit of ${seconds} s ${what}${apart}.`),
          );
        }
        given += more;
        look(more);
      };
      look(seconds);
    },
    tail: () => logText(terminal),
    fullDisk() {
      const left = filledByOthers(dirname(options.out), options.folders, options.limits);
      return left === null ? null : diskFull(`${megabytes(left)} MB are left on the disk of ${options.out}`);
    },
  };
}

export function logText(terminal: TerminalProgram): string {
  return plainText(terminal.snapshot(terminal.total - LOG_BYTES).bytes);
}

const diskFull = (why: string): Failure =>
  failure("disk", "The disk is full: free some space and try again.", machineDetail(why));

/** A `Hostile` left in the run folder as a failure; anything else is our own fault, or the machine's. */
export function hostileFailure(error: unknown): Failure {
  if (error instanceof Hostile) return failure("sandbox", `The candidate ${error.message}.`);
  const { message } = error as NodeJS.ErrnoException;
  if (isDiskFull(error)) return diskFull(message);
  return failure("internal", `The run folder could not be read or written: ${message}`);
}
