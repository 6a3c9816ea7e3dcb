/** Readable names from what a tree contains: GatedDeltaConv, WindowDecayLinear. */
import { FAMILIES } from "./production.ts";
import { PRODUCTIONS } from "./productions.ts";
import { type Node, treeHash, walk } from "./tree.ts";

/** Tell apart mixers whose trees have the same words. */
const STARS =
  "Achernar Acrux Adhara Alcor Algol Alnair Alnilam Alnitak Altair Ankaa Antares Arcturus Atria Avior Bellatrix Canopus Capella Castor Deneb Diphda Dubhe Electra Elnath Enif Fomalhaut Gacrux Hadar Hamal Izar Kochab Maia Mira Mizar Naos Nunki Polaris Pollux Procyon Rasalhague Regulus Rigel Sabik Saiph Scheat Shaula Sirius Spica Suhail Tarazed Thuban Unukalhai Vega Wezen Zosma".split(
    " ",
  );

const ROMAN = ["II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"];

const MAX_WORDS = 4;

/** The words of the tree: how it gates first, then how it mixes tokens, strongest first. */
function words(tree: Node): string[] {
  const nodes = [...walk(tree)].map(({ node }) => node);
  const mixing = nodes.filter((n) => PRODUCTIONS[n.op].mixes !== null);
  const rank = (n: Node) => FAMILIES.indexOf(PRODUCTIONS[n.op].mixes!);
  const strongest = mixing.toSorted((a, b) => rank(b) - rank(a)).map((n) => PRODUCTIONS[n.op].word);
  const has = (...ops: Node["op"][]) => nodes.some((n) => ops.includes(n.op));
  const before = [
    has("gated", "mul") ? "Gated" : "",
    has("lerp") ? "Lerp" : "",
    has("headDecay", "channelDecay") ? "Decay" : has("fixedDecay") ? "Retention" : "",
  ].filter((w) => w !== "");
  const after = [...new Set(strongest)];
  const chosen = [...before.slice(0, Math.max(1, MAX_WORDS - after.length)), ...after].slice(0, MAX_WORDS);
  return chosen.length > 1 ? chosen : [...chosen, "Mix"];
}

/** A name of at most 40 characters that none of `taken` has; a star and a numeral tell equal ones apart. */
export function nameOf(tree: Node, taken: ReadonlySet<string>, base = words(tree).join("")): string {
  if (!taken.has(base)) return base;
  const star = STARS[Number.parseInt(treeHash(tree).slice(0, 8), 16) % STARS.length]!;
  const named = base + star;
  if (!taken.has(named)) return named;
  const numeral = ROMAN.find((r) => !taken.has(named + r));
  return numeral ? named + numeral : `${base}${treeHash(tree).slice(0, 6)}`;
}
