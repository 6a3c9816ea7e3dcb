/** Which earlier ideas are most like a new one: by the angle of their embeddings, else by their words. Pure. */

const K1 = 1.2;
const B = 0.75;

/** Words that carry no idea. */
const STOP = new Set(
  "a an and are as at be because been but by can could do does each every for from has have how if in instead into is it its like may might more most no not of on one only or other our over same should so such than that the their them then there these they this those through to too under up us use used uses using very was we were what when where which while will with within without would yet".split(
    " ",
  ),
);

/** Lower-case words of two letters or more, without their plural s. */
const words = (text: string): string[] =>
  (
    text
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .match(/[\p{L}\p{N}]{2,}/gu) ?? []
  )
    .filter((w) => !STOP.has(w))
    .map((w) => w.replace(/(?<=..[^s])s$/, ""));

export interface Similar {
  /** Position among the texts. */
  index: number;
  /** Above 0. Scores of different methods are not compared. */
  score: number;
}

/** Best first; equal ones in the order of the texts; only what has anything in common. */
const best = (scores: readonly number[], most: number): Similar[] =>
  scores
    .map((score, index) => ({ index, score }))
    .filter((s) => s.score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, most);

/**
 * At most `most` texts that share words with the query. Okapi BM25 with k1 = 1.2, b = .75 (Robertson et al. 1994, TREC-3),
 * and an idf that stays positive: ln(1 + (N − n + .5) / (n + .5)).
 */
export function byWords(query: string, texts: readonly string[], most: number): Similar[] {
  const bags = texts.map((text) => {
    const bag = new Map<string, number>();
    const all = words(text);
    for (const word of all) bag.set(word, (bag.get(word) ?? 0) + 1);
    return { bag, length: all.length };
  });
  const mean = bags.reduce((sum, d) => sum + d.length, 0) / Math.max(1, bags.length);
  const scores = bags.map(() => 0);
  for (const word of new Set(words(query))) {
    const n = bags.filter((d) => d.bag.has(word)).length;
    const idf = Math.log(1 + (bags.length - n + 0.5) / (n + 0.5));
    for (const [i, d] of bags.entries()) {
      const tf = d.bag.get(word) ?? 0;
      if (tf > 0) scores[i]! += (idf * tf * (K1 + 1)) / (tf + K1 * (1 - B + (B * d.length) / mean));
    }
  }
  return best(scores, most);
}

/** Cosine of two vectors of one length; 0 where one of them is no direction. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i] ?? 0];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  const cos = dot / Math.sqrt(aa * bb);
  return Number.isFinite(cos) ? cos : 0;
}

/** At most `most` vectors by their cosine with the query's. */
export const byVectors = (
  query: ArrayLike<number>,
  vectors: readonly ArrayLike<number>[],
  most: number,
): Similar[] =>
  best(
    vectors.map((v) => cosine(query, v)),
    most,
  );
