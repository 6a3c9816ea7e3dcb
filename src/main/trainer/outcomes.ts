/** Outcomes in the run folder: a call that is repeated, after a crash for example, returns what the first one found. */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { ofTheMachine } from "../../shared/disk-full.ts";
import { Tier } from "../../shared/domain.ts";
import { MixerGraph } from "../../shared/graph.ts";
import { canonicalJson, sha256 } from "../../shared/hash.ts";
import { Failure, GateVerdict, JobResult } from "../../shared/job.ts";
import type { JobRequest } from "../interfaces.ts";
import { type RunFolder, writeDurably } from "./run-folder.ts";

const Stored = z.object({ request: z.string() });
export const StoredGate = Stored.extend({
  outcome: z.object({
    ok: z.boolean(),
    gates: z.array(GateVerdict),
    params: z.number().nullable(),
    mixerParams: z.number().nullable(),
    flopsPerToken: z.number().nullable(),
    fingerprint: z.string().nullable(),
    failure: Failure.nullable(),
    /** Absent in outcomes from before graphs were traced. */
    graph: MixerGraph.nullable().default(null),
    tier: Tier,
    seconds: z.number(),
  }),
});
export const StoredTrain = Stored.extend({
  outcome: z.object({
    ok: z.boolean(),
    failure: Failure.nullable(),
    curves: z.array(
      z.object({
        run: z.string(),
        steps: z.array(z.number()),
        losses: z.array(z.number()),
        aux: z.array(z.number().nullable()),
      }),
    ),
    tier: Tier,
    seconds: z.number(),
  }),
});

/** Names what was asked for: an outcome counts for the same request only. How it is run (threads, gates first) is no part. */
const requestHash = ({ code, protocol, device, mixerKwargs, runs, heldoutKey }: JobRequest): string =>
  sha256(canonicalJson({ code, protocol, device, mixerKwargs, runs, heldoutKey }));

/** The outcome in the folder, or null. Throws when it belongs to another request. */
export function stored<T>(
  file: string,
  schema: z.ZodType<{ request: string; outcome: T }>,
  job: JobRequest,
): T | null {
  if (!existsSync(file)) return null;
  const { request, outcome } = schema.parse(JSON.parse(readFileSync(file, "utf8")));
  if (request !== requestHash(job))
    throw new Error(
      `the run folder of ${job.id} belongs to another request: choose another id, or delete the folder`,
    );
  return outcome;
}

/** Whether a failure says more about this machine today than about the candidate: it may go well another time. */
const ofToday = (failure: Failure | null): boolean => failure?.kind === "internal" || ofTheMachine(failure);

/** Keeps an outcome for a repeated call, unless it is of today only. */
export function store<T extends { failure: Failure | null }>(file: string, job: JobRequest, outcome: T): T {
  if (ofToday(outcome.failure)) return outcome;
  writeDurably(file, JSON.stringify({ request: requestHash(job), outcome }));
  return outcome;
}

/** The result in the folder, when it is whole and this job's. The sandbox cannot write there. */
export function readResult(folder: RunFolder, job: JobRequest): JobResult | null {
  if (!existsSync(folder.result)) return null;
  try {
    const result = JobResult.parse(JSON.parse(readFileSync(folder.result, "utf8")));
    return result.job === job.id ? result : null;
  } catch {
    return null;
  }
}
