/** Islands and MAP-Elites as pure functions of the visible experiments. */
import type { Campaign, Experiment } from "../../../shared/domain.ts";
import { cell, dimsOf } from "./measure.ts";
import { type Node, readGenome } from "./tree.ts";

/** A scored experiment with its tree. */
export interface Elite {
  experiment: Experiment;
  tree: Node;
  cell: string;
  island: number;
}

export const islandOf = (index: number, campaign: Campaign): number => index % campaign.search.islands;

/** Deeper rungs first, then fitness: results of different rungs are never compared by their numbers. */
function better(a: Experiment, b: Experiment): boolean {
  if (a.scores.length !== b.scores.length) return a.scores.length > b.scores.length;
  return a.scores.at(-1)!.fitness > b.scores.at(-1)!.fitness;
}

/** The best experiment of every (island, cell), in the order of islands, then cells. Experiments without a tree are left out. */
export function elites(visible: readonly Experiment[], campaign: Campaign): Elite[] {
  const best = new Map<string, Elite>();
  for (const experiment of visible) {
    if (experiment.status !== "archived" || experiment.scores.length === 0) continue;
    const tree = readGenome(experiment.genome);
    if (tree === null) continue;
    const island = islandOf(experiment.index, campaign);
    const c = cell(tree, dimsOf(campaign.protocol));
    const key = `${island}/${c}`;
    const held = best.get(key);
    if (!held || better(experiment, held.experiment)) best.set(key, { experiment, tree, cell: c, island });
  }
  return [...best.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, elite]) => elite);
}
