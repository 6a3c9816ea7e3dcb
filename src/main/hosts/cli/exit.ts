/** Exit codes, and how an error becomes one. */
import { CommanderError } from "commander";
import { ProgramError } from "../../program.ts";

export const EXIT = {
  ok: 0,
  /** The answer is no: a gate failed, an evaluation was rejected or failed, a campaign could not go on. */
  negative: 1,
  usage: 2,
  environment: 3,
  archive: 4,
  /** A defect of Cambrian itself. */
  internal: 70,
  interrupted: 130,
} as const;

export const EXIT_HELP = `
Exit codes:
  0    done, and the answer is yes
  1    the answer is no: gates not passed, evaluation rejected or failed, campaign failed
  2    wrong usage
  3    the environment is at fault: Python, torch, sandbox, disk (see: cambrian doctor), or a language model's server
  4    the archive is at fault: missing, damaged, newer, locked, not writable
  70   a defect of Cambrian
  130  interrupted`;

export interface Told {
  exit: number;
  code: string;
  message: string;
  fix: string | null;
}

/** What to tell a person about an error: modules throw errors that carry a code and a fix. */
export function tell(error: unknown): Told {
  const e = error as Error & { code?: unknown; fix?: unknown; kind?: unknown };
  const code = typeof e?.code === "string" ? e.code : "internal";
  const fix = typeof e?.fix === "string" ? e.fix : null;
  const told = (exit: number): Told => ({ exit, code, message: e.message, fix });
  if (code === "cancelled" || e?.name === "AbortError" || e?.name === "Interrupted") {
    return { exit: EXIT.interrupted, code: "interrupted", message: e.message || "Interrupted.", fix };
  }
  if (error instanceof ProgramError) {
    return told({ usage: EXIT.usage, environment: EXIT.environment, archive: EXIT.archive }[error.kind]);
  }
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, "");
    return { exit: error.exitCode === 0 ? EXIT.ok : EXIT.usage, code: "usage", message, fix: "See --help." };
  }
  if (e?.name === "CognitionError") return told(e.kind === "usage" ? EXIT.usage : EXIT.environment);
  if (e?.name === "LlmError") return { ...told(EXIT.environment), code: `model_${e.kind}` };
  if (e?.name === "AnswerError") return { ...told(EXIT.negative), code: "model_answer" };
  if (e?.name === "ArchiveError") return told(EXIT.archive);
  if (e?.name === "SetupError") return told(EXIT.environment);
  if (fix !== null) return told(EXIT.environment);
  return {
    exit: EXIT.internal,
    code: "internal",
    message: e instanceof Error ? (e.stack ?? e.message) : String(error),
    fix: "This is a defect of Cambrian: please report it with the lines above.",
  };
}
