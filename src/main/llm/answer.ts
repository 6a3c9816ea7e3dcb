/** A chat completion as it arrives, in pieces or whole, gathered into what it says. Servers differ in where they put it. */
import { NoAnswer } from "./failure.ts";

export interface Usage {
  input: number;
  output: number;
}

export interface Received {
  text: string;
  reasoning: string;
  /** What the model said instead of an answer, in the field for that. */
  refusal: string;
  finishReason: string | null;
  usage: Usage | null;
  modelServed: string | null;
}

export const nothing = (): Received => ({
  text: "",
  reasoning: "",
  refusal: "",
  finishReason: null,
  usage: null,
  modelServed: null,
});

type Fields = Record<string, unknown>;
const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null ? (value as Fields) : {};
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** Text and thinking of a message or of a piece of one. Some servers send lists of typed parts. */
function contentOf(message: Fields): { text: string; reasoning: string } {
  const parts = Array.isArray(message.content) ? message.content.map(fields) : [];
  const joined = (type: string) =>
    parts
      .filter((part) => part.type === type)
      .map((part) => textOf(part.text) || textOf(part[type]))
      .join("");
  return {
    text: parts.length > 0 ? joined("text") : textOf(message.content),
    reasoning: textOf(message.reasoning_content) || textOf(message.reasoning) || joined("thinking"),
  };
}

/** More tokens than any request can have; a greater number is a server's mistake, and would end a campaign's budget. */
const MOST_TOKENS = 1e9;
/** A count of tokens, 0 where it is left out; null where it cannot be one. */
function count(value: unknown): number | null {
  if (value === undefined || value === null) return 0;
  const possible = Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MOST_TOKENS;
  return possible ? (value as number) : null;
}

/**
 * Tokens that the server counted; null where one of its figures cannot be right, or it counted none, which some do in
 * place of saying nothing.
 */
export function usageOf(value: unknown): Usage | null {
  const usage = fields(value);
  const [input, total] = [count(usage.prompt_tokens), count(usage.total_tokens)];
  const completion = count(usage.completion_tokens);
  if (!input || total === null || completion === null) return null;
  // Some leave reasoning out of completion_tokens, but not out of the total.
  return { input, output: Math.max(completion, total - input) };
}

/**
 * Adds a chunk of a stream, or a whole completion. Returns the text that came with it, whether anything
 * of an answer did, and whether the tokens were counted in it.
 * @throws NoAnswer where it is neither
 */
export function gather(received: Received, chunk: unknown): { text: string; any: boolean; counted: boolean } {
  const { choices, usage, model } = fields(chunk);
  if (!Array.isArray(choices) && usage === undefined)
    throw new NoAnswer("a part of its answer has no choices");
  const counts = usageOf(usage);
  received.usage = counts ?? received.usage;
  if (textOf(model)) received.modelServed = textOf(model);
  let all = "";
  let any = false;
  for (const choice of (Array.isArray(choices) ? choices : []).map(fields)) {
    if ((choice.index ?? 0) !== 0) continue;
    const message = fields(choice.delta ?? choice.message);
    const { text, reasoning } = contentOf(message);
    received.text += text;
    received.reasoning += reasoning;
    received.refusal += textOf(message.refusal);
    received.finishReason = textOf(choice.finish_reason) || received.finishReason;
    all += text;
    any ||= text !== "" || reasoning !== "";
  }
  return { text: all, any, counted: counts !== null };
}
