/**
 * From a model's answer to what its role asked for. Servers and models differ in what they wrap around an answer, so every
 * format is read by a ladder, strictest first. Nothing here throws, whatever the text.
 */
import { type Block, bareFence, blocks, definesMixer, linesOf } from "./fences.ts";
import { jsonObjects } from "./json-text.ts";
import { soundness } from "./python-text.ts";
import { LONGEST, withoutThinking } from "./thinking.ts";

export { withoutThinking };

/** Characters of a motivation and of a program that are kept, at most. */
const MOTIVATION = 20_000;
const CODE = 200_000;
const NAME = 60;
/** Words that text without tags must have to be taken for a motivation; less is a phrase like "here is the code". */
const WORDS = 12;

export interface Draft {
  name: string;
  motivation: string;
  code: string;
}

export type ParsedProposal =
  | ({ ok: true; from: "tags" | "fence" | "json" | "reasoning" } & Draft)
  | { ok: false; why: string };

/** Letters, digits, _ and - of a name, at most 60; empty where none is left. */
export function cleanName(raw: string): string {
  const ascii = raw.normalize("NFKD").replace(/\p{M}/gu, "");
  return ascii
    .replace(/[^A-Za-z0-9_-]+/g, "-")
    .replace(/-{2,}/g, "-")
    .slice(0, NAME)
    .replace(/^-+|-+$/g, "");
}

/** A name out of the first words of a motivation. */
const nameFrom = (motivation: string): string =>
  cleanName(
    motivation
      .split(/\s+/)
      .map((w) => cleanName(w))
      .filter((w) => w !== "")
      .slice(0, 5)
      .join("-"),
  ) || "unnamed";

