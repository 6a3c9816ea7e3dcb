/** Lines of an answer, and the fenced blocks among them. Reads any text. */
import { soundness } from "./python-text.ts";

/** A fenced block: `start` and `end` are its first and last line, fences included; its text is dedented. */
export interface Block {
  start: number;
  end: number;
  /** Info string in lower case: "python", "py", "json", "". */
  language: string;
  text: string;
}

const OPENS = /^[ \t>*-]*(`{3,}|~{3,})[ \t]*([\w+.{}-]*)[^`]*$/;
/** How many closing fences an unfinished program may run past: its docstring may hold fences of its own. */
const EXTENSIONS = 20;

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** Without the indentation that all lines share. */
function dedent(lines: readonly string[]): string {
  const full = lines.filter((l) => l.trim() !== "");
  const common = full.reduce((least, l) => Math.min(least, indentOf(l)), Number.POSITIVE_INFINITY);
  const text = lines.map((l) => (Number.isFinite(common) ? l.slice(Math.min(common, indentOf(l))) : l));
  return text
    .join("\n")
    .replace(/^\s*\n/, "")
    .trimEnd();
}

/** Whether a line ends a block that `fence` opened. */
const closes = (line: string, fence: string): boolean => {
  const text = line.replace(/^[ \t>]*/, "").trimEnd();
  return text.length >= fence.length && text === fence.charAt(0).repeat(text.length);
};

/** Whether the next fence after line `at` names a language: then the one at `at` closes nothing and opens nothing. */
function strayBefore(lines: readonly string[], at: number): boolean {
  for (let i = at + 1; i < lines.length; i++) {
    const fence = lines[i]!.match(OPENS);
    if (fence) return fence[2] !== "";
  }
  return false;
}

/**
 * The fenced blocks of a text, from its first line on. A Python block that is no whole program at its closing fence goes
 * on to one where it is, if there is one. A block that is never closed ends with the text.
 */
export function blocks(lines: readonly string[]): Block[] {
  const found: Block[] = [];
  for (let i = 0; i < lines.length; i++) {
    const open = lines[i]!.match(OPENS);
    if (!open) continue;
    const [, fence = "", info = ""] = open;
    const language = info.toLowerCase().replace(/[{}.]/g, "");
    const block = (end: number): Block => ({
      start: i,
      end,
      language,
      text: dedent(lines.slice(i + 1, closes(lines[end]!, fence) && end > i ? end : end + 1)),
    });
    if (language === "" && strayBefore(lines, i)) continue;
    const ends: number[] = [];
    for (let j = i + 1; j < lines.length && ends.length <= EXTENSIONS; j++)
      if (closes(lines[j]!, fence)) ends.push(j);
    if (ends.length === 0) ends.push(lines.length - 1);
    const first = block(ends[0]!);
    const whole =
      definesMixer(first.text) && soundness(first.text) !== null
        ? ends
            .slice(1)
            .map(block)
            .find((b) => soundness(b.text) === null)
        : undefined;
    const chosen = whole ?? first;
    found.push(chosen);
    i = chosen.end;
  }
  return found;
}

/** The lines that belong to blocks, fences included. */
export const linesOf = (found: readonly Block[]): Set<number> =>
  new Set(found.flatMap((b) => Array.from({ length: b.end - b.start + 1 }, (_, i) => b.start + i)));

/** Whether a line is a fence and nothing else. */
export const bareFence = (line: string): boolean => /^[ \t>]*(`{3,}|~{3,})[ \t]*$/.test(line);

/** Whether the text defines what the trainer looks for. */
export const definesMixer = (code: string): boolean =>
  /^class[ \t]+(Mixer|DeltaNet)\b/m.test(code) || /^(Mixer|DeltaNet)[ \t]*=(?!=)/m.test(code);
