/** Agents that give no answer which can be used: known by name, because the engine knows no implementation of them. */
import type { Failure } from "../../shared/job.ts";

/** An agent's error whose message is meant for a person: a model that cannot be had, or whose answer stayed unusable. */
export const isAnswerFault = (error: unknown): error is Error =>
  error instanceof Error && (error.name === "AnswerError" || error.name === "LlmError");

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The failure that an exception in a step means: no answer, else our own fault. */
export function failureOf(step: string, error: unknown): Failure {
  if (isAnswerFault(error)) {
    const { fix, detail } = error as { fix?: unknown; detail?: unknown };
    const more = [fix, detail].filter((text): text is string => typeof text === "string" && text !== "");
    return { kind: "answer", message: error.message, detail: more.join("\n\n") };
  }
  const detail = error instanceof Error ? (error.stack ?? "") : "";
  return { kind: "internal", message: `The ${step} step threw: ${messageOf(error)}`, detail };
}

/** What was spent on answers that stayed unusable, as the agent's error says; null where it does not. */
export function spentOn(error: unknown): Record<string, unknown> | null {
  const spent = isAnswerFault(error) ? (error as { spent?: unknown }).spent : undefined;
  return typeof spent === "object" && spent !== null ? { ...spent } : null;
}
