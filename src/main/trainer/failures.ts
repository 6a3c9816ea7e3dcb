/** From what is left of a process to one sentence that names the cause. Pure. */
import { constants } from "node:os";
import { said } from "../../shared/disk-full.ts";
import type { Failure, FailureKind, GateVerdict } from "../../shared/job.ts";
import type { Exit } from "./pty.ts";

const DETAIL_LIMIT = 16_000;

export const failure = (kind: FailureKind, message: string, detail = ""): Failure => ({
  kind,
  message: message.slice(0, 500),
  detail: endOf(detail),
});

/** With a mark where it was cut: the rest must not begin as something that only we say. */
const endOf = (text: string): string =>
  text.length > DETAIL_LIMIT ? `…${text.slice(1 - DETAIL_LIMIT)}` : text;

/** The system's own words for a limit, wherever they appear in a traceback or in the terminal. */
const SYSTEM_ERRORS: [RegExp, FailureKind, string][] = [
  [/No space left on device|Errno 28\b|os error 28\b|Disk quota exceeded/, "disk", "found the disk full"],
  [/File too large|Errno 27\b|os error 27\b/, "disk", "wrote a file larger than its limit"],
  [
    /MemoryError|can't allocate memory|Cannot allocate memory|CUDA out of memory|OutOfMemoryError/,
    "memory",
    "",
  ],
  [/can't start new thread/, "sandbox", "asked for more threads than the sandbox allows"],
  [
    /BlockingIOError: \[Errno 11\]|PermissionError: \[Errno (?:1|13)\]|OSError: \[Errno (?:30|38)\]/,
    "sandbox",
    "asked for something that the sandbox forbids",
  ],
];

function systemError(text: string, memoryMB: number): { kind: FailureKind; message: string } | null {
  for (const [pattern, kind, message] of SYSTEM_ERRORS)
    if (pattern.test(text)) return { kind, message: message || `reached its memory limit (${memoryMB} MB)` };
  return null;
}

/** An `error` event of the worker, with the limits of the sandbox recognised behind an exception. */
export function reportedFailure({ detail, ...reported }: Failure, memoryMB: number): Failure {
  // The last lines name the exception; the same words higher up may be part of the program's text.
  const end = detail.trimEnd().split("\n").slice(-3).join("\n");
  const system = ["interface", "internal"].includes(reported.kind)
    ? systemError(`${end}\n${reported.message}`, memoryMB)
    : null;
  if (!system) return failure(reported.kind, reported.message, said(detail));
  return failure(
    system.kind,
    `The candidate ${system.message}: ${lastLine(end) || reported.message}`,
    said(detail),
  );
}

/** A process that ended without saying why. `phase` completes "before …". */
export function exitFailure(
  exit: Exit,
  { phase, started, memoryMB, tail }: { phase: string; started: boolean; memoryMB: number; tail: string },
): Failure {
  const end = tail.trimEnd().split("\n").slice(-12).join("\n");
  const system = systemError(end, memoryMB);
  if (system) return failure(system.kind, `The candidate ${system.message} before ${phase}.`, said(tail));
  const signal = exit.signal || (exit.code > 128 && exit.code < 160 ? exit.code - 128 : 0);
  if (signal === constants.signals.SIGXFSZ)
    return failure("disk", `The candidate wrote a file larger than its limit before ${phase}.`, said(tail));
  if (signal) {
    const name = Object.entries(constants.signals).find(([, n]) => n === signal)?.[0] ?? "unknown";
    return failure("sandbox", `The process was killed by signal ${signal} (${name}) before ${phase}.`, tail);
  }
  if (!started)
    return failure(
      "internal",
      `The sandboxed trainer did not start (exit status ${exit.code}): ${lastLine(end)}`,
      tail,
    );
  return failure(
    "sandbox",
    `The process left with exit status ${exit.code} before ${phase}, without a reason.`,
    tail,
  );
}

/** The first failed check, in the words of its verdict; a limit of the sandbox behind an exception is named as such. */
export function gateFailure(gates: GateVerdict[], memoryMB: number): Failure {
  const counting = gates.filter((gate) => !gate.ok && !gate.warning);
  const failed = counting[0];
  if (!failed) return failure("interface", "The gates did not pass.");
  const [sentence = ""] = failed.detail.split("\n");
  const message = `The gate "${failed.name}" failed: ${sentence.slice(0, SENTENCE_LIMIT)}`;
  const first = reportedFailure(
    { kind: failed.kind ?? "interface", message, detail: failed.detail },
    memoryMB,
  );
  return {
    ...first,
    detail: said(endOf(counting.map((gate) => `${gate.name}: ${gate.detail}`).join("\n"))),
  };
}

const SENTENCE_LIMIT = 300;

const lastLine = (text: string): string => text.trimEnd().split("\n").at(-1)?.trim() ?? "";
