/** Training curves from events: of a step that was done twice, as after a crash, the later one counts. Pure. */
import type { JobEvent } from "../../shared/job.ts";
import type { Curve } from "../interfaces.ts";

export function curvesOf(events: readonly JobEvent[], runs: readonly string[]): Curve[] {
  return runs.map((run) => {
    const points = new Map<number, { loss: number; aux: number | null }>();
    for (const event of events) if (event.type === "step" && event.run === run) points.set(event.step, event);
    const steps = [...points.keys()].sort((a, b) => a - b);
    return {
      run,
      steps,
      losses: steps.map((step) => points.get(step)!.loss),
      aux: steps.map((step) => points.get(step)!.aux),
    };
  });
}
