/** What could be done now, in order. Pure functions of the records; the scheduler starts what they name. */
import type { BaselinePoint, Campaign, Experiment, Horizon, Promotion } from "../../shared/domain.ts";
import { missingCells } from "./baseline.ts";
import type { BaselineCell } from "./jobs.ts";
import { nextOpening, type Opens, othersOf, promotionsDue } from "./opening.ts";
import { attemptOf, isDeviceAction, nextAction } from "./record.ts";
import { isOpen, type Records } from "./view.ts";

export interface QueueState extends Records {
  readonly campaign: Campaign;
  readonly experiments: readonly Experiment[];
  readonly promotions: readonly Promotion[];
  readonly baseline: readonly BaselinePoint[];
  /** Keys of the tasks under way. */
  readonly running: ReadonlySet<string>;
}

export type Task =
  | { kind: "open"; key: string; index: number; sees: Horizon | null }
  | { kind: "experiment"; key: string; index: number }
  | { kind: "promotion"; key: string; experimentId: string; rung: number }
  | { kind: "baseline"; key: string; cell: BaselineCell };

const experimentTask = (e: Experiment): Task => ({ kind: "experiment", key: `e${e.index}`, index: e.index });
const promotionTask = ({ experimentId, rung }: Promotion): Task => ({
  kind: "promotion",
  key: `p${experimentId}/${rung}`,
  experimentId,
  rung,
});
const baselineTask = (cell: BaselineCell): Task => ({
  kind: "baseline",
  key: `b${cell.width}/${cell.rung}/${cell.seed}`,
  cell,
});

const indexOf = (s: QueueState, p: Promotion) => s.experiments.findIndex((e) => e.id === p.experimentId);

/** Candidates that wait, for the checker or for a slot, and hold a process meanwhile. */
export const waitingProcesses = (s: QueueState): number =>
  s.experiments.filter((e) => {
    const action = nextAction(e);
    return action === "check" || (action === "train" && !s.running.has(`e${e.index}`));
  }).length;

/** Promotions in the order in which they are needed: by the time they were decided, then by experiment. */
function openPromotions(s: QueueState): Promotion[] {
  return s.promotions
    .filter(isOpen)
    .sort((a, b) => a.decidedAt - b.decidedAt || a.rung - b.rung || indexOf(s, a) - indexOf(s, b));
}

/** It is known what a proposal may not repeat; one at a time, so that two that are the same do not both pass. */
const noveltyTurn = (s: QueueState, e: Experiment, opens: Opens) =>
  othersOf(s, e, attemptOf(e), opens) !== null &&
  !s.experiments.some((o) => o.status === "novelty" && s.running.has(`e${o.index}`));

/** Mind tasks that could start: the short ones first, then proposals, then the next experiment to open. */
export function mindQueue(s: QueueState, opens: Opens): { short: Task[]; proposals: Task[] } {
  const short: Task[] = [];
  const proposals: Task[] = [];
  for (const e of s.experiments) {
    const action = nextAction(e);
    const task = experimentTask(e);
    if (!action || isDeviceAction(action) || s.running.has(task.key)) continue;
    if (action === "propose") proposals.push(task);
    else if (action !== "novelty" || noveltyTurn(s, e, opens)) short.push(task);
  }
  for (const p of openPromotions(s)) {
    const task = promotionTask(p);
    if (p.status === "analyse" && !s.running.has(task.key)) short.push(task);
  }
  const index = s.experiments.length;
  const opening = nextOpening(s, opens);
  if (opening) proposals.push({ kind: "open", key: `e${index}`, index, ...opening });
  return { short, proposals };
}

/**
 * Device tasks that could start, most urgent first:
 *   1. the first rung's baseline: nothing can be scored without it;
 *   2. promotions that are due, because the next proposals wait for them, with the baseline of their rung;
 *   3. candidates, lowest index first; a new one is gated only while fewer than `buffer` gated ones wait;
 *   4. in idle moments, the other promotions, their rung's baseline before them.
 */
export function deviceQueue(s: QueueState, opens: Opens, buffer: number, slots: number): Task[] {
  const { protocol } = s.campaign;
  const missing = protocol.rungs.map((_, rung) => missingCells(protocol, rung, s.baseline));
  const baseline = (rung: number) => missing[rung]!.map(baselineTask);

  const waiting = openPromotions(s);
  const due = promotionsDue(s, opens, slots);
  const promotions = (some: Promotion[]): Task[] => {
    const rungs = [...new Set(some.map((p) => p.rung))].sort((a, b) => a - b);
    const ready = some.filter(
      (p) => p.status === "train" || (p.status === "score" && missing[p.rung]!.length === 0),
    );
    return [...rungs.flatMap(baseline), ...ready.map(promotionTask)];
  };

  const steps = s.experiments.map((e) => ({ e, task: experimentTask(e), action: nextAction(e) }));
  const gated = steps.filter((x) => x.action === "train" && !s.running.has(x.task.key)).length;
  const candidates = steps.filter(
    ({ action }) =>
      action === "train" ||
      (action === "gate" && gated < Math.max(1, buffer)) ||
      (action === "score" && missing[0]!.length === 0),
  );
  return [
    ...baseline(0),
    ...promotions(waiting.filter((p) => p.decidedAt <= due)),
    ...candidates.map(({ task }) => task),
    ...promotions(waiting.filter((p) => p.decidedAt > due)),
  ].filter((t) => !s.running.has(t.key));
}
