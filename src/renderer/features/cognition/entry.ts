/** An entry as it is typed in: what is wrong with it, by field, and its id. */
import { CognitionEntry } from "../../../shared/cognition.ts";

const ASKED: Record<string, string> = {
  id: "The id has lower-case words with hyphens.",
  "paper.title": "Name the paper.",
  "paper.authors": "Name the authors, such as “Yang et al.”.",
  "paper.year": "The year has four digits.",
  "paper.arxiv": "An arXiv number looks like 2412.06464; leave it empty where there is none.",
  scenario: "Describe the symptom in at least 40 characters, as a report would.",
  algorithm: "Give the core of the method in at least 40 characters, with its formula.",
  context: "Say in at least 40 characters where it stands: what it came from, what it costs, where it fails.",
  tags: "At least one tag: lower-case words with hyphens, separated by commas.",
  citation: "Cite the source in full.",
};

export function entryProblems(entry: CognitionEntry): Record<string, string> {
  const found: Record<string, string> = {};
  for (const issue of CognitionEntry.safeParse(entry).error?.issues ?? []) {
    const path = issue.path.map(String);
    const field = path[0] === "paper" ? path.slice(0, 2).join(".") : path[0]!;
    found[field] ??= ASKED[field] ?? issue.message;
  }
  return found;
}

/** "Gated Delta Networks: …", 2024 → "gated-delta-networks-2024" */
export function idFor(title: string, year: number): string {
  const words = title
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .match(/[a-z0-9]+/g);
  return [...(words ?? ["entry"]).slice(0, 5), Number.isFinite(year) ? String(year) : ""]
    .filter(Boolean)
    .join("-");
}

/** The id, or with a number behind it where that is taken: a paper may have several entries. */
export function freeId(id: string, taken: readonly string[]): string {
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? id : `${id}-${n}`;
    if (!taken.includes(candidate)) return candidate;
  }
}

/** Without what the list adds to an entry. */
export const plainEntry = (entry: CognitionEntry): CognitionEntry => CognitionEntry.parse(entry);
