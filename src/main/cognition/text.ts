/** Text as words that can be compared: tokens, light stemming, and the field's abbreviations. Pure. */

/** Words that carry no subject: of English, and of LaTeX. */
const STOP = new Set(
  `a about above after again all also although an and any are as at be because become becomes been before being below
  between both but by can cannot could did do does doing down during each either even ever every few for from further
  get gets had has have having he her here his how however i if in instead into is it its itself just less like made
  make makes many may me might more most much must my neither no nor not now of off on once one only onto or other our
  out over own rather same she should since so some still such take takes than that the their them then there these
  they this those though through to too two under until up upon us use used uses using very was we well were what when
  where whether which while who why will with within without would yet you your
  mathbf mathrm mathcal mathbb text frac left right cdot sum top`.split(/\s+/),
);

/** The field's abbreviations, as the words that they stand for. Both forms stay, so that either finds the other. */
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  ssm: "state space model",
  ssms: "state space model",
  rnn: "recurrent network",
  rnns: "recurrent network",
  kv: "key value",
  mqar: "multi query associative recall",
  swa: "sliding window attention",
  nas: "architecture search",
  ttt: "test time training",
  lm: "language model",
  fft: "fourier transform",
  rope: "rotary position",
  moe: "mixture experts",
  bptt: "backpropagation time",
};

/**
 * The part of an English word that its forms share, roughly: plural, -ing, -ed, -ly, -ation/-ate, British and American
 * spelling. It need not be a word, only the same for the forms of one.
 */
export function stem(word: string): string {
  if (/\d/.test(word)) return word;
  let w = word.replace(/(?<=.{3})iz(?=(e|es|ed|ing|ation|ations|er|ers)$)/, "is");
  if (/ies$/.test(w) && w.length > 4) w = `${w.slice(0, -3)}y`;
  else if (/(?:ss|x|z|ch|sh)es$/.test(w)) w = w.slice(0, -2);
  else if (/[^aius]s$/.test(w) && w.length > 3) w = w.slice(0, -1);
  const ending = w.match(/^(.*[aeiouy].*?)(ing|ed)$/);
  if (ending && ending[1]!.length >= 3) {
    w = ending[1]!;
    if (/([^aeioulsz])\1$/.test(w)) w = w.slice(0, -1);
  }
  w = w.replace(/(?<=.{4})ly$/, "");
  w = w.replace(/(?<=.{4})(?:ation|ate)$/, "").replace(/(?<=.{4})at$/, "");
  return w.replace(/(?<=.{3})e$/, "");
}

/**
 * Stemmed tokens in order. A compound gives its parts and itself, so that "DeltaNet", "delta-net" and "deltanet" meet.
 * Single letters and stop words are left out.
 */
export function tokenise(text: string): string[] {
  const tokens: string[] = [];
  const push = (word: string) => {
    if (word.length < 2 || STOP.has(word) || /^\d+$/.test(word)) return;
    tokens.push(stem(word));
    for (const full of ABBREVIATIONS[word]?.split(" ") ?? []) tokens.push(stem(full));
  };
  const plain = text.normalize("NFD").replace(/\p{M}/gu, "");
  for (const [compound] of plain.matchAll(/[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*/gu)) {
    const parts = compound
      .replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})/g, "-")
      .toLowerCase()
      .split("-");
    for (const part of parts) push(part);
    if (parts.length > 1) push(parts.join(""));
  }
  return tokens;
}

/** Share of the tokens of two texts that they have in common: |A ∩ B| / |A ∪ B|, over sets of stems (Jaccard 1912). */
export function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0;
  for (const token of a) if (b.has(token)) common++;
  const union = a.size + b.size - common;
  return union === 0 ? 0 : common / union;
}
