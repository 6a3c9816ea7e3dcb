/**
 * What may be seen at a logical time. Determinism rests here: everything an agent reads is a function of the campaign's
 * seed and settings, never of how fast the workers were.
 *
 * Time n means "experiments 0 … n − 1 have ended". Proposal k sees the experiments before k − lag, with the scores of
 * those promotions that were decided by k − lag − promotionLag; it waits until all of these are there.
 */
import type { Experiment, Promotion, SearchSettings } from "../../shared/domain.ts";
import { isEnd } from "../../shared/domain.ts";
import { UNJUDGED, UNTESTED } from "./record.ts";

export interface Horizon {
  /** Experiments with a smaller index are seen. */
  experiments: number;
  /** Promotions decided at this time or before are seen. */
  promotions: number;
}

export function proposalHorizon(search: SearchSettings, index: number): Horizon {
  const experiments = Math.max(0, index - search.lag);
  return { experiments, promotions: experiments - search.promotionLag };
}

/** The pool stands still between multiples of updateEvery. */
export function poolHorizon(search: SearchSettings, index: number): Horizon {
  const seen = proposalHorizon(search, index).experiments;
  const experiments = seen - (seen % search.updateEvery);
  return { experiments, promotions: experiments - search.promotionLag };
}

/** What a promotion decision at time n goes by, and the report of a promotion decided then: never one another. */
export function decisionHorizon(search: SearchSettings, n: number): Horizon {
  return { experiments: n, promotions: n - Math.max(1, search.promotionLag) };
}

export interface Records {
  readonly experiments: readonly Experiment[];
  readonly promotions: readonly Promotion[];
  /** Promotions have been decided at every due time up to this one. */
  readonly decided: number;
}

/** Whether all that the horizon shows is there. */
export function settled(records: Records, horizon: Horizon, search: SearchSettings): boolean {
  if (records.experiments.length < horizon.experiments) return false;
  for (let i = 0; i < horizon.experiments; i++) if (!isEnd(records.experiments[i]!.status)) return false;
  const last = horizon.promotions - (horizon.promotions % search.updateEvery);
  if (last > 0 && records.decided < last) return false;
  return records.promotions.every(
    (p) => p.decidedAt > horizon.promotions || p.status === "done" || p.status === "failed",
  );
}

const mark = (rung: string) => `<!-- rung: ${rung} -->`;

/** A deeper rung's report goes below the earlier ones, under a mark that Markdown does not show. */
export const addReport = (analysis: string | null, rung: string, report: string): string =>
  `${analysis ?? ""}\n\n${mark(rung)}\n${report}`;

/** The experiments before the horizon, without the scores and reports of promotions beyond it. Lowest index first. */
export function viewAt(records: Records, horizon: Horizon): Experiment[] {
  const seen = new Set<string>();
  for (const p of records.promotions) {
    if (p.status === "done" && p.decidedAt <= horizon.promotions) seen.add(`${p.experimentId}/${p.rung}`);
  }
  return records.experiments.slice(0, Math.max(0, horizon.experiments)).map((e) => {
    const hidden = e.scores.findIndex((_, rung) => rung > 0 && !seen.has(`${e.id}/${rung}`));
    if (hidden < 0) return e;
    return { ...e, scores: e.scores.slice(0, hidden), analysis: cut(e.analysis, e.scores[hidden]!.rung) };
  });
}

function cut(analysis: string | null, rung: string): string | null {
  const at = analysis?.indexOf(mark(rung)) ?? -1;
  return at < 0 ? analysis : analysis!.slice(0, at).trimEnd();
}

/** Where a repaired experiment keeps what it was first, for those who may not yet know of the repair. */
export interface Original {
  code: string;
  codeHash: string;
  genome: unknown;
}

/** An experiment as it was when its proposal was accepted: all that a later proposal's novelty check may go by. */
export function asProposed(e: Experiment): Experiment {
  const original = e.provenance.original as Original | undefined;
  const { original: _, ...provenance } = e.provenance;
  return {
    ...e,
    ...original,
    provenance,
    status: "gate",
    repairs: 0,
    ...UNTESTED,
    ...UNJUDGED,
  };
}

/** Every earlier experiment with a program: ended ones as they are seen, the others as they were proposed. */
export function knownTo(records: Records, search: SearchSettings, index: number): Experiment[] {
  const horizon = proposalHorizon(search, index);
  const later = records.experiments.slice(horizon.experiments, index).map(asProposed);
  return [...viewAt(records, horizon), ...later].filter((e) => e.code !== "");
}
