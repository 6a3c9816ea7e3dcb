/** What a screen is told of an error. What was not meant for a person stays here, and only its kind goes out. */
import type { CallError } from "../../shared/wire.ts";
import { CallFailure } from "./service.ts";

/** Errors whose message is for people, although they carry no code of their own. */
const TOLD: Record<string, string> = { SandboxUnavailable: "no_sandbox", AnswerError: "model_answer" };

export const INTERNAL: CallError = {
  code: "internal",
  message: "Something went wrong inside Cambrian. Nothing that was stored is lost.",
  fix: "Try again. If it happens again, save the diagnostics under Settings and report it with the program's log.",
};

/**
 * The error as a person should see it, or null when it is not one for people: a defect, whose text may hold anything.
 * The modules' errors are known by their shape: a `code` and a `fix`, as ProgramError and ArchiveError have.
 */
export function toldOf(error: unknown): CallError | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof CallFailure) return { code: error.code, message: error.message, fix: error.fix };
  const { code, fix, kind } = error as Error & { code?: unknown; fix?: unknown; kind?: unknown };
  const told = TOLD[error.name];
  if (told !== undefined) return { code: told, message: error.message, fix: null };
  if (typeof fix !== "string") return null;
  if (error.name === "LlmError") return { code: `model_${kind}`, message: error.message, fix };
  return typeof code === "string" ? { code, message: error.message, fix } : null;
}
