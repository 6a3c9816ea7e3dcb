/** How far the trainings of a campaign are, by the task that trains. */
import type { JobEvent } from "../../shared/job.ts";
import type { LiveTask } from "../../shared/live.ts";

export interface Position {
  run: string;
  step: number;
  until: number;
  loss: number | null;
  /** Where this run began, and when (milliseconds since 1970). */
  from: { step: number; at: number };
  at: number;
}

export type Positions = Map<string, Position>;

/** Keeps the positions up to date. @param now milliseconds since 1970 */
export function track(positions: Positions, task: string, event: JobEvent, now: number): void {
  if (event.type === "run_started") {
    const { run, step, until } = event;
    positions.set(task, { run, step, until, loss: null, from: { step, at: now }, at: now });
  } else if (event.type === "step") {
    const known = positions.get(task);
    if (known?.run === event.run)
      positions.set(task, { ...known, step: event.step, loss: event.loss, at: now });
  } else if (event.type === "trained" || event.type === "error") positions.delete(task);
}

/** Fewer steps than this say nothing of the rate: the first ones are slow. */
const STEPS = 3;

/** Of the run that is being trained; null before its rate is known. */
export function secondsLeft({ step, until, from, at }: Position): number | null {
  if (step - from.step < STEPS || at <= from.at) return null;
  const perStep = (at - from.at) / 1000 / (step - from.step);
  return Math.max(0, (until - step) * perStep);
}

export const shown = (
  p: Position | undefined,
): Pick<LiveTask, "run" | "position" | "loss" | "secondsLeft"> =>
  p
    ? {
        run: p.run,
        position: { step: p.step, until: p.until },
        loss: p.loss !== null && Number.isFinite(p.loss) ? p.loss : null,
        secondsLeft: secondsLeft(p),
      }
    : { run: null, position: null, loss: null, secondsLeft: null };
