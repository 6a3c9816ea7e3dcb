/**
 * What may be seen at a logical time. Determinism rests here: everything an agent reads is a function of the campaign's
 * seed and settings, never of how fast the workers were.
 *
 * Time n means "experiments 0 … n − 1 have ended". Proposal k sees the experiments before k − lag, with the scores of
 * those promotions that were decided by k − lag − promotionLag; it waits until all of these are there. Where answers take
 * long, an experiment waits for nothing: what is there when it opens is what it sees, and that is stored with it, so that
 * the campaign can be run again from its answers.
 */
import type { Retrieved } from "../../shared/cognition.ts";
import type { Experiment, Horizon, Promotion, SearchSettings } from "../../shared/domain.ts";
import { isEnd } from "../../shared/domain.ts";
import { UNJUDGED, UNTESTED } from "./record.ts";

/** What proposal `index` sees under the campaign's fixed lag. */
export function proposalHorizon(search: SearchSettings, index: number): Horizon {
  const experiments = Math.max(0, index - search.lag);
  return { experiments, promotions: experiments - search.promotionLag };
}

/** What the agents of an experiment see, from its proposal to its report. */
export const horizonOf = (search: SearchSettings, e: Pick<Experiment, "sees" | "index">): Horizon =>
  e.sees ?? proposalHorizon(search, e.index);

/** The pool stands still between multiples of updateEvery. It knows nothing that lies beyond `seen`. */
export function poolHorizon(search: SearchSettings, seen: Horizon): Horizon {
  const experiments = seen.experiments - (seen.experiments % search.updateEvery);
  return { experiments, promotions: Math.min(seen.promotions, experiments - search.promotionLag) };
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

/** Whether a promotion is still on its way. */
export const isOpen = (p: Promotion): boolean => p.status !== "done" && p.status !== "failed";

/** How many experiments have ended without a gap before them. */
export function endedPrefix(experiments: readonly Experiment[]): number {
  const open = experiments.findIndex((e) => !isEnd(e.status));
  return open < 0 ? experiments.length : open;
}

/** All that is settled now: the furthest horizon whose view will never change. */
export function horizonNow(records: Records, search: SearchSettings): Horizon {
  const experiments = endedPrefix(records.experiments);
  const open = records.promotions.filter(isOpen).map((p) => p.decidedAt - 1);
  return {
    experiments,
    promotions: Math.min(experiments, records.decided + search.updateEvery - 1, ...open),
  };
}

/** Whether all that the horizon shows is there. */
export function settled(records: Records, horizon: Horizon, search: SearchSettings): boolean {
  if (records.experiments.length < horizon.experiments) return false;
  for (let i = 0; i < horizon.experiments; i++) if (!isEnd(records.experiments[i]!.status)) return false;
  const last = horizon.promotions - (horizon.promotions % search.updateEvery);
  if (last > 0 && records.decided < last) return false;
  return records.promotions.every((p) => p.decidedAt > horizon.promotions || !isOpen(p));
}

const mark = (rung: string) => `<!-- rung: ${rung} -->`;

/** A deeper rung's report goes below the earlier ones, under a mark that Markdown does not show. */
export const addReport = (analysis: string | null, rung: string, report: string): string =>
  `${analysis ?? ""}\n\n${mark(rung)}\n${report}`;

/** At most so many entries of the cognition base are kept for a report. */
const ENTRIES = 3;

/** Entries that a deeper rung's report found go after the earlier ones, each once; where they begin is kept. */
export function addCognition(e: Experiment, rung: string, found: readonly Retrieved[]): Partial<Experiment> {
  const known = new Set(e.cognition.map((r) => r.id));
  const added = found.slice(0, ENTRIES).filter((r) => !known.has(r.id));
  if (added.length === 0) return {};
  const retrieved = { ...(e.provenance.retrieved as object | undefined), [rung]: e.cognition.length };
  return { cognition: [...e.cognition, ...added], provenance: { ...e.provenance, retrieved } };
}

/** The experiments before the horizon, without the scores and reports of promotions beyond it. Lowest index first. */
export function viewAt(records: Records, horizon: Horizon): Experiment[] {
  const seen = new Set<string>();
  for (const p of records.promotions) {
    if (p.status === "done" && p.decidedAt <= horizon.promotions) seen.add(`${p.experimentId}/${p.rung}`);
  }
  return records.experiments.slice(0, Math.max(0, horizon.experiments)).map((e) => {
    const hidden = e.scores.findIndex((_, rung) => rung > 0 && !seen.has(`${e.id}/${rung}`));
    if (hidden < 0) return e;
    const rungs = e.scores.slice(hidden).map((s) => s.rung);
    const analysis = cut(e.analysis, rungs[0]!);
    return { ...e, scores: e.scores.slice(0, hidden), analysis, ...withoutEntriesOf(e, rungs) };
  });
}

/** Without the entries that the reports of these rungs found; the first of them says where they begin. */
function withoutEntriesOf(e: Experiment, rungs: readonly string[]): Partial<Experiment> {
  const { retrieved, ...provenance } = e.provenance;
  if (!retrieved) return {};
  const starts = Object.entries(retrieved as Record<string, number>);
  const hidden = starts.filter(([rung]) => rungs.includes(rung)).map(([, start]) => start);
  const kept = Object.fromEntries(starts.filter(([rung]) => !rungs.includes(rung)));
  return {
    cognition: e.cognition.slice(0, Math.min(e.cognition.length, ...hidden)),
    provenance: Object.keys(kept).length > 0 ? { ...provenance, retrieved: kept } : provenance,
  };
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

/** What an experiment's provenance gains after its proposal was accepted. */
const LATER = new Set([
  ...["original", "repairs", "before", "anomalies", "notes", "trainSeconds", "curves", "retrieved"],
]);

/** An experiment as it was when its proposal was accepted: all that a later proposal's novelty check may go by. */
export function asProposed(e: Experiment): Experiment {
  const original = e.provenance.original as Original | undefined;
  const provenance = Object.fromEntries(Object.entries(e.provenance).filter(([name]) => !LATER.has(name)));
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

/**
 * Every other experiment with a program that a proposal may not repeat: those that it sees as they are seen, and `others`
 * (indexes beyond its horizon) as they were proposed.
 */
export function knownTo(
  records: Records,
  search: SearchSettings,
  e: Experiment,
  others: readonly number[],
): Experiment[] {
  const later = others.map((i) => asProposed(records.experiments[i]!));
  return [...viewAt(records, horizonOf(search, e)), ...later].filter((o) => o.code !== "");
}
