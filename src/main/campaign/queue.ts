/** What could be done now, in order. Pure functions of the records; the scheduler starts what they name. */
import type { BaselinePoint, Campaign, Experiment, Promotion } from "../../shared/domain.ts";
import { missingCells } from "./baseline.ts";
import { mayOpen } from "./budget.ts";
import type { BaselineCell } from "./jobs.ts";
import { isDeviceAction, nextAction } from "./record.ts";
import { proposalHorizon, type Records, settled } from "./view.ts";

export interface QueueState extends Records {
  readonly campaign: Campaign;
  readonly experiments: readonly Experiment[];
  readonly promotions: readonly Promotion[];
  readonly baseline: readonly BaselinePoint[];
  /** Keys of the tasks under way. */
  readonly running: ReadonlySet<string>;
}

export type Task =
  | { kind: "open"; key: string; index: number }
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

/** Promotions in the order in which they are needed: by the time they were decided, then by experiment. */
function openPromotions(s: QueueState): Promotion[] {
  return s.promotions
    .filter((p) => p.status !== "done" && p.status !== "failed")
    .sort((a, b) => a.decidedAt - b.decidedAt || a.rung - b.rung || indexOf(s, a) - indexOf(s, b));
}

/** All earlier proposals have been accepted or given up: only then is it known what this one may not repeat. */
const noveltyTurn = (s: QueueState, e: Experiment) =>
  s.experiments.slice(0, e.index).every((o) => o.status !== "propose" && o.status !== "novelty");

/** Mind tasks that could start: the short ones first, then proposals, then the next experiment to open. */
export function mindQueue(s: QueueState): { short: Task[]; proposals: Task[] } {
  const short: Task[] = [];
  const proposals: Task[] = [];
  for (const e of s.experiments) {
    const action = nextAction(e);
    const task = experimentTask(e);
    if (!action || isDeviceAction(action) || s.running.has(task.key)) continue;
    if (action === "propose") proposals.push(task);
    else if (action !== "novelty" || noveltyTurn(s, e)) short.push(task);
  }
  for (const p of openPromotions(s)) {
    const task = promotionTask(p);
    if (p.status === "analyse" && !s.running.has(task.key)) short.push(task);
  }
  const index = s.experiments.length;
  const { search, budget } = s.campaign;
  if (mayOpen(budget, index) && settled(s, proposalHorizon(search, index), search)) {
    proposals.push({ kind: "open", key: `e${index}`, index });
  }
  return { short, proposals };
}

/**
 * Device tasks that could start, most urgent first:
 *   1. the first rung's baseline: nothing can be scored without it;
 *   2. promotions that the next proposals wait for, with the baseline of their rung;
 *   3. candidates, lowest index first; a new one is gated only while fewer than `buffer` gated ones wait;
 *   4. in idle moments, the other promotions, their rung's baseline before them.
 */
export function deviceQueue(s: QueueState, buffer: number, slots: number): Task[] {
  const { protocol, search } = s.campaign;
  const missing = protocol.rungs.map((_, rung) => missingCells(protocol, rung, s.baseline));
  const baseline = (rung: number) => missing[rung]!.map(baselineTask);

  const waiting = openPromotions(s);
  // The proposals that the slots' next results will open, not just the very next one: else all of them wait together.
  const horizon = proposalHorizon(search, s.experiments.length + slots - 1).promotions;
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
    ...promotions(waiting.filter((p) => p.decidedAt <= horizon)),
    ...candidates.map(({ task }) => task),
    ...promotions(waiting.filter((p) => p.decidedAt > horizon)),
  ].filter((t) => !s.running.has(t.key));
}
