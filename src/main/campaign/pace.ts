/**
 * How many experiments must be under way so that the device never waits for a program, where an answer takes long:
 * Little's law (Little 1961), L = λ W. Each slot takes a candidate every `lease` seconds, so that slots / lease of them
 * must become ready every second; a share `reached` of those opened do; and one takes `thought` seconds of agents' work
 * until it is ready. Time spent waiting for the device is left out: more experiments would only make it longer.
 */
import type { Experiment } from "../../shared/domain.ts";
import { isEnd } from "../../shared/domain.ts";
import { isDeviceAction, nextAction } from "./record.ts";
import { mean, quantile } from "./statistics.ts";

/** So many of the last measurements count, and at most so many experiments are on their way to the device. */
const WINDOW = 16;
const MOST = 64;
/** Answers differ: the pipeline is as long as nearly all of them need. */
const LONG = 0.9;
/** However few candidates pass, more than this factor is not opened for it. */
const LEAST_SHARE = 0.25;
/** Opened for each slot before anything is known: few enough for a short campaign to learn from itself. */
const FIRST = 3;
/** Until something has been trained, one more for each slot every so many seconds that the slowest has taken so far. */
const PATIENCE = 10;
/** But no more than this for each slot. */
const MOST_UNKNOWN = 8;

export interface PaceFacts {
  /** Seconds for which it was with the agents, from opening to the first time that only its training was missing. */
  thought: readonly number[];
  /** The same so far, of those that are not ready yet: the first to come through are the fastest, and say too little. */
  thinking: readonly number[];
  /** Seconds of device lease of each experiment that was trained: gates, training, scoring. */
  lease: readonly number[];
  /** The same of the baseline, which goes by until a candidate has been trained; null where it was known already. */
  baseline: number | null;
  /** Of each experiment: whether it got as far as its training. */
  reached: readonly boolean[];
}

/** How many experiments may be on their way to the device. Only the last measurements are looked at. */
export function depth(facts: PaceFacts, slots: number): number {
  const thought = facts.thought.slice(-WINDOW);
  const lease = facts.lease.slice(-WINDOW);
  const reached = facts.reached.slice(-WINDOW);
  const held = lease.length > 0 ? mean(lease) : facts.baseline;
  if (thought.length === 0 || held === null) {
    const grown = FIRST + Math.floor(Math.max(0, ...facts.thinking) / PATIENCE);
    return Math.min(MOST, Math.min(MOST_UNKNOWN, grown) * slots);
  }
  const usual = quantile(thought, LONG);
  const all = [...thought, ...facts.thinking.filter((t) => t > usual)];
  const share = Math.max(LEAST_SHARE, reached.filter((r) => r).length / Math.max(1, reached.length));
  const thinking = Math.ceil((slots * quantile(all, LONG)) / Math.max(held, 1e-3) / share);
  // Beside those: one at its gates and one to choose from for each slot, and one more.
  return Math.min(MOST, thinking + 2 * slots + 1);
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
  const facts = {
    thought: [] as number[],
    lease: [] as number[],
    baseline: null as number | null,
    reached: [] as boolean[],
  };
  /** Seconds with the agents so far, and since when it is there (null: it is not). */
  const minds = new Map<number, { seconds: number; since: number | null }>();
  const held = new Map<number, number>();
  /** Whether it reached its training, of those of which it is known. */
  const reachedIt = new Map<number, boolean>();
  const keep = <T>(list: T[], value: T) => {
    list.push(value);
    if (list.length > WINDOW) list.shift();
  };
  return {
    get facts(): PaceFacts {
      const thinking = [...minds.values()].map((m) => m.seconds + (m.since === null ? 0 : now() - m.since));
      return { ...facts, thinking };
    },
    opened: (index: number) => void minds.set(index, { seconds: 0, since: now() }),
    /** After a record was stored. */
    stored(e: Experiment): void {
      const mind = minds.get(e.index);
      if (mind) {
        if (mind.since !== null) mind.seconds += now() - mind.since;
        const action = nextAction(e);
        mind.since = action && !isDeviceAction(action) ? now() : null;
      }
      const reached = ["train", "score", "judge", "analyse", "archived"].includes(e.status);
      if (reachedIt.has(e.index) || !(reached || isEnd(e.status))) return;
      reachedIt.set(e.index, reached);
      keep(facts.reached, reached);
      if (reached && mind) keep(facts.thought, mind.seconds);
      minds.delete(e.index);
    },
    /** After the device was held for an experiment, whose record is as it was stored then. */
    held(e: Experiment, seconds: number): void {
      const total = (held.get(e.index) ?? 0) + seconds;
      held.set(e.index, total);
      if (e.status !== "judge" && !isEnd(e.status)) return;
      held.delete(e.index);
      if (reachedIt.get(e.index)) keep(facts.lease, total);
    },
    /** After the device was held for a measurement of the baseline on the first rung. */
    baselineHeld(seconds: number): void {
      facts.baseline = seconds;
    },
  };
}
