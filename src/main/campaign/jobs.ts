/** The jobs that a campaign gives to the trainer: which runs, under which name, continuing from which. */
import type { Campaign, Experiment, Promotion } from "../../shared/domain.ts";
import { codeHash, sha256 } from "../../shared/hash.ts";
import type { JobRun } from "../../shared/job.ts";
import type { Protocol } from "../../shared/protocol.ts";
import type { JobRequest } from "../interfaces.ts";
import { newestVersion, versionsInUse } from "./versions.ts";

const runId = (task: string, seed: number) => `${task}-s${seed}`;

/** How far the runs of a rung have been trained when the rung is done. */
function untilOn(protocol: Protocol, rung: number, seeds?: readonly number[]): JobRun[] {
  return protocol.rungs[rung]!.runs.flatMap((r) =>
    (seeds ?? Array.from({ length: r.seeds }, (_, s) => s)).map((seed) => ({
      id: runId(r.task, seed),
      task: r.task,
      seed,
      until: r.until,
      resume: false,
    })),
  );
}

/** The runs of one rung: those that an earlier rung began continue from its checkpoints. `seeds` overrides the rung's. */
export function rungRuns(protocol: Protocol, rung: number, seeds?: readonly number[]): JobRun[] {
  const before =
    rung === 0 ? new Set<string>() : new Set(untilOn(protocol, rung - 1, seeds).map((r) => r.id));
  return untilOn(protocol, rung, seeds).map((r) => ({ ...r, resume: before.has(r.id) }));
}

/**
 * How often, and how, a job is tried when the trainer itself is at fault: again, and where it continues an earlier rung's
 * training, from the first step, because it may be the checkpoints that are gone. All give the same losses.
 */
export function attemptsAt(job: JobRequest): JobRequest[] {
  if (job.from === null) return [job, job];
  const runs = job.runs.map((r) => ({ ...r, resume: false }));
  return [job, job, { ...job, id: `${job.id}-anew`, from: null, runs }];
}

/** One set of held-out data for each protocol and rung: baseline and candidates must be scored on the same. */
export const heldoutKey = (hash: string, rungName: string) => `${hash}/${rungName}`;

const common = (campaign: Campaign, rung: number, threads: number) => ({
  protocol: campaign.protocol,
  device: campaign.device,
  threads,
  heldoutKey: heldoutKey(campaign.protocolHash, campaign.protocol.rungs[rung]!.name),
});

const experimentJobId = (e: Experiment, protocol: Protocol, rung: number) =>
  `${e.id}-v${e.repairs}-${protocol.rungs[rung]!.name}`;

/** Run folders that nothing will continue from once this has been stored: those of failures, and of the rungs below. */
export function obsoleteJobs(
  protocol: Protocol,
  e: Experiment,
  promotion: Pick<Promotion, "rung" | "status"> | null,
): string[] {
  const versions = Array.from({ length: newestVersion(e) + 1 }, (_, repairs) => ({ ...e, repairs }));
  if (e.status === "rejected" || e.status === "failed") {
    return versions.map((v) => experimentJobId(v, protocol, 0));
  }
  if (!promotion) {
    const inUse = versionsInUse(e);
    return versions.filter((v) => !inUse.has(v.repairs)).map((v) => experimentJobId(v, protocol, 0));
  }
  if (promotion.status !== "done" && promotion.status !== "failed") return [];
  const last = promotion.status === "failed" || promotion.rung === protocol.rungs.length - 1;
  const rungs = last ? [promotion.rung - 1, promotion.rung] : [promotion.rung - 1];
  return rungs.map((rung) => experimentJobId(e, protocol, rung));
}

/** Job of one version of an experiment on one rung; gates on the first. */
export function experimentJob(
  campaign: Campaign,
  experiment: Experiment,
  rung: number,
  threads: number,
): JobRequest {
  const { protocol } = campaign;
  return {
    ...common(campaign, rung, threads),
    id: experimentJobId(experiment, protocol, rung),
    code: experiment.code,
    mixerKwargs: {},
    gates: rung === 0,
    runs: rungRuns(protocol, rung),
    from: rung === 0 ? null : experimentJobId(experiment, protocol, rung - 1),
  };
}

/** One baseline measurement: a width (1 is the mixer as it is), a rung and a seed. */
export interface BaselineCell {
  width: number;
  rung: number;
  seed: number;
}

const baselineJobId = (campaign: Campaign, cell: BaselineCell, code: string, rung: number) =>
  [
    "baseline",
    campaign.id,
    codeHash(code).slice(0, 8),
    `w${cell.width}`,
    `s${cell.seed}`,
    // An outcome that an older trainer left in the run folder is no measurement of this one.
    sha256(campaign.measuredOn ?? campaign.device).slice(0, 8),
    campaign.protocol.rungs[rung]!.name,
  ].join("-");

export function baselineJob(
  campaign: Campaign,
  cell: BaselineCell,
  code: string,
  threads: number,
): JobRequest {
  return {
    ...common(campaign, cell.rung, threads),
    id: baselineJobId(campaign, cell, code, cell.rung),
    code,
    mixerKwargs: cell.width === 1 ? {} : { width: cell.width },
    gates: false,
    runs: rungRuns(campaign.protocol, cell.rung, [cell.seed]),
    from: cell.rung === 0 ? null : baselineJobId(campaign, cell, code, cell.rung - 1),
  };
}
