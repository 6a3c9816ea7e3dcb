/**
 * Training curves while they are drawn: new points are read in batches, by run. A reader that is new or too far behind
 * gets all points of the runs under way.
 */
import type { CurvePoints } from "../../shared/live.ts";
import type { Source } from "../server/service.ts";

/** Points that are held for those who read behind; about a minute of a fast training. */
const HELD = 20_000;
/** Points of one run under way; beyond it every second one goes. */
const RUN_POINTS = 4000;

interface Run {
  about: Pick<CurvePoints, "experimentId" | "name" | "run">;
  steps: number[];
  losses: (number | null)[];
  /** Every how many-th point is kept. */
  stride: number;
  seen: number;
}

export interface Curves extends Source {
  /** @param task key of the task that trains: two tasks may have runs of the same name */
  add(task: string, about: Run["about"], step: number, loss: number): void;
  /** The task is over: its runs are no longer under way. */
  drop(task: string): void;
  clear(): void;
}

export function createCurves(): Curves {
  const runs = new Map<string, Run>();
  const listeners = new Set<() => void>();
  let log: { run: Run; step: number; loss: number | null }[] = [];
  let total = 0;

  const whole = (): CurvePoints[] =>
    [...runs.values()].map(({ about, steps, losses }) => ({
      ...about,
      steps: [...steps],
      losses: [...losses],
    }));

  function since(after: number): CurvePoints[] {
    const batches = new Map<Run, CurvePoints>();
    for (const { run, step, loss } of log.slice(log.length - (total - after))) {
      const batch = batches.get(run) ?? { ...run.about, steps: [], losses: [] };
      batches.set(run, batch);
      batch.steps.push(step);
      batch.losses.push(loss);
    }
    return [...batches.values()];
  }

  function keep(run: Run, step: number, loss: number | null): void {
    if (run.seen++ % run.stride !== 0) return;
    run.steps.push(step);
    run.losses.push(loss);
    if (run.steps.length < RUN_POINTS) return;
    run.steps = run.steps.filter((_, i) => i % 2 === 0);
    run.losses = run.losses.filter((_, i) => i % 2 === 0);
    run.stride *= 2;
  }

  return {
    add(task, about, step, value) {
      const loss = Number.isFinite(value) ? value : null;
      const key = `${task} ${about.run}`;
      const run = runs.get(key) ?? { about, steps: [], losses: [], stride: 1, seen: 0 };
      runs.set(key, run);
      keep(run, step, loss);
      log.push({ run, step, loss });
      if (log.length > 2 * HELD) log = log.slice(-HELD);
      total++;
      for (const changed of [...listeners]) changed();
    },
    drop(task) {
      for (const key of [...runs.keys()]) if (key.startsWith(`${task} `)) runs.delete(key);
    },
    clear() {
      runs.clear();
      log = [];
      total++; // so that whoever was up to date is reset
      for (const changed of [...listeners]) changed();
    },
    read(after) {
      if (after !== null && after === total) return null;
      const reset = after === null || after > total || total - after > log.length;
      return { seq: total, reset, data: reset ? whole() : since(after) };
    },
    listen(changed) {
      const own = () => changed();
      listeners.add(own);
      return () => {
        listeners.delete(own);
      };
    },
  };
}
