/**
 * What an analyst's report says, held against what was measured: figures that nobody measured, and claims that the noise
 * does not carry. Pure, and nothing here throws, whatever the text.
 *
 * A figure is a number with a decimal point or a percent sign, outside of code, links and names. It is supported when it
 * equals a measured number after rounding to the digits written, the sign left aside (a loss "falls by .02" and has a gain
 * of "+.02"). "1.3 %" and ".013" are the same number. The check finds invented figures, not a right figure in the wrong
 * place, and a figure of one digit is often right by chance.
 */

/** A number as written. */
export interface Figure {
  /** As it stands in the text: "−2.1 %". */
  written: string;
  value: number;
  /** Half of the last digit's unit. */
  half: number;
  /** Whether it has a decimal point or a percent sign. */
  precise: boolean;
}

const UNITS: Readonly<Record<string, number>> = { k: 1e3, K: 1e3, M: 1e6, G: 1e9, B: 1e9 };

/** Not part of a word or name before ("Qwen2.5", "Llama-3.1", "v1.2"), nor of a version ("1.2.3"). */
const NUMBER = new RegExp(
  [
    String.raw`(?<![\p{L}\p{N}_.]|\p{L}[-‑])(?:[+−–-] ?)?`,
    String.raw`(?<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?!\d|\.\d|,\d{3})`,
    String.raw`(?:(?:[eE]|\s?[×·x]\s?10\^)[{(]?(?<exponent>[+−–-]?\d{1,3})[})]?|\s?[×·x]\s?10(?<raised>[⁻⁺]?[⁰¹²³⁴-⁹]{1,3}))?`,
    String.raw`(?:\s?(?<percent>\\?%|per ?cent\b)|\s?(?<unit>[kKMGB])\b)?`,
  ].join(""),
  "gu",
);

/** Numbers of a text, in order. */
export function figures(text: string): Figure[] {
  const found: Figure[] = [];
  for (const match of text.matchAll(NUMBER)) {
    const { digits = "", exponent, raised, percent, unit = "" } = match.groups!;
    const plain = digits.replaceAll(",", "");
    const power = (exponent ?? raised ?? "0").normalize("NFKC").replace(/[−–]/, "-");
    const scale = 10 ** Number(power) * (percent ? 0.01 : (UNITS[unit] ?? 1));
    const value = Number(plain) * scale;
    if (!Number.isFinite(value)) continue;
    const decimals = plain.split(".")[1]?.length ?? 0;
    const precise = plain.includes(".") || percent !== undefined;
    const half = precise ? 0.5 * 10 ** -decimals * scale : 0;
    found.push({ written: match[0].trim(), value, half, precise });
  }
  return found;
}

