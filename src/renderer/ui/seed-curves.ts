/** Training curves grouped by task, seeds put together. */
import type { CurvePreview, ExperimentView } from "../../shared/views.ts";
import type { CurveSeries } from "./curves.ts";

export interface TaskCurve {
  x: number[];
  /** The only seed's, or the mean over seeds where all have a value. */
  y: (number | null)[];
  /** Smallest and largest over seeds; absent for one. */
  band?: { low: number[]; high: number[] };
  seeds: number;
}

/** "lm-s0" is a run of the task "lm", with seed 0. */
export function runParts(run: string): { task: string; seed: number } {
  const found = /^(.*)-s(\d+)$/.exec(run);
  return found ? { task: found[1]!, seed: Number(found[2]) } : { task: run, seed: 0 };
}

/** Tasks of which there are runs, in the order in which they come. */
export const tasksOf = (runs: readonly { run: string }[]): string[] => [
  ...new Set(runs.map(({ run }) => runParts(run).task)),
];

/** The curve at a step, between its points; null outside and in gaps. */
function at({ steps, losses }: CurvePreview, step: number): number | null {
  let low = 0;
  let high = steps.length - 1;
  if (high < 0 || step < steps[0]! || step > steps[high]!) return null;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! < step) low = middle + 1;
    else high = middle;
  }
  const after = losses[low] ?? null;
  if (steps[low] === step || after === null) return after;
  const before = losses[low - 1] ?? null;
  if (before === null) return null;
  const share = (step - steps[low - 1]!) / (steps[low]! - steps[low - 1]!);
  return before + share * (after - before);
}

/**
 * Seeds of one task as one curve, on the steps of the longest of them. Where one seed has no value the curve is that of
 * the others, so that a run that was paused earlier does not cut the rest off.
 */
export function overSeeds(curves: readonly CurvePreview[]): TaskCurve {
  const longest = curves.reduce((a, b) => ((b.steps.at(-1) ?? 0) > (a.steps.at(-1) ?? 0) ? b : a));
  if (curves.length === 1) return { x: longest.steps, y: longest.losses, seeds: 1 };
  const values = longest.steps.map((step) => curves.flatMap((c) => at(c, step) ?? []));
  const or = (of: (v: number[]) => number) => values.map((v) => (v.length > 0 ? of(v) : Number.NaN));
  return {
    x: longest.steps,
    y: values.map((v) => (v.length > 0 ? v.reduce((a, b) => a + b, 0) / v.length : null)),
    band: { low: or((v) => Math.min(...v)), high: or((v) => Math.max(...v)) },
    seeds: curves.length,
  };
}

/** Curves by task, in the order in which the tasks appear. */
export function byTask(curves: readonly CurvePreview[]): Map<string, TaskCurve> {
  const groups = new Map<string, CurvePreview[]>();
  for (const curve of curves) {
    if (curve.steps.length === 0) continue;
    const { task } = runParts(curve.run);
    groups.set(task, [...(groups.get(task) ?? []), curve]);
  }
  return new Map([...groups].map(([task, group]) => [task, overSeeds(group)]));
}

/** What stands behind others, for comparison; none where the task was not trained. */
export function ghost(
  name: string,
  colour: string,
  curves: readonly CurvePreview[],
  task: string,
): CurveSeries[] {
  const found = byTask(curves).get(task);
  return found ? [{ name, colour, dashed: true, ...drawn(found) }] : [];
}

export const drawn = ({ x, y, band }: TaskCurve): Pick<CurveSeries, "x" | "y" | "band"> => ({
  ...{ x, y },
  ...(band && { band }),
});

/** The baseline's curves on the deepest rung that has some. */
export const deepest = (baseline: ExperimentView["baseline"]): CurvePreview[] =>
  baseline.findLast((b) => b.curves.length > 0)?.curves ?? [];
