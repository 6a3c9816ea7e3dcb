/** What an entry and a whole base must be. Pure. */
import { CognitionEntry } from "../../shared/cognition.ts";
import { jaccard, tokenise } from "./text.ts";

/** Something wrong with an entry: where, what, and what to do. */
export interface Problem {
  /** The id, or the place in its file when it has none. */
  entry: string;
  field: string;
  message: string;
  fix: string;
}

/**
 * Two entries say the same when their scenarios, or their algorithms, share at least this part of their words (Jaccard
 * over stems). No two entries of the shipped base, written to say different things, share more than .44; a text with a
 * few words exchanged shares more than .6.
 */
export const SAME = 0.6;

/** Entries of one paper at most: more are better merged. */
export const MOST_PER_PAPER = 3;

const NO_NUMBER = /\[object \w+\]|(?<![\w\\])-?Infinity(?!\w)/;

/** The entry, or why it is none. `place` names it where it has no id. */
export function checkEntry(
  value: unknown,
  place: string,
): { entry: CognitionEntry; problems: [] } | { entry: null; problems: Problem[] } {
  const parsed = CognitionEntry.safeParse(value);
  if (parsed.success) return { entry: parsed.data, problems: [] };
  const id = (value as { id?: unknown } | null)?.id;
  return {
    entry: null,
    problems: parsed.error.issues.map((issue) => ({
      entry: typeof id === "string" && id !== "" ? id : place,
      field: issue.path.join(".") || "the whole",
      message: issue.message,
      fix: FIXES[String(issue.path[0])] ?? "Write it as the other entries have it.",
    })),
  };
}

const FIXES: Record<string, string> = {
  id: "Use lower-case letters, digits and hyphens.",
  paper: "Give arxiv (number without version, or null), title, authors and year.",
  scenario: "Say in a sentence or more which symptom it helps with.",
  algorithm: "Say the core in a few lines, with the formula.",
  context: "Say where it stands in the field.",
  tags: "Give at least one tag of lower-case letters, digits and hyphens.",
  citation: 'Write it as "Yang et al. (2024). Gated Delta Networks. arXiv:2412.06464".',
};

/** Same paper, same key: the arXiv number, else the title without case and punctuation. */
export const paperKey = ({ arxiv, title }: Pick<CognitionEntry["paper"], "arxiv" | "title">): string =>
  arxiv ?? titleKey(title);

export const titleKey = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

export const citationOf = ({ authors, year, title, arxiv }: CognitionEntry["paper"]): string =>
  `${authors} (${year}). ${title}.${arxiv ? ` arXiv:${arxiv}` : ""}`;

/**
 * What is wrong with entries of the right shape, taken together.
 * @param papers how many papers there must be at least
 */
export function validate(entries: readonly CognitionEntry[], papers = 0): Problem[] {
  const problems: Problem[] = [];
  const add = (entry: string, field: string, message: string, fix: string) =>
    problems.push({ entry, field, message, fix });

  const seen = new Set<string>();
  for (const { id } of entries) {
    if (seen.has(id)) add(id, "id", "two entries have this id", "Give one of them another.");
    seen.add(id);
  }
  for (const e of entries) {
    const { arxiv, year } = e.paper;
    if (arxiv && !e.citation.includes(arxiv))
      add(e.id, "citation", `it lacks the arXiv number ${arxiv}`, `Write it as "${citationOf(e.paper)}".`);
    if (!e.citation.includes(String(year)))
      add(e.id, "citation", `it lacks the year ${year}`, `Write it as "${citationOf(e.paper)}".`);
    // NaN is a symptom that a scenario may name; these come only from a program that wrote the entry.
    for (const field of ["scenario", "algorithm", "context"] as const) {
      const wrong =
        e[field].match(NO_NUMBER)?.[0] ??
        e[field].match(/\d+(?:\.\d+)?[eE][+-]?\d+/g)?.find((n) => !Number.isFinite(Number(n)));
      if (wrong) add(e.id, field, `"${wrong}" is no number`, "Write the number, or leave it out.");
    }
  }

  const byPaper = Map.groupBy(entries, (e) => paperKey(e.paper));
  for (const group of byPaper.values()) {
    const first = group[0]!;
    if (group.length > MOST_PER_PAPER) {
      const ids = group.map((e) => e.id).join(", ");
      add(
        first.id,
        "paper",
        `${group.length} entries of one paper: ${ids}`,
        `Keep ${MOST_PER_PAPER} at most.`,
      );
    }
    for (const other of group.slice(1)) {
      for (const field of ["title", "authors", "year"] as const) {
        const [a, b] = [first.paper[field], other.paper[field]];
        const differs = field === "title" ? titleKey(String(a)) !== titleKey(String(b)) : a !== b;
        if (differs)
          add(
            other.id,
            `paper.${field}`,
            `"${b}", but ${first.id} of the same paper says "${a}"`,
            "Use one.",
          );
      }
    }
  }
  for (const { a, b, field, share } of sameness(entries)) {
    const message = `it says the same as ${b}: ${Math.round(100 * share)} % of the words of both`;
    add(a, field, message, "Merge them, or say what is different.");
  }
  if (byPaper.size < papers)
    add(
      "the base",
      "papers",
      `${byPaper.size} papers, of at least ${papers}`,
      "Add entries of other papers.",
    );
  return problems;
}

export interface Same {
  a: string;
  b: string;
  field: "scenario" | "algorithm";
  /** Of the words of both, how many both have. */
  share: number;
}

/** Pairs that say the same, among `entries`, or of them with `others` when those are given. */
export function sameness(
  entries: readonly CognitionEntry[],
  others: readonly CognitionEntry[] | null = null,
  threshold = SAME,
): Same[] {
  const found: Same[] = [];
  entries.forEach((a, i) => {
    for (const b of others ?? entries.slice(i + 1)) {
      for (const field of ["scenario", "algorithm"] as const) {
        const share = jaccard(wordsOf(a)[field], wordsOf(b)[field]);
        if (share >= threshold) found.push({ a: a.id, b: b.id, field, share });
      }
    }
  });
  return found;
}

type Words = Record<Same["field"], ReadonlySet<string>>;
const words = new WeakMap<CognitionEntry, Words>();

/** Kept with the entry, which is compared with many. */
function wordsOf(entry: CognitionEntry): Words {
  let known = words.get(entry);
  if (!known) {
    known = {
      scenario: new Set(tokenise(entry.scenario)),
      algorithm: new Set(tokenise(entry.algorithm)),
    };
    words.set(entry, known);
  }
  return known;
}
