/**
 * Okapi BM25 over weighted fields (BM25F; Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and
 * Beyond", sections 3.4 and 3.6). Pure.
 */
import type { CognitionEntry } from "../../shared/cognition.ts";
import { tokenise } from "./text.ts";

const K1 = 1.2;
const B = 0.75;

/** What of an entry is searched, and how much a word there counts. */
const FIELDS: readonly { weight: number; of: (entry: CognitionEntry) => string }[] = [
  { weight: 3, of: (e) => e.scenario },
  { weight: 2, of: (e) => e.tags.join(" ") },
  { weight: 2, of: (e) => e.paper.title },
  { weight: 1, of: (e) => e.algorithm },
  { weight: 1, of: (e) => e.context },
];

export interface Ranked {
  /** Position among the entries that the index was made of. */
  index: number;
  /** Above 0 and below 1. */
  score: number;
}

export interface Bm25 {
  /**
   * Entries that share a word with the query, best first; equal ones in the order of the entries. The score is the share
   * of what the query could reach: Σ idf over its words, each found so often that its saturation is complete. Words
   * that no entry has count in that sum, so that a query about something else scores low.
   */
  rank(query: string): Ranked[];
}

export function createBm25(entries: readonly CognitionEntry[]): Bm25 {
  /** token → entry → weighted frequency, each field divided by its length's normaliser before they are added. */
  const postings = new Map<string, Map<number, number>>();
  let [length, weighted] = [0, 0];
  for (const field of FIELDS) {
    const tokens = entries.map((entry) => tokenise(field.of(entry)));
    const total = tokens.reduce((sum, t) => sum + t.length, 0);
    const mean = total / Math.max(1, entries.length);
    length += total;
    weighted += field.weight * total;
    tokens.forEach((words, index) => {
      const normaliser = 1 - B + (B * words.length) / Math.max(1, mean);
      for (const word of words) {
        let posting = postings.get(word);
        if (!posting) {
          posting = new Map();
          postings.set(word, posting);
        }
        posting.set(index, (posting.get(index) ?? 0) + field.weight / normaliser);
      }
    });
  }
  // Weights make frequencies larger, and would saturate them earlier: k1 grows as much as they do on average (Robertson,
  // Zaragoza & Taylor 2004, "Simple BM25 Extension to Multiple Weighted Fields").
  const k1 = length === 0 ? K1 : (K1 * weighted) / length;
  const idf = (n: number) => Math.log(1 + (entries.length - n + 0.5) / (n + 0.5));

  return {
    rank(query) {
      const words = new Set(tokenise(query));
      const scores = new Map<number, number>();
      let most = 0;
      for (const word of words) {
        const posting = postings.get(word);
        const weight = idf(posting?.size ?? 0);
        most += weight * (k1 + 1);
        for (const [index, tf] of posting ?? []) {
          scores.set(index, (scores.get(index) ?? 0) + (weight * tf * (k1 + 1)) / (k1 + tf));
        }
      }
      return [...scores]
        .map(([index, score]) => ({ index, score: score / most }))
        .sort((a, b) => b.score - a.score || a.index - b.index);
    },
  };
}
