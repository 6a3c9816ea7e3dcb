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

const count = (value: unknown): number =>
  typeof value === "number" && Number.isFinite(value) && value > 0 ? Math.round(value) : 0;

/** Tokens that the server counted; null where it counted none, which some do in place of saying nothing. */
export function usageOf(value: unknown): Usage | null {
  const usage = fields(value);
  const [input, total] = [count(usage.prompt_tokens), count(usage.total_tokens)];
  if (input === 0) return null;
  // Some leave reasoning out of completion_tokens, but not out of the total.
  return { input, output: Math.max(count(usage.completion_tokens), total - input) };
}

/**
 * Adds a chunk of a stream, or a whole completion. Returns the text that came with it, and whether anything did.
 * @throws NoAnswer where it is neither
 */
export function gather(received: Received, chunk: unknown): { text: string; any: boolean } {
  const { choices, usage, model } = fields(chunk);
  if (!Array.isArray(choices) && usage === undefined)
    throw new NoAnswer("a part of its answer has no choices");
  received.usage = usageOf(usage) ?? received.usage;
  if (textOf(model)) received.modelServed = textOf(model);
  let all = "";
  let any = false;
  for (const choice of (Array.isArray(choices) ? choices : []).map(fields)) {
    if (count(choice.index) !== 0) continue;
    const message = fields(choice.delta ?? choice.message);
    const { text, reasoning } = contentOf(message);
    received.text += text;
    received.reasoning += reasoning;
    received.refusal += textOf(message.refusal);
    received.finishReason = textOf(choice.finish_reason) || received.finishReason;
    all += text;
    any ||= text !== "" || reasoning !== "";
  }
  return { text: all, any };
}
