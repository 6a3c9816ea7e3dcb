/** The baseline of a campaign: what must be measured, what is there, and how one measurement is taken. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ofTheMachine } from "../../shared/disk-full.ts";
import type { BaselinePoint, Campaign } from "../../shared/domain.ts";
import type { Failure } from "../../shared/job.ts";
import type { Protocol } from "../../shared/protocol.ts";
import type { Curve, JobOptions, JobRequest, Trainer } from "../interfaces.ts";
import { trainerFolder } from "../paths.ts";
import { isMachineFault, MachineFault } from "./faults.ts";
import { checkRuns } from "./fitness.ts";
import { attemptsAt, type BaselineCell, baselineJob } from "./jobs.ts";

/** Program text of a reference mixer. */
export const readMixer = (name: string): string =>
  readFileSync(join(trainerFolder, "mixers", `${name}.py`), "utf8");

/** Every measurement that a rung's baseline consists of: own size first, so that its spread is known early. */
export function baselineCells(protocol: Protocol, rung: number): BaselineCell[] {
  const { seeds, widths, widthSeeds } = protocol.baseline;
  const cells = (width: number, n: number) => Array.from({ length: n }, (_, seed) => ({ width, rung, seed }));
  return [...cells(1, seeds), ...widths.flatMap((w) => cells(w, widthSeeds))];
}

/** The measurements of a rung that are not there yet. A point counts as measured for a seed when all its tasks are. */
export function missingCells(
  protocol: Protocol,
  rung: number,
  points: readonly BaselinePoint[],
): BaselineCell[] {
  const { name, runs } = protocol.rungs[rung]!;
  return baselineCells(protocol, rung).filter(({ width, seed }) => {
    const point = points.find((p) => p.rung === name && p.width === width);
    return !runs.every((r) => point?.runs.some((s) => s.task === r.task && s.seed === seed));
  });
}

/** The points with one more measurement: its runs join those of the same width and rung. */
export function mergePoint(points: readonly BaselinePoint[], added: BaselinePoint): BaselinePoint[] {
  const same = (p: BaselinePoint) => p.rung === added.rung && p.width === added.width;
  const before = points.find(same);
  if (!before) return [...points, added];
  const seen = new Set(added.runs.map((r) => r.id));
  const runs = [...before.runs.filter((r) => !seen.has(r.id)), ...added.runs];
  return points.map((p) => (same(p) ? { ...added, runs } : p));
}

/** One measurement: a point with the runs of one seed, and how their training went. */
export interface Measured {
  point: BaselinePoint;
  curves: Curve[];
}

/**
 * Takes one measurement. Throws with the reason when the baseline cannot be trained, because nothing can be compared then.
 */
export async function measureCell(
  campaign: Campaign,
  cell: BaselineCell,
  code: string,
  trainer: Trainer,
  threads: number,
  options: JobOptions,
): Promise<Measured> {
  const jobs = attemptsAt(baselineJob(campaign, cell, code, threads));
  for (const job of jobs.slice(0, -1)) {
    try {
      return await measure(job, cell, trainer, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (isMachineFault(error)) throw error;
    }
  }
  return await measure(jobs.at(-1)!, cell, trainer, options);
}

async function measure(
  job: JobRequest,
  cell: BaselineCell,
  trainer: Trainer,
  options: JobOptions,
): Promise<Measured> {
  const stop = (what: string, failure: Failure | null): never => {
    if (ofTheMachine(failure)) throw new MachineFault(failure!.message);
    throw new Error(
      `The baseline (width ${cell.width}, seed ${cell.seed}) failed in ${what}: ${failure?.message ?? "no reason given"}`,
      { cause: failure },
    );
  };
  const gated = await trainer.gate(job, options);
  if (!gated.ok) stop("construction", gated.failure);
  if (!gated.mixerParams) throw new Error("The trainer did not report the baseline's parameters.");
  const trained = await trainer.train(job, options);
  if (!trained.ok) stop("training", trained.failure);
  const result = await trainer.score(job, options);
  if (!result.ok) stop("scoring", result.failure);
  const invalid = checkRuns(job.runs, result.runs);
  if (invalid) stop("scoring", invalid);
  const point = {
    width: cell.width,
    mixerParams: gated.mixerParams,
    flopsPerToken: gated.flopsPerToken ?? 0,
    rung: job.protocol.rungs[cell.rung]!.name,
    runs: result.runs,
  };
  return { point, curves: trained.curves };
}