const LABEL = /^[\s>*_#\d.)`-]*\b(name|motivation|code|program)\b[\s*_`]*[:：][\s*_`]*(.*)$/i;
const HEADING = /^\s*(?:#{1,6}\s*\**|\*\*|__)\s*(name|motivation|code|program)\s*(?:\*\*|__)?\s*$/i;

/** The tag that a line begins with, and what follows it. */
function tagOf(line: string): { tag: string; rest: string } | null {
  const match = line.length > 2000 ? null : (line.match(LABEL) ?? line.match(HEADING));
  return match ? { tag: match[1]!.toLowerCase(), rest: match[2] ?? "" } : null;
}

interface Tag {
  tag: string;
  line: number;
  rest: string;
}

/** Tags outside of the fenced blocks. */
function tags(lines: readonly string[], found: readonly Block[]): Tag[] {
  const inside = linesOf(found);
  return lines.flatMap((text, line) => {
    const tag = inside.has(line) ? null : tagOf(text);
    return tag ? [{ ...tag, line }] : [];
  });
}

/** The last such tag before a line, else the first after it. */
const nearest = (all: readonly Tag[], tag: string, line: number): Tag | undefined =>
  all.findLast((t) => t.tag === tag && t.line < line) ?? all.find((t) => t.tag === tag);

const tidy = (text: string): string => text.replace(/^[ \t*_]+$/gm, "").trim();

const firstLine = (lines: readonly string[]): string => lines.find((l) => l.trim() !== "") ?? "";

/** Text of a tag: to the next tag, the program, or the end. Fences that belong to no block are left out. */
function under(
  tag: Tag,
  all: readonly Tag[],
  code: Block,
  lines: readonly string[],
  inside: ReadonlySet<number>,
): string {
  const ends = (t: Tag) => t.line > tag.line && (t.tag !== "name" || /\bNAME\b/.test(lines[t.line]!));
  const next = all.find(ends)?.line ?? lines.length;
  const end = code.start > tag.line ? Math.min(next, code.start) : next;
  const body = lines.slice(tag.line + 1, end);
  const kept = body.filter((line, i) => inside.has(tag.line + 1 + i) || !bareFence(line));
  return tidy([tag.rest, ...kept].join("\n")).slice(0, MOTIVATION);
}

/** Why no block is a program that can be used; null with the block that can. */
function program(found: readonly Block[]): { block: Block } | { why: string } {
  const named = found
    .filter((b) => !b.text.startsWith("{") && definesMixer(b.text))
    .toSorted((a, b) => b.text.length - a.text.length);
  const block = named.find((b) => soundness(b.text) === null);
  if (block && block.text.length > CODE) return { why: `The program is longer than ${CODE} characters.` };
  if (block) return { block };
  if (named[0]) return { why: `The program is not whole: ${soundness(named[0].text)}.` };
  return {
    why:
      found.length > 0
        ? "No fenced block defines `class Mixer`."
        : "There is no fenced block with the program (```python … ```).",
  };
}

function fromFences(text: string): ParsedProposal {
  const lines = text.split("\n");
  const found = blocks(lines);
  const all = tags(lines, found);
  const code = program(found);
  if ("why" in code) {
    const missing = ["name", "motivation"].filter((tag) => !all.some((t) => t.tag === tag));
    const also =
      missing.length > 0 ? ` ${missing.map((m) => `${m.toUpperCase()}:`).join(" and ")} missing.` : "";
    return { ok: false, why: code.why + also };
  }
  const { block } = code;
  const motivationTag = nearest(all, "motivation", block.start);
  const nameTag = nearest(all, "name", motivationTag?.line ?? block.start);
  const name = nameTag ? cleanName(nameTag.rest || firstLine(lines.slice(nameTag.line + 1))) : "";
  if (motivationTag) {
    const motivation = under(motivationTag, all, block, lines, linesOf(found));
    if (!/[\p{L}\p{N}]/u.test(motivation)) return { ok: false, why: "MOTIVATION: is empty." };
    const from = nameTag ? "tags" : "fence";
    return { ok: true, name: name || nameFrom(motivation), motivation, code: block.text, from };
  }
  const prose = [lines.slice(0, block.start), lines.slice(block.end + 1)]
    .map((part) => tidy(part.filter((l) => tagOf(l) === null).join("\n")))
    .find((part) => part.split(/\s+/).length >= WORDS);
  if (!prose) return { ok: false, why: "MOTIVATION: is missing." };
  const motivation = prose.slice(0, MOTIVATION);
  return { ok: true, name: name || nameFrom(motivation), motivation, code: block.text, from: "fence" };
}

/** The program of a JSON member, which may be fenced in its turn. */
function bare(code: string): string {
  const lines = code.replace(/\r\n?/g, "\n").split("\n");
  const block = blocks(lines).find((b) => definesMixer(b.text));
  return (block?.text ?? lines.join("\n")).trim();
}

function fromJson(text: string): ParsedProposal | null {
  for (const object of jsonObjects(text)) {
    const lower = Object.fromEntries(Object.entries(object).map(([k, v]) => [k.toLowerCase(), v]));
    const [name, motivation, code] = ["name", "motivation", "code"].map((key) =>
      typeof lower[key] === "string" ? lower[key].trim() : "",
    ) as [string, string, string];
    const source = bare(code);
    if (!definesMixer(source) || motivation === "" || source.length > CODE) continue;
    const broken = soundness(source);
    if (broken) return { ok: false, why: `The program in the JSON object is not whole: ${broken}.` };
    const kept = motivation.slice(0, MOTIVATION);
    return {
      ok: true,
      name: cleanName(name) || nameFrom(kept),
      motivation: kept,
      code: source,
      from: "json",
    };
  }
  return null;
}

function ladder(text: string): ParsedProposal {
  const fenced = fromFences(text);
  return fenced.ok ? fenced : (fromJson(text) ?? fenced);
}

/**
 * Name, motivation and program of an answer: tags and a fenced program, else a fenced program with prose, else a JSON
 * object, else the same in the reasoning, where some servers put the whole answer.
 */
export function parseProposal(text: string, reasoning = ""): ParsedProposal {
  const { text: outside, thinking } = withoutThinking(text);
  const answer = ladder(outside);
  if (answer.ok) return answer;
  for (const thought of [thinking, reasoning.slice(0, LONGEST).replace(/\r\n?/g, "\n")]) {
    const found = ladder(thought);
    if (found.ok) return { ...found, from: "reasoning" };
  }
  return blank(outside) ? { ok: false, why: "The answer is empty." } : answer;
}

const blank = (text: string): boolean => !/[\p{L}\p{N}]/u.test(text);

/** What is read where the format is too short to be told from a thought: the reasoning only when nothing was answered. */
function said(text: string, reasoning: string): string {
  const { text: outside, thinking } = withoutThinking(text);
  if (!blank(outside)) return outside;
  return withoutThinking(blank(thinking) ? reasoning : thinking).text;
}

export type ParsedVerdict =
  | { ok: true; word: string; argument: string | null; reasons: string }
  | { ok: false; why: string };

/** Marks that stand before or after a word without changing it. */
const strip = (line: string): string =>
  line.replace(/^[\s>*_#`"'“”‘’([{-]+/, "").replace(/[\s*_`"'“”‘’)\]}]+$/, "");

/** The word that a line begins with, if it stands there as a verdict and not as the start of a sentence. */
function wordOf(line: string, words: readonly string[]): { word: string; rest: string } | null {
  for (const word of words) {
    if (line.slice(0, word.length).toUpperCase() !== word.toUpperCase()) continue;
    const rest = line.slice(word.length);
    if (/^(?:[\p{L}\p{N}_]|-(?![0-9a-f]{6})\p{L})/u.test(rest)) continue; // "novelty", "fail-safe"
    const written = line.startsWith(word); // in the capitals that were asked for
    const ends = /^[\s*_`"'”’)\]}]*(?:$|[.:;,!–—*-])/.test(rest) || /^\W+[0-9a-f]{6,}\b/i.test(rest);
    if (!written && !ends) continue;
    const others = words.filter((w) => w !== word).join("|");
    if (new RegExp(`^\\W*(?:/|\\||\\bor\\b)\\W*(?:${others})\\b`, "i").test(rest)) return null;
    return { word, rest };
  }
  return null;
}

/**
 * The verdict of an answer: its first line that says anything begins with one of the words (given in capitals), for example
 * PASS, or REPEAT and an id, which is the `argument`. What follows is the reasons.
 */
export function parseVerdict(text: string, reasoning: string, words: readonly string[]): ParsedVerdict {
  const lines = said(text, reasoning).split("\n");
  const label = /^(?:the\s+)?(?:final\s+)?(?:verdict|answer|decision|result)\W*(?:is\b\W*)?/i;
  for (const [i, line] of lines.entries()) {
    const plain = strip(line.slice(0, 2000)).replace(label, "");
    if (blank(plain) || bareFence(line)) continue;
    const found = wordOf(plain, words);
    if (!found) break;
    const argument = found.rest.match(/[\p{L}\p{N}][\p{L}\p{N}_-]*/u)?.[0] ?? null;
    const after = strip(found.rest).replace(/^[\s.:;,!–—*_-]+/, "");
    const reasons = [after, ...lines.slice(i + 1)].join("\n").trim().slice(0, MOTIVATION);
    return { ok: true, word: found.word, argument, reasons };
  }
  return { ok: false, why: `The first line must begin with ${words.join(" or ")}, in capitals.` };
}

export type ParsedScores = { ok: true; scores: Record<string, number> } | { ok: false; why: string };

/** Marks around a label, and a number that is no part of a range or of a longer number. */
const MARKS = "[\"'*_`)\\s]*";
const NUMBER = String.raw`(-?\d{1,6}(?:\.\d{1,6})?)(?![\d.]*\d)(?!\s*(?:\.\.|–|-|to)\s*\d)`;
const SCORE = new RegExp(`\\bscore\\b${MARKS}[:=]${MARKS}${NUMBER}`);

/**
 * One score for each item, within 1 to 10: "innovation SCORE: 7", "Innovation: 7.5/10", or a "SCORE: 7" for each in their
 * order. An item that is named twice has the last score.
 */
export function parseScores(text: string, items: readonly string[], reasoning = ""): ParsedScores {
  const scores = new Map<string, number>();
  const unnamed: number[] = [];
  let current: string | null = null;
  for (const line of said(text, reasoning).split("\n").slice(0, 2000)) {
    const lower = line.slice(0, 500).toLowerCase();
    const named = items.find((item) => new RegExp(`^[^\\p{L}]*${escaped(item)}\\b`, "iu").test(lower));
    if (named) current = named;
    const direct =
      named && new RegExp(`${escaped(named)}${MARKS}(?:\\([^)]*\\)${MARKS})?[:=]${MARKS}${NUMBER}`);
    const value = lower.match(SCORE)?.[1] ?? (direct ? lower.match(direct)?.[1] : undefined);
    if (value === undefined) continue;
    // A sum at the end ("Overall SCORE: 6") is no second score of the item above it.
    if (named) scores.set(named, Number(value));
    else if (current && !scores.has(current)) scores.set(current, Number(value));
    else unnamed.push(Number(value));
    if (!named) current = null;
  }
  if (scores.size === 0 && unnamed.length === items.length)
    items.forEach((item, i) => void scores.set(item, unnamed[i]!));
  const wrong = items.filter((item) => !(scores.get(item)! >= 1 && scores.get(item)! <= 10));
  if (wrong.length > 0) {
    const why = wrong.map((w) => (scores.has(w) ? `${w} is ${scores.get(w)}` : `${w} has none`)).join(", ");
    return { ok: false, why: `Each item needs a line "<item> SCORE: x" with x from 1 to 10: ${why}.` };
  }
  return { ok: true, scores: Object.fromEntries(items.map((item) => [item, scores.get(item)!])) };
}

const escaped = (text: string): string => text.toLowerCase().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const QUERY = /^[\s>*_#\d.)`-]*\bquery\b[\s*_`\d]*[:：][\s*_`"“]*(.*?)[\s*_`"”]*$/i;

/** Texts of the `QUERY:` lines, each once, at most `most` of them and 300 characters of each. */
export function queries(text: string, most = 3): string[] {
  const found = withoutThinking(text)
    .text.split("\n")
    .flatMap((line) => {
      const query = line.slice(0, 1000).match(QUERY)?.[1]?.slice(0, 300).trim();
      return query ? [query] : [];
    });
  return [...new Set(found)].slice(0, most);
}

/** The text without its `QUERY:` lines. */
export const withoutQueries = (text: string): string =>
  text
    .split("\n")
    .filter((line) => !QUERY.test(line.slice(0, 1000)))
    .join("\n")
    .trim();
