/** The knowledge base as a person works with it: read, search, add, review. */
import type { CognitionEntry, Retrieved } from "../../shared/cognition.ts";
import { CognitionError } from "./errors.ts";
import { importAsi } from "./import-asi.ts";
import type { ListedPaper } from "./listing.ts";
import { type Loaded, loadCognition } from "./load.ts";
import { ownIds, removeEntry, saveEntry } from "./own.ts";
import { createCognition } from "./retrieve.ts";
import { acceptReview, addToReview, type Decided, listReview, rejectReview, type Waiting } from "./review.ts";
import { readSource } from "./source.ts";
import { citationOf } from "./validate.ts";

/** A model's entries of a text. `source` names it for the model and in errors. */
export type Extract = (text: string, source: string, signal: AbortSignal) => Promise<CognitionEntry[]>;

export interface Added {
  waiting: Waiting[];
  problems: string[];
}

/** Its methods throw CognitionErrors. */
export interface CognitionDesk {
  problems(): string[];
  list(tag?: string): CognitionEntry[];
  entry(id: string): CognitionEntry | null;
  search(text: string, limit: number): Promise<Retrieved[]>;
  add(file: string): Promise<Added>;
  review(): Waiting[];
  accept(ids: readonly string[] | "all"): Decided;
  reject(ids: readonly string[] | "all"): Decided;
  own(): string[];
  save(entry: CognitionEntry): void;
  remove(id: string): void;
}

export interface DeskOptions {
  /** The data folder. */
  home: string;
  /** null: no model is set up. */
  extract: Extract | null;
  signal?: AbortSignal;
  /** For pdftotext's PATH. */
  env?: NodeJS.ProcessEnv;
  /** The shipped entries, elsewhere. */
  shipped?: string;
}

/** Reads the base once, and again after it changed it. */
export function openDesk({
  home,
  extract,
  env,
  shipped,
  signal = new AbortController().signal,
}: DeskOptions): CognitionDesk {
  let read: Loaded | null = null;
  const loaded = (): Loaded => {
    read ??= loadCognition(home, shipped);
    return read;
  };
  const base = () => loaded().entries;

  /** What a model found in a text; what it says of the paper gives way to what a listing says. */
  async function extracted(
    text: string,
    source: string,
    listed: ListedPaper | null,
  ): Promise<CognitionEntry[]> {
    const entries = await extract!(text, source, signal);
    if (!listed) return entries;
    const { arxiv, title, authors, year } = listed;
    const paper = { arxiv, title, authors, year };
    return entries.map((entry) => ({ ...entry, paper, citation: citationOf(paper) }));
  }

  return {
    problems: () => loaded().problems,
    list(tag) {
      const entries = base().filter((e) => tag === undefined || e.tags.includes(tag));
      return entries.sort((a, b) => a.paper.year - b.paper.year || (a.id < b.id ? -1 : 1));
    },
    entry: (id) => base().find((e) => e.id === id) ?? null,
    search: (text, limit) => createCognition(base(), null).retrieve([text], limit, signal),

    async add(file) {
      const source = await readSource(file, { signal, ...(env && { env }) });
      const added: string[] = [];
      const problems: string[] = [];
      if (source.kind === "asi") {
        const found = importAsi(source.value, source.name, base());
        problems.push(...found.problems);
        added.push(...addToReview(home, source.name, found.drafts, base()));
      } else {
        if (!extract) {
          throw new CognitionError(
            "usage",
            "no_model",
            `Taking entries from ${file} needs a language model, and none is set up. Nothing was added.`,
            "Give --llm-base-url and --llm-model, or set CAMBRIAN_LLM_BASE_URL and CAMBRIAN_LLM_MODEL.",
          );
        }
        const parts: { text: string; listed: ListedPaper | null }[] =
          source.kind === "text"
            ? [{ text: source.text, listed: null }]
            : source.papers.map((listed) => ({ text: listed.text, listed }));
        for (const { text, listed } of parts) {
          const name = listed ? `arXiv:${listed.arxiv}` : source.name;
          try {
            const entries = await extracted(text, name, listed);
            // Stored at once: what was paid for stays, whatever comes of the next paper.
            added.push(...addToReview(home, source.name, entries, base()));
            if (entries.length === 0) problems.push(`${name}: the model found nothing to enter.`);
          } catch (error) {
            signal.throwIfAborted();
            if (parts.length === 1) throw error;
            problems.push(`${name}: ${(error as Error).message}`);
          }
        }
      }
      const ids = new Set(added);
      return { waiting: listReview(home, base()).filter((w) => ids.has(w.id)), problems };
    },

    review: () => listReview(home, base()),
    accept(ids) {
      try {
        return acceptReview(home, base(), ids);
      } finally {
        read = null;
      }
    },
    reject: (ids) => rejectReview(home, base(), ids),
    own: () => ownIds(home),
    save(entry) {
      saveEntry(home, base(), entry);
      read = null;
    },
    remove(id) {
      removeEntry(home, base(), id);
      read = null;
    },
  };
}