/** A text without what holds numbers that are no measurements: code, links, arXiv numbers. */
export function prose(text: string): string {
  return (
    text
      .replace(/^[ \t]*(`{3,}|~{3,})[^`\n]*\n(?:[\s\S]*?^[ \t]*\1[^\n]*$|[\s\S]*)/gm, "\n")
      // A number alone between backticks is still a figure.
      .replace(/`([^`\n]*)`/g, (_, code: string) => (/^[\s\d.,%±+−–/x×eE-]+$/.test(code) ? code : " "))
      .replace(/\]\([^()\n]*\)/g, "]")
      .replace(/\bhttps?:\/\/\S+/gi, " ")
      .replace(/\b(?:arxiv:\s*)?\d{4}\.\d{4,5}(?:v\d+)?\b/gi, " ")
  );
}

export interface Measured {
  /** The facts as they were shown: every number in them may be quoted. */
  text: string;
  /** Numbers that follow from them, and may be stated: differences of two losses and the like. */
  derived?: readonly number[];
}

/** A program without comments and strings, whose numbers are the design's own constants. */
export const constants = (code: string): string =>
  code.replace(/"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"[^"\n]*"|'[^'\n]*'|#[^\n]*/g, " ");

/** Figures of a report that nothing measured equals, each once, as written. */
export function unsupported(report: string, measured: Measured): string[] {
  const known = figures(measured.text);
  const near = (f: Figure, value: number, half: number): boolean =>
    Math.abs(f.value - Math.abs(value)) <= (f.half + half) * (1 + 1e-9) + 1e-12;
  const wrong = figures(prose(report)).filter(
    (f) =>
      f.precise &&
      !known.some((k) => near(f, k.value, k.half)) &&
      !(measured.derived ?? []).some((value) => near(f, value, 0)),
  );
  return [...new Set(wrong.map((f) => f.written))];
}

/** What may be said of one quantity of the candidate beside one other. */
export interface Comparison {
  with: "baseline" | "parent" | "sibling";
  /** "loss", "benchmark", or the name of a task. */
  quantity: string;
  verdict: "better" | "worse" | "within noise" | "noise unknown";
}

const CLAIMS: readonly { verdict: Comparison["verdict"]; words: RegExp }[] = [
  {
    verdict: "better",
    words:
      /\b(?:improv(?:e[sd]?|ing|ements?)|better|beat(?:s|en|ing)?|outperform(?:s|ed|ing)?|surpass(?:es|ed|ing)?|superior|(?:lower|reduced|decreased) (?:\w+ )?loss|(?:lowers|reduces|decreases|cuts) (?:\w+ ){0,2}loss|(?:higher|increased) (?:\w+ )?(?:benchmark|score|accuracy)|(?:raises|increases) (?:\w+ ){0,2}(?:benchmark|score|accuracy))\b/i,
  },
  {
    verdict: "worse",
    words:
      /\b(?:worse|worsen(?:s|ed|ing)?|degrad(?:es?|ed|ing|ation)|underperform(?:s|ed|ing)?|inferior|hurts?|harm(?:s|ed)|regress(?:es|ed|ion)?)\b/i,
  },
];

/** What claims most of all, and holds words that deny in other places: taken out before those are looked for. */
const EMPHATIC =
  /\bsignificant(?:ly)?\b|\b(?:beyond|above|outside(?: of)?|exceed\w*|(?:larger|greater|more) than|clear of) (?:(?:the|its|seed|measured) )*noise(?: floor)?/gi;

/** Words that say the noise is not beaten, that deny, or that speak of what might be. */
const HEDGE =
  /\bnois[ey]\b|\binsignifican|\binconclusive|\bindistinguishable|\buncertain|\bunknown\b|\bunclear\b|\bcannot\b|\bnot\b|n['’]t\b|\bno\b|\bnor\b|\bneither\b|\bwithout\b|\bfail(?:s|ed)? to\b|\bif\b|\bwhether\b|\b(?:may|might|could|would|should)\b|\bto (?:improve|beat|outperform|surpass|lower|reduce|raise|increase)\b|\b(?:meant|intend|expect|hop(?:e|ed|ing)\b|aims?\b|promise|claim|hypothes)/i;

const hedged = (sentence: string): boolean => HEDGE.test(sentence.replace(EMPHATIC, " "));

/** Sentences, list items and cells. */
export const sentences = (text: string): string[] =>
  text
    .split(/(?<=[.!?])\s+|\n|\|/)
    .map((s) => s.replace(/^[\s>*_#-]+/, "").trim())
    .filter((s) => s !== "");

const OTHERS: readonly { with: Comparison["with"]; words: RegExp }[] = [
  { with: "baseline", words: /\bbaseline\b|\bdelta-?net\b/i },
  { with: "parent", words: /\bparent(?:'s)?\b/i },
  { with: "sibling", words: /\bsiblings?\b|\brelatives?\b/i },
];

/**
 * Sentences that call the candidate better (or worse) than something, without a word of noise, where the measurements do
 * not say so. A sentence that names a quantity or another program is held against that one; one that names none needs any
 * comparison that carries it.
 */
export function overclaims(report: string, comparisons: readonly Comparison[]): string[] {
  const quantities = [...new Set(["loss", "benchmark", ...comparisons.map((c) => c.quantity)])];
  const found = sentences(prose(report)).filter((sentence) => {
    const claim = CLAIMS.find((c) => c.words.test(sentence));
    if (!claim || hedged(sentence)) return false;
    const others = OTHERS.filter((o) => o.words.test(sentence)).map((o) => o.with);
    const of = comparisons.filter((c) => others.length === 0 || others.includes(c.with));
    const named = quantities.filter((q) => new RegExp(`\\b${escaped(q)}(?:e?s)?\\b`, "i").test(sentence));
    const holds = (q: string | null) =>
      of.some((c) => (q === null || c.quantity === q) && c.verdict === claim.verdict);
    return named.length === 0 ? !holds(null) : !named.every(holds);
  });
  return [...new Set(found)];
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
