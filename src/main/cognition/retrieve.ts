/** Retrieval: BM25, and with embeddings a fusion of both by rank. */
import type { CognitionEntry, Retrieved } from "../../shared/cognition.ts";
import type { CognitionBase } from "../interfaces.ts";
import { createBm25, type Ranked } from "./bm25.ts";

/** One vector a text, in order; null when there are no embeddings to be had. */
export type Embed = (texts: readonly string[], signal: AbortSignal) => Promise<Float32Array[] | null>;

/** Reciprocal rank fusion's constant (Cormack, Clarke & Büttcher 2009). */
const RRF_K = 60;
const BATCH = 64;

/** What of an entry is embedded. */
const embedded = (entry: CognitionEntry): string => `${entry.scenario} ${entry.paper.title}`;

/**
 * Entries are embedded once, by the first retrieval that gets that far. Whatever goes wrong with embeddings, BM25 alone
 * answers, and `by` of what is found says so; the next retrieval tries again, and goes on where this one stopped.
 *
 * Scores: of `bm25` see bm25.ts; of `hybrid`, Σ 1/(60 + rank) over both rankings, divided by what the first rank in both
 * would give, so 1 is the best entry of both. Both lie in [0, 1]. Throws only the signal's reason.
 */
export function createCognition(entries: readonly CognitionEntry[], embed: Embed | null): CognitionBase {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const bm25 = createBm25(entries);
  const vectors: Float32Array[] = [];
  let embedding: Promise<boolean> | null = null;

  /** Whether every entry has its vector. Retrievals at the same time wait for the same requests. */
  function embedEntries(signal: AbortSignal): Promise<boolean> {
    embedding ??= (async () => {
      while (vectors.length < entries.length) {
        const texts = entries.slice(vectors.length, vectors.length + BATCH).map(embedded);
        const made = await embed!(texts, signal);
        if (!usable(made, texts.length, vectors[0]?.length)) return false;
        vectors.push(...made);
      }
      return true;
    })()
      .catch(() => false)
      .finally(() => {
        embedding = null;
      });
    return embedding;
  }

  async function embedQueries(
    queries: readonly string[],
    signal: AbortSignal,
  ): Promise<Float32Array[] | null> {
    if (!embed || entries.length === 0 || !(await embedEntries(signal))) return null;
    try {
      const made = await embed(queries, signal);
      return usable(made, queries.length, vectors[0]!.length) ? made : null;
    } catch {
      return null;
    }
  }

  return {
    entries,
    entry: (id) => byId.get(id) ?? null,
    async retrieve(queries, limit, signal) {
      signal.throwIfAborted();
      const asked = queries.filter((query) => query.trim() !== "");
      if (asked.length === 0 || limit < 1) return [];
      const queryVectors = await embedQueries(asked, signal);
      signal.throwIfAborted();
      const best = new Map<number, { query: string; score: number }>();
      asked.forEach((query, q) => {
        const byWords = bm25.rank(query);
        const ranked = queryVectors ? fuse([byWords, nearest(queryVectors[q]!, vectors)]) : byWords;
        for (const { index, score } of ranked) {
          if (score > (best.get(index)?.score ?? 0)) best.set(index, { query, score });
        }
      });
      const by: Retrieved["by"] = queryVectors ? "hybrid" : "bm25";
      return [...best]
        .sort(([i, a], [j, b]) => b.score - a.score || i - j)
        .slice(0, limit)
        .map(([index, found]) => ({ id: entries[index]!.id, ...found, by }));
    },
  };
}

/** Reciprocal rank fusion of rankings, scaled so that first in all of them is 1. Best first. */
export function fuse(rankings: readonly (readonly Ranked[])[]): Ranked[] {
  const scores = new Map<number, number>();
  for (const ranking of rankings) {
    ranking.forEach(({ index }, at) => {
      scores.set(index, (scores.get(index) ?? 0) + (RRF_K + 1) / (RRF_K + at + 1) / rankings.length);
    });
  }
  return [...scores]
    .map(([index, score]) => ({ index, score }))
    .sort((a, b) => b.score - a.score || a.index - b.index);
}

/** Everything by cosine, nearest first. */
function nearest(query: Float32Array, vectors: readonly Float32Array[]): Ranked[] {
  return vectors
    .map((vector, index) => ({ index, score: cosine(query, vector) }))
    .sort((a, b) => b.score - a.score || a.index - b.index);
}

export function cosine(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}

/** Whether a server gave what was asked for: so many vectors, of one length, of finite numbers. */
function usable(
  vectors: Float32Array[] | null,
  count: number,
  length = vectors?.[0]?.length,
): vectors is Float32Array[] {
  return (
    vectors !== null &&
    vectors.length === count &&
    vectors.every((v) => v.length > 0 && v.length === length && v.every(Number.isFinite))
  );
}
