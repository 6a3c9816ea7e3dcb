/** One conversation with a model: ask, read the answer, and send it back with the exact error where it cannot be read. */
import type { ChatMessage, Role } from "../../../shared/llm.ts";
import { type Llm, type LlmAnswer, LlmError, type LlmPlace } from "../../interfaces.ts";
import { AnswerError } from "./errors.ts";
import { estimate, middleCut, room } from "./fit.ts";

/** What was made of an answer, or why it cannot be used, as a sentence that the model can act on. */
export type Parsed<T> = ({ ok: true } & T) | { ok: false; why: string };

export interface RoleRequest<T> {
  role: Role;
  /** Name of an endpoint. */
  endpoint: string;
  place: (turn: number) => LlmPlace;
  /** The role's prompt. */
  system: string;
  user: string;
  parse: (text: string, reasoning: string) => Parsed<T>;
}

export interface RoleAnswer<T> {
  value: { ok: true } & T;
  /** The answer that was used. */
  answer: LlmAnswer;
  /** 1, or more where it had to be mended. */
  turns: number;
  /** Sums over all turns. */
  cost: number;
  tokens: number;
  callIds: string[];
}

/** Requests to mend an answer. */
export const REPAIR_TURNS = 2;

/** Characters of an unusable answer that are shown again to the model that gave it, at most. */
const ECHO = 24_000;

const TOO_LONG =
  "the answer was longer than the tokens allowed, so that its end is missing. Answer again, much shorter: think less, and write no more than is asked for";

const mend = (why: string): string =>
  `Your answer could not be used: ${why.replace(/[.\s]+$/, "")}.\n` +
  "Answer again, in full, in the format that was asked for, and with nothing else.";

/** What of its answer the model is shown again; some servers accept no empty message. */
function echo(text: string, limits: { contextWindow: number; maxOutput: number }, used: number): string {
  const chars = Math.max(200, Math.min(ECHO, room(limits, used)));
  return text.trim() ? middleCut(text.trim(), chars) : "(no answer)";
}

/**
 * Asks a role until its answer can be read, with at most REPAIR_TURNS requests to mend it, and says in the ledger what was
 * made of each answer. @throws AnswerError when no answer could be used; LlmError (any kind but "length", which counts as
 * an unusable answer) and the signal's reason pass through.
 */
export async function askRole<T>(
  llm: Llm,
  request: RoleRequest<T>,
  signal: AbortSignal,
): Promise<RoleAnswer<T>> {
  const { role, endpoint, system, user } = request;
  const limits = llm.limits(endpoint);
  let messages: ChatMessage[] = [{ role: "user", content: user }];
  const sum = { cost: 0, tokens: 0, callIds: [] as string[] };
  for (let turn = 0; ; turn++) {
    let answer: LlmAnswer | null;
    let read: Parsed<T>;
    try {
      const place = request.place(turn);
      answer = await llm.ask({ role, endpoint, place, system, messages }, signal);
      read = request.parse(answer.text, answer.reasoning);
    } catch (error) {
      if (!(error instanceof LlmError && error.kind === "length")) throw error;
      answer = error.partial;
      read = { ok: false, why: TOO_LONG };
    }
    if (answer) {
      sum.cost += answer.cost;
      sum.tokens += answer.tokens;
      sum.callIds.push(answer.callId);
    }
    if (read.ok) {
      llm.mark(answer!.callId, "used");
      return { value: read, answer: answer!, turns: turn + 1, ...sum };
    }
    const last = turn === REPAIR_TURNS;
    if (answer) llm.mark(answer.callId, last ? "unusable" : "repair", read.why);
    if (last)
      throw new AnswerError(
        role,
        sentence(read.why),
        { ...sum, endpoint, model: answer?.model ?? endpoint, turns: turn + 1 },
        answer?.text ?? "",
      );
    const asked = mend(read.why);
    const used = estimate(system) + estimate(user) + estimate(asked);
    messages = [
      { role: "user", content: user },
      { role: "assistant", content: echo(answer?.text ?? "", limits, used) },
      { role: "user", content: asked },
    ];
  }
}

const sentence = (text: string): string => {
  const whole = text.trim();
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}${/[.!?]$/.test(whole) ? "" : "."}`;
};

/** Whether an error means that the model cannot be had, so that the built-in agent takes over, labelled. */
export const unavailable = (error: unknown): error is LlmError =>
  error instanceof LlmError && error.kind !== "length" && error.kind !== "filtered";
