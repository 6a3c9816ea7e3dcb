/** Prompts cut to the context window, and untrusted text kept apart from what is asked. */
import { sha256 } from "../../../shared/hash.ts";

/** Characters that one token stands for, on the low side: code and formulas take more tokens than prose. */
const CHARS_PER_TOKEN = 3;
/** Tokens left free for the chat template and for what the estimate misses. */
const MARGIN = 512;
export const CUT = "[cut]";

/** Tokens of a text, estimated on the high side. */
export const estimate = (text: string): number => Math.ceil(text.length / CHARS_PER_TOKEN);

/**
 * Characters that still fit beside `used` tokens of prompt and the longest answer; at least 0. Settings that leave the
 * prompt less than half of the window are taken to mean half.
 */
export function room(limits: { contextWindow: number; maxOutput: number }, used: number): number {
  const answer = Math.min(limits.maxOutput, Math.floor(limits.contextWindow / 2));
  return Math.max(0, (limits.contextWindow - answer - MARGIN - used) * CHARS_PER_TOKEN);
}

/** At most `chars` characters: two thirds from the start, the rest from the end, and between them what says so. */
export function middleCut(text: string, chars: number): string {
  if (text.length <= chars) return text;
  const mark = `\n${CUT}\n`;
  const kept = Math.max(0, chars - mark.length);
  const head = Math.ceil((kept * 2) / 3);
  // A pair of surrogates that the cut parted is no text that every server takes.
  return `${text.slice(0, head)}${mark}${kept > head ? text.slice(-(kept - head)) : ""}`.toWellFormed();
}

const spaced = (marks: string): string => [...marks].join(" ");

/** A line that ends no marker. A prompt of a doctest (>>> at its start) does not, and stays. */
function withoutEnd(line: string): string {
  const prompt = line.match(/^[ \t]*>>>(?!>)/)?.[0] ?? "";
  return prompt + line.slice(prompt.length).replace(/>{3,}/g, spaced);
}

/**
 * Untrusted text between markers. The markers carry a nonce that is a hash of the text, which the text cannot contain on
 * purpose; what looks like a marker inside is broken all the same.
 * @param label says what it is: "P: motivation"
 */
export function fenced(label: string, text: string): string {
  const nonce = sha256(text).slice(0, 8);
  const inside = text.replace(/<{3,}/g, spaced).split("\n").map(withoutEnd).join("\n");
  const title = label.replace(/[<>\r\n]/g, " ");
  return `<<<DATA ${nonce} ${title}\n${inside}\nEND ${nonce}>>>`;
}

export interface Section {
  title: string;
  text: string;
  /** Lower ones are cut first. */
  priority: number;
  /** Characters below which the section is left out rather than cut; 0: it may be cut to nothing. */
  min?: number;
  /** Text of others than us: a paper, an answer, a log. It goes between markers. */
  data?: boolean;
}

const render = (s: Section, text: string): string =>
  `## ${s.title}\n${s.data ? fenced(s.title, text) : text}`;

/**
 * The sections in their order, cut to `chars` characters. What does not fit is taken from the section of the lowest
 * priority first; where something was left out the text says so.
 */
export function fit(sections: readonly Section[], chars: number): string {
  const texts = new Map(sections.map((s) => [s, s.text.trim()]));
  const whole = () => sections.map((s) => render(s, texts.get(s)!)).join("\n\n");
  for (const s of sections.toSorted((a, b) => a.priority - b.priority)) {
    const over = whole().length - chars;
    if (over <= 0) break;
    const text = texts.get(s)!;
    const left = text.length - over;
    texts.set(s, left < Math.max(s.min ?? 0, 1) ? CUT : middleCut(text, left));
  }
  return whole();
}
