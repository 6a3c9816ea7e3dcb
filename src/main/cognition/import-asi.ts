/**
 * ASI-Arch's cognition JSON as entries for review. Its files are lists of objects, one for each insight of a paper, with
 * the fields below; the file is named after the paper, which BACKGROUND names too. Pure.
 */
import type { CognitionEntry } from "../../shared/cognition.ts";
import { free, slug } from "./files.ts";
import { citationOf, paperKey, titleKey } from "./validate.ts";

/** An entry that may still lack what its source did not say; the rest is filled in during review. */
export interface Draft extends Omit<CognitionEntry, "paper"> {
  paper: Omit<CognitionEntry["paper"], "year"> & { year: number | null };
}

const INSIGHT = "DESIGN_INSIGHT";
const TRIGGER = "EXPERIMENTAL_TRIGGER_PATTERNS";
const BACKGROUND = "BACKGROUND";
const ALGORITHM = "ALGORITHMIC_INNOVATION";
const GUIDANCE = "IMPLEMENTATION_GUIDANCE";
/** DESIGN_AI_INSTRUCTIONS is not among them: it tells a model what to do, and is not knowledge. */
const FIELDS = [INSIGHT, TRIGGER, BACKGROUND, ALGORITHM, GUIDANCE];

type Fields = Record<string, unknown>;

/** Deeper nesting than that of papers in a folder in a list is no cognition file. */
const DEEPEST = 6;

/** What the surroundings of an insight say about its paper. */
interface Surroundings {
  label: string;
  title?: string;
  authors?: string;
  year?: number;
}

/**
 * @param value the parsed file
 * @param label the file's name without its ending: the paper's title or number where nothing else names it
 * @param known entries of the base: a paper found there gives number, authors and year, which these files lack
 */
export function importAsi(
  value: unknown,
  label: string,
  known: readonly CognitionEntry[],
): { drafts: Draft[]; problems: string[] } {
  const papers = new Map(
    known.flatMap(({ paper }) => [paperKey(paper), titleKey(paper.title)].map((k) => [k, paper])),
  );
  const drafts: Draft[] = [];
  const problems: string[] = [];
  const taken = new Set<string>();

  const visit = (node: unknown, around: Surroundings, path: string, depth: number): void => {
    if (depth > DEEPEST || typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) {
      for (const [i, item] of node.entries()) visit(item, around, `${path}[${i}]`, depth + 1);
      return;
    }
    const fields = upper(node as Fields);
    const here: Surroundings = { ...around, ...said(fields) };
    if (FIELDS.some((name) => name in fields)) {
      const draft = draftOf(fields, here, papers);
      if (draft === null) {
        problems.push(`${path}: it has neither ${TRIGGER} nor ${INSIGHT} as text, and gave no entry.`);
        return;
      }
      const id = free(draft.id, taken);
      taken.add(id);
      drafts.push({ ...draft, id });
      return;
    }
    for (const [key, inner] of Object.entries(node)) {
      // A key above a list or an object is a paper's name, unless it only says "insights" or so.
      const names = key.includes(" ") || /\d{4}\.\d{4,5}/.test(key);
      visit(inner, names ? { ...here, label: key } : here, `${path}.${key}`, depth + 1);
    }
  };
  visit(value, { label }, label, 0);
  return { drafts, problems };
}

/** Whether a parsed JSON file looks like ASI-Arch's. */
export function looksLikeAsi(value: unknown, depth = 0): boolean {
  if (depth > DEEPEST || typeof value !== "object" || value === null) return false;
  if (!Array.isArray(value) && FIELDS.some((name) => name in upper(value as Fields))) return true;
  return Object.values(value).some((inner) => looksLikeAsi(inner, depth + 1));
}

/** Names in capitals with underscores, however they were written: "Design insight" too. */
const upper = (node: Fields): Fields =>
  Object.fromEntries(
    Object.entries(node).map(([k, v]) => [
      k
        .trim()
        .toUpperCase()
        .replace(/[\s-]+/g, "_"),
      v,
    ]),
  );

/** Strings, lists and objects as one text. */
function textOf(value: unknown, depth = 0): string {
  if (typeof value === "string") return value.trim();
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "object" || value === null || depth > DEEPEST) return "";
  const parts = Array.isArray(value)
    ? value.map((item) => textOf(item, depth + 1))
    : Object.entries(value).map(([k, v]) => {
        const text = textOf(v, depth + 1);
        return text && `${k.replaceAll("_", " ")}: ${text}`;
      });
  return parts.filter(Boolean).join("\n");
}

function said(fields: Fields): Partial<Surroundings> {
  const title = textOf(
    fields.TITLE ?? fields.PAPER_TITLE ?? (typeof fields.PAPER === "string" && fields.PAPER),
  );
  const authors = textOf(fields.AUTHORS);
  const year = Number(textOf(fields.YEAR));
  const arxiv = textOf(fields.ARXIV ?? fields.ARXIV_ID);
  return {
    ...(title && title !== "false" && { title }),
    ...(authors && { authors: authors.replaceAll("\n", ", ") }),
    ...(Number.isInteger(year) && year > 1979 && { year }),
    ...(arxiv && { label: arxiv }),
  };
}

const ARXIV = /(?<!\d)(\d{2})(0[1-9]|1[0-2])\.(\d{4,5})(?!\d)/;

function draftOf(
  fields: Fields,
  around: Surroundings,
  papers: ReadonlyMap<string, CognitionEntry["paper"]>,
): Draft | null {
  const [insight, trigger, background, algorithm, guidance] = FIELDS.map((name) => textOf(fields[name]));
  const scenario = trigger || insight || "";
  if (scenario === "") return null;
  const number = around.label.match(ARXIV);
  const arxiv = number ? number[0] : null;
  const title =
    around.title ??
    background?.match(/^\W*(?:paper )?title\W*:\W*(.+?)[*_\s]*$/im)?.[1]?.trim() ??
    around.label;
  const paper = papers.get(arxiv ?? "") ??
    papers.get(titleKey(title)) ?? {
      arxiv,
      title,
      authors: around.authors ?? "",
      year: around.year ?? (number ? 2000 + Number(number[1]) : null),
    };
  const whole = paper.year !== null && paper.authors !== "";
  return {
    id: slug(paper.title, 40),
    paper,
    scenario,
    algorithm: [scenario === insight ? "" : insight, algorithm, guidance].filter(Boolean).join("\n\n"),
    context: background ?? "",
    tags: ["asi-arch"],
    citation: whole ? citationOf(paper as CognitionEntry["paper"]) : "",
  };
}
