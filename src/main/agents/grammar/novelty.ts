/** Novelty without a model: a proposal repeats an earlier experiment when its tree or its normalised code is equal. */
import type { Novelty } from "../../interfaces.ts";
import { normalise } from "./python.ts";
import { canonical, readGenome, simplify } from "./tree.ts";

const treeKey = (genome: unknown): string | null => {
  const tree = readGenome(genome);
  return tree && canonical(simplify(tree));
};

export const exactNovelty: Novelty = {
  async check(proposal, known, signal) {
    signal.throwIfAborted();
    const [tree, code] = [treeKey(proposal.genome), normalise(proposal.code)];
    for (const e of known) {
      if (tree !== null && treeKey(e.genome) === tree)
        return { novel: false, repeats: e.name, reason: `Its tree is the same as that of ${e.name}.` };
      if (normalise(e.code) === code)
        return {
          novel: false,
          repeats: e.name,
          reason: `Its code differs from that of ${e.name} in names, comments and layout only.`,
        };
    }
    return { novel: true };
  },
};
