/** Novelty without a model: a proposal repeats an earlier experiment when its tree or its normalised code is equal. */
import { sha256 } from "../../../shared/hash.ts";
import type { Novelty } from "../../interfaces.ts";
import { normalise } from "./python.ts";
import { canonical, readGenome, simplify } from "./tree.ts";

const treeKey = (genome: unknown): string | null => {
  const tree = readGenome(genome);
  return tree && canonical(simplify(tree));
};

const normalised = new Map<string, string>();

/** Hash of a program without names, comments and layout; computed once, because each proposal is held against all before it. */
function normalisedOnce(code: string): string {
  let text = normalised.get(code);
  if (text === undefined) {
    text = sha256(normalise(code));
    normalised.set(code, text);
  }
  return text;
}

export const exactNovelty: Novelty = {
  async check(proposal, known, signal) {
    signal.throwIfAborted();
    const [tree, code] = [treeKey(proposal.genome), normalisedOnce(proposal.code)];
    for (const e of known) {
      if (tree !== null && treeKey(e.genome) === tree)
        return { novel: false, repeats: e.name, reason: `Its tree is the same as that of ${e.name}.` };
      if (normalisedOnce(e.code) === code)
        return {
          novel: false,
          repeats: e.name,
          reason: `Its code differs from that of ${e.name} in names, comments and layout only.`,
        };
    }
    return { novel: true };
  },
};
