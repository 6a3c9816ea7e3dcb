/** What a running task does, as a sentence; and the stages of the loop with it. */
import { STEPS } from "../../../shared/domain.ts";
import type { LiveState, LiveTask } from "../../../shared/live.ts";
import type { Protocol } from "../../../shared/protocol.ts";
import { duration } from "../../ui/format.ts";
import { runParts } from "../../ui/seed-curves.ts";

const DOING: Record<string, string> = {
  propose: "Proposing",
  novelty: "Checking the novelty of",
  gate: "Gating",
  check: "Reading the code of",
  repair: "Repairing",
  train: "Training",
  score: "Scoring",
  judge: "Judging",
  analyse: "Analysing",
};

/** "train on confirm" is a step, and the rung it is done for; without a rung it is the first. */
export function stepOf(task: Pick<LiveTask, "step">): { step: string; rung: string | null } {
  const [step = task.step, rung = null] = task.step.split(" on ", 2);
  return { step: step === "baseline" ? "train" : step, rung };
}

export const nameOf = (task: Pick<LiveTask, "name" | "index">): string =>
  task.name.trim() || (task.index === null ? "the next experiment" : `experiment ${task.index}`);

/** "Training GatedScanNet on confirm" */
export function doing(task: LiveTask): string {
  const { step, rung } = stepOf(task);
  // A proposal has no name before it is made.
  if (step === "propose") return `Proposing experiment ${task.index ?? ""}`.trim();
  return `${DOING[step] ?? step} ${nameOf(task)}${rung ? ` on ${rung}` : ""}`;
}

/** "lm, seed 2 of 2, step 184 of 300, 12 s left": as much of it as is known. */
export function progress(task: LiveTask, protocol: Protocol): string {
  const parts: string[] = [];
  if (task.run) {
    const { task: name, seed } = runParts(task.run);
    const { rung } = stepOf(task);
    const of = rung ? protocol.rungs.find((r) => r.name === rung) : protocol.rungs[0];
    const seeds = of?.runs.find((r) => r.task === name)?.seeds ?? 1;
    parts.push(name);
    if (seeds > 1 && task.experimentId !== null && seed < seeds) parts.push(`seed ${seed + 1} of ${seeds}`);
  }
  if (task.position) parts.push(`step ${task.position.step} of ${task.position.until}`);
  if (task.secondsLeft !== null) parts.push(`${duration(task.secondsLeft)} left`);
  return parts.join(", ");
}

/** Share of its current run, from 0 to 1; null where it has no steps. */
export function share({ position }: Pick<LiveTask, "position">): number | null {
  return position && position.until > 0 ? Math.min(1, position.step / position.until) : null;
}

export interface Stage {
  name: string;
  /** Experiments that are here. */
  count: number;
  /** Of the task that is looked at. */
  state: "done" | "now" | "ahead" | "none";
  /** Someone works here. */
  busy: boolean;
  share: number | null;
}

/** The loop's stages; "check" only where models read the code. A repair stands where the experiment came from. */
export function stages(
  live: Pick<LiveState, "campaign" | "stages" | "tasks">,
  task: LiveTask | null,
): Stage[] {
  const hasCheck = live.campaign.llm !== null || (live.stages.check ?? 0) > 0;
  const names = STEPS.filter((name) => name !== "check" || hasCheck);
  const own = task && task.step !== "baseline" ? stepOf(task).step : null;
  const at = names.findIndex((name) => name === (own === "repair" ? "gate" : own));
  const steps = live.tasks.map((t) => (t.step === "baseline" ? "baseline" : stepOf(t).step));
  return names.map((name, i) => ({
    name,
    count: (live.stages[name] ?? 0) + (name === "gate" ? (live.stages.repair ?? 0) : 0),
    state: at < 0 ? "none" : i < at ? "done" : i === at ? "now" : "ahead",
    busy: steps.includes(name) || (name === "gate" && steps.includes("repair")),
    share: i === at && task ? share(task) : null,
  }));
}

/** The same task in the next state of the campaign, and its runs' curves. */
export const subjectOf = (of: { experimentId: string | null; name: string }): string =>
  of.experimentId ?? `name:${of.name}`;

/** The one that is looked at: the chosen one while it is there, else what trains, else anything. */
export function current(tasks: readonly LiveTask[], chosen: string | null): LiveTask | null {
  const trains = [...tasks].filter((t) => t.run !== null).sort((a, b) => a.since.localeCompare(b.since));
  return (
    tasks.find((t) => subjectOf(t) === chosen) ??
    trains[0] ??
    tasks.find((t) => t.lane === "device") ??
    tasks[0] ??
    null
  );
}
