/** ASI-Arch's selection: a pool of the best, a parent from its first ranks, references from the rest (research/engine.md). */
import type { Experiment, SearchSettings } from "../../shared/domain.ts";
import { random } from "../../shared/random.ts";

/** The fitness that ranks, on one rung; null when the experiment has no score there. */
export function fitnessOn(e: Experiment, rung: number, mode: SearchSettings["mode"]): number | null {
  const score = e.scores[rung];
  if (!score) return null;
  return mode === "paper" ? score.fitnessPaper : score.fitness;
}

/** Index of the deepest rung that at least `minimum` experiments reached; the first rung when none has that many. */
export function deepestRung(experiments: readonly Experiment[], minimum: number): number {
  const counts: number[] = [];
  for (const e of experiments) {
    if (e.status !== "archived") continue;
    e.scores.forEach((_, r) => {
      counts[r] = (counts[r] ?? 0) + 1;
    });
  }
  return Math.max(
    0,
    counts.findLastIndex((n) => n >= minimum),
  );
}

/** The best `poolSize` archived experiments by fitness on the deepest rung that has enough of them; ties to the elder. */
export function pool(experiments: readonly Experiment[], search: SearchSettings): Experiment[] {
  const rung = deepestRung(experiments, search.rungMinimum);
  return experiments
    .flatMap((e) => {
      const fitness = e.status === "archived" ? fitnessOn(e, rung, search.mode) : null;
      return fitness === null ? [] : [{ e, fitness }];
    })
    .sort((a, b) => b.fitness - a.fitness || a.e.index - b.e.index)
    .slice(0, search.poolSize)
    .map(({ e }) => e);
}

/** Parent uniformly from ranks 1–parentRanks, references without replacement from the ranks after; none in the cold start. */
export function draw(
  ranked: readonly Experiment[],
  search: SearchSettings,
  seed: number,
  index: number,
): { parent: Experiment | null; references: Experiment[] } {
  if (index < search.coldStart || ranked.length === 0) return { parent: null, references: [] };
  const parent = random(seed, index, "parent").pick(ranked.slice(0, search.parentRanks));
  const references = random(seed, index, "references")
    .shuffle(ranked.slice(search.parentRanks))
    .slice(0, search.references);
  return { parent, references };
}
