/** Which of its inputs a proposal drew on: by the labels that its motivation cites, and by the words it shares with them. */

/** Share of a motivation's distinctive words that an input must hold to be named. */
export const THRESHOLD = 0.25;
/** Inputs that are named for shared words, at most. */
const TOP = 3;
/** Words rarer than this many letters say little. */
const SHORTEST = 4;

export interface Input {
  /** "P", "R1", "K1", "A": as in the prompt. */
  label: string;
  kind: "parent" | "reference" | "cognition" | "analysis";
  /** Of the experiment or the cognition entry. */
  id: string;
  text: string;
}

export interface DrewOn {
  /** Labels that the motivation cites, with what they stand for, in their order in the prompt. */
  cited: { label: string; kind: Input["kind"]; id: string }[];
  /** Inputs that share at least THRESHOLD of the motivation's distinctive words, weighted by rarity; best first. */
  overlap: { label: string; kind: Input["kind"]; id: string; share: number }[];
  /** It says [own], or neither cites an input nor shares words with one. */
  own: boolean;
}

/** Labels in brackets, in capitals, several to a pair allowed: [P], [R1, K2]. */
function labels(motivation: string): Set<string> {
  const found = [...motivation.matchAll(/\[([A-Za-z][A-Za-z0-9]*(?:\s*[,;/&+]\s*[A-Za-z][A-Za-z0-9]*)*)\]/g)];
  return new Set(found.flatMap((m) => m[1]!.split(/[\s,;/&+]+/)).map((l) => l.toUpperCase()));
}

const words = (text: string): Set<string> =>
  new Set((text.toLowerCase().match(/[\p{L}][\p{L}\p{N}-]*/gu) ?? []).filter((w) => w.length >= SHORTEST));

/**
 * Weight of each word of the motivation: log((N + 1) / inputs with it), the inverse document frequency (Spärck Jones
 * 1972). Words of no input weigh as much as those of one: they are the motivation's own. Words of all inputs are left out.
 */
function weights(motivation: string, inputs: readonly Set<string>[]): Map<string, number> {
  const n = inputs.length;
  return new Map(
    [...words(motivation)].flatMap((w) => {
      const frequency = inputs.filter((i) => i.has(w)).length;
      const weight = Math.log((n + 1) / Math.max(1, frequency));
      return frequency === n && n > 1 ? [] : [[w, weight] as const];
    }),
  );
}

/** What a motivation drew on. Shared words are a hint, never proof: two texts on one subject share some. */
export function drewOn(motivation: string, inputs: readonly Input[]): DrewOn {
  const named = labels(motivation);
  const bags = inputs.map((i) => words(i.text));
  const weight = weights(motivation, bags);
  const total = [...weight.values()].reduce((a, b) => a + b, 0);
  const shares = inputs.map(({ label, kind, id }, i) => {
    const shared = [...weight].reduce((sum, [w, value]) => sum + (bags[i]!.has(w) ? value : 0), 0);
    return { label, kind, id, share: total > 0 ? shared / total : 0 };
  });
  const cited = inputs
    .filter((i) => named.has(i.label.toUpperCase()))
    .map(({ label, kind, id }) => ({ label, kind, id }));
  const overlap = shares
    .filter((s) => s.share >= THRESHOLD)
    .sort((a, b) => b.share - a.share)
    .slice(0, TOP);
  return { cited, overlap, own: named.has("OWN") || (cited.length === 0 && overlap.length === 0) };
}
