/** What may be said when experiments are held against each other: on which rung, and whether beyond noise. */
import type { RungScore } from "../../../shared/domain.ts";
import { half95, verdict } from "../../../shared/interval.ts";
import type { ExperimentView } from "../../../shared/views.ts";

export type Measure = "loss" | "benchmark";

/** A figure of which more is better, with its standard error and the degrees of freedom behind that. */
export interface Measured {
  value: number;
  se: number;
  freedom: number;
}

/** Gain against the baseline at the candidate's own size. */
export const gainOf = (score: RungScore, measure: Measure): Measured =>
  measure === "loss"
    ? { value: score.gain, se: score.gainSe, freedom: score.freedom.loss }
    : { value: score.benchmarkGain, se: score.benchmarkGainSe, freedom: score.freedom.benchmark };

export interface Difference {
  value: number;
  /** Half of the 95 % interval; infinite where the noise is not known. */
  half: number;
  verdict: ReturnType<typeof verdict>;
}

/**
 * `a` minus `b`. Both carry the baseline's noise, and it is counted twice: the interval is on the wide side. Its degrees of
 * freedom are the smaller ones of the two.
 */
export function difference(a: Measured, b: Measured): Difference {
  const value = a.value - b.value;
  const se = Math.hypot(a.se, b.se);
  // Where one's noise is not known, that of the difference is not.
  const freedom = a.se > 0 && b.se > 0 ? Math.min(a.freedom, b.freedom) : 0;
  return { value, half: half95(se, freedom), verdict: verdict(value, se, freedom) };
}

/** Place of the one that is better than all others beyond noise; null where there is none, or nothing to be better than. */
export function best(measured: readonly (Measured | null)[]): number | null {
  const known = measured.flatMap((m, i) => (m ? [{ m, i }] : []));
  if (known.length < 2) return null;
  const found = known.find(({ m, i }) =>
    known.every((o) => o.i === i || difference(m, o.m).verdict === "better"),
  );
  return found?.i ?? null;
}

export interface Rungs {
  /** Rungs on which all of them were scored under one protocol, shallowest first. */
  shared: string[];
  /** Why there is none; null where there is one. */
  why: string | null;
}

/** Figures are comparable under one protocol and on one rung only. Those without any score are left out of it. */
export function sharedRungs(views: readonly ExperimentView[]): Rungs {
  const scored = views.filter((v) => v.experiment.scores.length > 0);
  const [first] = scored;
  if (!first) return { shared: [], why: "None of them has a score yet." };
  if (scored.some((v) => v.campaign.protocolHash !== first.campaign.protocolHash))
    return {
      shared: [],
      why: "They were trained under different protocols: their figures cannot be compared.",
    };
  const shared = first.experiment.scores
    .map((s) => s.rung)
    .filter((rung) => scored.every((v) => scoreOn(v, rung) !== null));
  return {
    shared,
    why: shared.length > 0 ? null : "They have no rung in common: their figures cannot be compared.",
  };
}

/** Score on a rung. @param rung null: the deepest */
export const scoreOn = ({ experiment }: ExperimentView, rung: string | null): RungScore | null =>
  (rung === null ? experiment.scores.at(-1) : experiment.scores.find((s) => s.rung === rung)) ?? null;
