/**
 * The versions of an experiment's program. One that was measured and then questioned (an anomaly) is kept aside while a
 * repaired one is tried, and comes back when that fails: no finished result is lost to a repair.
 */
import type { Experiment } from "../../shared/domain.ts";
import type { Failure } from "../../shared/job.ts";
import type { StepResult } from "./record.ts";

/** What is known of a version, and the step it was about to do. */
type Version = Pick<
  Experiment,
  | "code"
  | "codeHash"
  | "genome"
  | "repairs"
  | "gates"
  | "params"
  | "mixerParams"
  | "flopsPerToken"
  | "fingerprint"
  | "scores"
  | "tier"
  | "status"
>;

/** `provenance.before`. */
export interface Before extends Version {
  trainSeconds?: number;
  /** The one that was kept when this one was tried. */
  before?: Before;
}

/** What stood out of a measured version, and what came of asking the engineer: an entry of `provenance.anomalies`. */
export interface Anomaly {
  what: "checker" | "slow" | "loss";
  version: number;
  message: string;
  /** Whether the engineer answered with a new version. */
  repaired: boolean;
  /** null while the engineer is being asked. */
  outcome: string | null;
}

const beforeOf = (e: Experiment) => e.provenance.before as Before | undefined;
export const anomaliesOf = (e: Experiment): readonly Anomaly[] =>
  (e.provenance.anomalies as Anomaly[] | undefined) ?? [];
/** Seconds of the first rung's training, where it is there to be compared; of campaigns with paced agents only. */
export const trainSecondsOf = (e: Experiment) => e.provenance.trainSeconds as number | undefined;

/** Number of the newest version. Not always the one that stands: an earlier one may have come back. */
export const newestVersion = (e: Experiment): number =>
  Math.max(e.repairs, (e.provenance.repairs as string[] | undefined)?.length ?? 0);

/** Versions whose run folders are needed: the one that stands, and those kept aside. */
export function versionsInUse(e: Experiment): Set<number> {
  const inUse = new Set([e.repairs]);
  for (let b = beforeOf(e); b; b = b.before) inUse.add(b.repairs);
  return inUse;
}

/** The provenance with the version that stands kept aside, and without what was measured of it. */
export function setAside(e: Experiment): Experiment["provenance"] {
  const {
    before: earlier,
    trainSeconds,
    ...provenance
  } = e.provenance as { before?: Before } & Pick<Before, "trainSeconds">;
  const { code, codeHash, genome, repairs, gates, params, mixerParams, flopsPerToken, fingerprint } = e;
  const before: Before = {
    ...{ code, codeHash, genome, repairs, gates, params, mixerParams, flopsPerToken, fingerprint },
    ...{ scores: e.scores, tier: e.tier, status: e.status },
    ...(trainSeconds !== undefined && { trainSeconds }),
    ...(earlier && { before: earlier }),
  };
  return { ...provenance, before };
}

/** How often the engineer has answered: with a new version, or that an anomaly is no defect. */
export const answersOf = (e: Experiment): number =>
  newestVersion(e) + anomaliesOf(e).filter((a) => a.outcome !== null && !a.repaired).length;

/** The provenance with the last anomaly's outcome. */
export function withOutcome(e: Experiment, outcome: string, repaired: boolean): Experiment["provenance"] {
  const all = anomaliesOf(e);
  return { ...e.provenance, anomalies: all.with(-1, { ...all.at(-1)!, outcome, repaired }) };
}

/** The provenance once a version has come to its end: nothing is kept aside any more. */
export function settledProvenance(e: Experiment): Experiment["provenance"] {
  const { before: _, ...provenance } = e.provenance;
  return provenance;
}

/**
 * The version that was kept aside, instead of one that fails; null when there is none. One that was trained passes the
 * train step again, at no cost, because its curves and log were overwritten. The graph of the version that fails is removed.
 */
export function restored(e: Experiment, failure: Failure, seconds: number): StepResult | null {
  const kept = beforeOf(e);
  if (!kept) return null;
  const { before: earlier, trainSeconds, ...version } = kept;
  const { before: _, trainSeconds: __, ...provenance } = e.provenance;
  const outcome = `Version ${e.repairs} failed (${failure.kind}): ${failure.message} Version ${version.repairs} stands.`;
  const questioned = anomaliesOf(e).findLastIndex((a) => a.version === version.repairs);
  const anomalies = anomaliesOf(e).map((a, i) => (i === questioned ? { ...a, outcome } : a));
  const experiment: Experiment = {
    ...e,
    ...version,
    status: trainSeconds === undefined ? version.status : "train",
    failure: null,
    seconds,
    provenance: {
      ...provenance,
      anomalies,
      ...(trainSeconds !== undefined && { trainSeconds }),
      ...(earlier && { before: earlier }),
    },
    updatedAt: new Date().toISOString(),
  };
  const { kind, message } = failure;
  const data = { version: version.repairs, failed: e.repairs, step: e.status, kind, message };
  return { experiment, graph: null, event: { type: "restored", data } };
}
