/**
 * How many experiments must be under way so that the device never waits for a program, where an answer takes long:
 * Little's law (Little 1961), L = λ W. Each slot takes a candidate every `lease` seconds, so that slots / lease of them
 * must become ready every second; a share `reached` of those opened do; and one takes `ready` seconds from opening to
 * there.
 */
import type { Experiment } from "../../shared/domain.ts";
import { isEnd } from "../../shared/domain.ts";
import { mean, quantile } from "./statistics.ts";

/** So many of the last measurements count, and at most so many experiments are on their way to the device. */
const WINDOW = 16;
const MOST = 64;
/** Answers differ: the pipeline is as long as nearly all of them need. */
const LONG = 0.9;
/** However few candidates pass, more than this factor is not opened for it. */
const LEAST_SHARE = 0.25;
/** Opened for each slot before anything is known. */
const FIRST = 8;

export interface PaceFacts {
  /** Seconds from opening to the first time that nothing but a slot was missing. */
  ready: readonly number[];
  /** Seconds of device lease of each experiment that was trained: gates, training, scoring. */
  lease: readonly number[];
  /** Of each experiment: whether it got as far as its training. */
  reached: readonly boolean[];
}

/** How many experiments may be on their way to the device. Only the last measurements are looked at. */
export function depth(facts: PaceFacts, slots: number): number {
  const [ready, lease, reached] = [facts.ready, facts.lease, facts.reached].map((xs) =>
    xs.slice(-WINDOW),
  ) as [number[], number[], boolean[]];
  if (ready.length === 0 || lease.length === 0) return Math.min(MOST, FIRST * slots);
  const share = Math.max(LEAST_SHARE, reached.filter((r) => r).length / Math.max(1, reached.length));
  const seconds = Math.max(mean(lease), 1e-3);
  const needed = Math.ceil((slots * quantile(ready, LONG)) / seconds / share) + slots + 1;
  return Math.min(MOST, needed);
}

/** Whether a training lies before it still, which nothing has begun. */
const isAhead = (e: Experiment, running: ReadonlySet<string>): boolean =>
  ["propose", "novelty", "gate", "check"].includes(e.status) ||
  (e.status === "train" && !running.has(`e${e.index}`));

/** Experiments on their way to the device. */
export const onTheWay = (experiments: readonly Experiment[], running: ReadonlySet<string>): number =>
  experiments.filter((e) => isAhead(e, running)).length;

/** Measures the pace of a campaign while it runs; nothing of it is stored. `now` in seconds. */
export function paceMeter(now: () => number) {
  const facts = { ready: [] as number[], lease: [] as number[], reached: [] as boolean[] };
  const openedAt = new Map<number, number>();
  const held = new Map<number, number>();
  /** Whether it reached its training, of those of which it is known. */
  const reachedIt = new Map<number, boolean>();
  const keep = <T>(list: T[], value: T) => {
    list.push(value);
    if (list.length > WINDOW) list.shift();
  };
  return {
    facts: facts as PaceFacts,
    opened: (index: number) => void openedAt.set(index, now()),
    /** After a record was stored. */
    stored(e: Experiment): void {
      const reached = ["train", "score", "judge", "analyse", "archived"].includes(e.status);
      if (reachedIt.has(e.index) || !(reached || isEnd(e.status))) return;
      reachedIt.set(e.index, reached);
      keep(facts.reached, reached);
      const at = openedAt.get(e.index);
      if (reached && at !== undefined) keep(facts.ready, now() - at);
      openedAt.delete(e.index);
    },
    /** After the device was held for an experiment, whose record is as it was stored then. */
    held(e: Experiment, seconds: number): void {
      const total = (held.get(e.index) ?? 0) + seconds;
      held.set(e.index, total);
      if (e.status !== "judge" && !isEnd(e.status)) return;
      held.delete(e.index);
      if (reachedIt.get(e.index)) keep(facts.lease, total);
    },
  };
}
