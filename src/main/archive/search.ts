/** Full-text search over names, motivations and analyses (SQLite FTS5, BM25). */
import type { SearchHit } from "../interfaces.ts";
import type { Connection } from "./open.ts";

/** An eight-word OR over a large archive takes 20 times as long as its rarest words, and ranks the same. */
const MAX_TERMS = 4;

/** The words of a text as the index knows them: letters and digits, lower case, without diacritics. */
export function terms(text: string): string[] {
  const plain = text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return [...new Set(plain.match(/[\p{L}\p{N}]+/gu) ?? [])];
}

/** Documents that hold a word beginning with `term`, counted over the index's terms (a sum: an upper bound). */
function frequency(db: Connection, term: string): number {
  const row = db
    .prepare("SELECT sum(doc) AS documents FROM search_terms WHERE term >= ? AND term < ?")
    .get(term, `${term}\u{10ffff}`) as { documents: number | null };
  return row.documents ?? 0;
}

/** An FTS5 expression from plain text: any of its words (of many, the rarest that occur), as prefixes; null for no words. */
export function matchExpression(db: Connection, text: string): string | null {
  let kept = terms(text).slice(0, 64);
  if (kept.length > MAX_TERMS)
    kept = kept
      .map((term) => ({ term, count: frequency(db, term) }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => a.count - b.count)
      .slice(0, MAX_TERMS)
      .map(({ term }) => term);
  return kept.length === 0 ? null : kept.map((term) => `"${term}"*`).join(" OR ");
}

/** An FTS5 expression for rows that hold all the words of a text, as prefixes; null for no words. */
export function allWords(text: string): string | null {
  const words = terms(text).slice(0, 16);
  return words.length === 0 ? null : words.map((word) => `"${word}"*`).join(" AND ");
}

/** Any text is a valid query. Best first; a name weighs most. */
export function search(db: Connection, text: string, limit = 20): SearchHit[] {
  const match = matchExpression(db, text);
  if (match === null) return [];
  return db
    .prepare(
      `SELECT e.id, e.name, snippet(search, -1, '', '', '…', 24) AS snippet
       FROM search JOIN experiments e ON e.number = search.rowid
       WHERE search MATCH ? ORDER BY bm25(search, 8.0, 8.0, 1.0, 1.0), e.number LIMIT ?`,
    )
    .all(match, Math.max(0, Math.trunc(limit))) as SearchHit[];
}
