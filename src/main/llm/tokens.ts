/** Tokens of texts without a tokeniser: an estimate, and a bound that no tokeniser of bytes can exceed. */
import type { Price } from "../../shared/llm.ts";

/** Characters of English, code and formulas that one token stands for, about. */
const CHARS_PER_TOKEN = 3.5;
/** Tokens that chat templates add, at most: for the conversation (some begin with a prompt of their own), and a message. */
const PER_REQUEST = 256;
const PER_MESSAGE = 16;

/** Tokens of a text, about. */
export const estimateTokens = (text: string): number => Math.ceil(text.length / CHARS_PER_TOKEN);

/** Tokens of a request, at most: no token is less than one byte of UTF-8. */
export const mostTokens = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + Buffer.byteLength(text) + PER_MESSAGE, PER_REQUEST);

/** Money for tokens, at a price a million. */
export const costOf = (price: Price, input: number, output: number): number =>
  (input * price.input + output * price.output) / 1e6;
