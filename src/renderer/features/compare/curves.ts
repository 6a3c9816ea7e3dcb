/** Training curves of several experiments on one task. */
import type { CurvePreview } from "../../../shared/views.ts";
import type { CurveSeries } from "../../ui/curves.ts";

/** "lm-s0": the task and the seed. */
export const taskOf = (run: string): string => run.replace(/-s\d+$/, "");

/** Tasks of which any has a curve, in the order in which they come. */
export const tasksOf = (curves: readonly CurvePreview[]): string[] => [
  ...new Set(curves.map((c) => taskOf(c.run))),
];

/**
 * One line for the seeds of a task: their mean as far as all of them go, with the band from the least to the largest.
 * Seeds that were written at other steps than the first are left out of it.
 */
export function seriesOf(name: string, curves: readonly CurvePreview[], task: string): CurveSeries {
  const seeds = curves.filter((c) => taskOf(c.run) === task);
  const [first] = seeds;
  if (!first) return { name, x: [], y: [] };
  const same = seeds.filter((c) =>
    c.steps.every((step, i) => i >= first.steps.length || step === first.steps[i]),
  );
  const length = Math.min(...same.map((c) => c.steps.length));
  const x = first.steps.slice(0, length);
  if (same.length === 1) return { name, x, y: first.losses.slice(0, length) };
  const at = x.map((_, i) => same.map((c) => c.losses[i] ?? null));
  const y = at.map((all) =>
    all.includes(null) ? null : all.reduce<number>((sum, v) => sum + v!, 0) / all.length,
  );
  const edge = (pick: (...v: number[]) => number) =>
    at.map((all) => (all.includes(null) ? Number.NaN : pick(...(all as number[]))));
  return { name, x, y, band: { low: edge(Math.min), high: edge(Math.max) } };
}
