/** Training curves as they come, and which of them a chart shows. */
import type { CurvePoints } from "../../../shared/live.ts";
import type { CurvePreview, ExperimentView } from "../../../shared/views.ts";
import type { CurveSeries } from "../../ui/curve-chart.tsx";
import { deepest, ghost, runParts } from "../../ui/seed-curves.ts";
import { subjectOf } from "./words.ts";

/** Runs that are held; the oldest make way. */
const HELD = 40;
/** Points of one run; beyond them every second one goes. */
const POINTS = 10_000;

export interface Run {
  subject: string;
  experimentId: string | null;
  name: string;
  run: string;
  steps: number[];
  losses: (number | null)[];
}
export type Runs = ReadonlyMap<string, Run>;

/** The runs with what has come. @param reset what was known is dropped */
export function withPoints(runs: Runs, batches: readonly CurvePoints[], reset: boolean): Runs {
  const next = new Map(reset ? [] : runs);
  for (const batch of batches) {
    const subject = subjectOf(batch);
    const key = `${subject} ${batch.run}`;
    const known = next.get(key);
    next.delete(key); // the newest is last
    // A run that begins anew (after a repair, or resumed from a checkpoint) replaces what comes after its first step.
    const first = batch.steps[0] ?? Number.POSITIVE_INFINITY;
    const kept = known ? known.steps.findIndex((step) => step >= first) : 0;
    const count = kept < 0 ? known!.steps.length : kept;
    const steps = [...(known?.steps.slice(0, count) ?? []), ...batch.steps];
    const losses = [...(known?.losses.slice(0, count) ?? []), ...batch.losses];
    const { experimentId, name, run } = batch;
    next.set(key, { subject, experimentId, name, run, ...thinned(steps, losses) });
  }
  for (const key of [...next.keys()].slice(0, Math.max(0, next.size - HELD))) next.delete(key);
  return next;
}

function thinned(steps: number[], losses: (number | null)[]) {
  if (steps.length <= POINTS) return { steps, losses };
  const half = <T>(values: T[]) => values.filter((_, i) => i % 2 === 0 || i === values.length - 1);
  return { steps: half(steps), losses: half(losses) };
}

const ofTask = <T extends { run: string }>(curves: readonly T[], task: string): T[] =>
  curves.filter(({ run }) => runParts(run).task === task);

/** The curves of one subject under one task, with the parent and the baseline as ghosts behind them. */
export function seriesOf({
  runs,
  task,
  view,
  parent,
}: {
  /** Live ones of the subject. */
  runs: readonly Run[];
  task: string;
  /** The experiment, where it is one. */
  view: Pick<ExperimentView, "curves" | "baseline" | "parent"> | null;
  /** Curves of its parent. */
  parent: readonly CurvePreview[];
}): CurveSeries[] {
  const live = ofTask(runs, task);
  const name = runs[0]?.name ?? "";
  const seedsOf = (run: string) => `${name}, seed ${runParts(run).seed + 1}`;
  // What an earlier rung trained, of seeds that do not train now.
  const stored = ofTask(view?.curves ?? [], task).filter((c) => !live.some((r) => r.run === c.run));
  const many = live.length + stored.length > 1;
  const own = [...stored, ...live]
    .sort((a, b) => runParts(a.run).seed - runParts(b.run).seed)
    .map(
      (c, i): CurveSeries => ({
        name: many ? seedsOf(c.run) : name,
        colour: `var(--series-${[1, 3, 4, 5, 6][i % 5]})`,
        x: c.steps,
        y: c.losses,
      }),
    );
  const parentName = `parent ${view?.parent?.name ?? ""}`.trim();
  return [
    ...own,
    ...ghost(parentName, "var(--series-2)", parent, task),
    ...ghost("baseline", "var(--baseline)", deepest(view?.baseline ?? []), task),
  ];
}
