/**
 * The record of an experiment: how it opens, what is next for it, and how it ends. A record is always "about to do" its
 * status, so that going on after a crash is doing what the records say. One with a failure and an open status waits for
 * the engineer ("repair").
 */
import type { Campaign, Experiment } from "../../shared/domain.ts";
import { isEnd } from "../../shared/domain.ts";
import { codeHash, uuidOf } from "../../shared/hash.ts";
import type { Failure, FailureKind } from "../../shared/job.ts";
import type { Change } from "../interfaces.ts";

/** What a step makes of a record, with the event to store beside it. */
export type StepResult = Omit<Change, "campaignId"> & { experiment: Experiment };

export type Action = "propose" | "novelty" | "repair" | "gate" | "train" | "score" | "judge" | "analyse";

/** What is to be done next with a record; null when it has ended. */
export function nextAction(e: Experiment): Action | null {
  if (isEnd(e.status)) return null;
  return e.failure ? "repair" : (e.status as Action);
}

export const isDeviceAction = (a: Action): boolean => a === "gate" || a === "train" || a === "score";

/** Failures that no new version of the code can mend. */
const beyondRepair: readonly FailureKind[] = ["internal", "duplicate"];

/** What is known of a program before its gates: one list, because a view that forgot a field would show the future. */
export const UNTESTED = {
  failure: null,
  gates: [],
  params: null,
  mixerParams: null,
  flopsPerToken: null,
  fingerprint: null,
  scores: [],
} satisfies Partial<Experiment>;

/** What is known of an experiment, whatever its version, before anything was done with it. */
export const UNJUDGED = {
  judgement: null,
  analysis: null,
  tier: null,
  seconds: 0,
} satisfies Partial<Experiment>;

/** The record with which experiment `index` begins. */
export function openExperiment(campaign: Campaign, index: number, researcher: string): StepResult {
  const at = new Date().toISOString();
  const experiment: Experiment = {
    id: uuidOf(campaign.id, index),
    campaignId: campaign.id,
    index,
    status: "propose",
    name: `experiment-${index}`,
    motivation: "",
    code: "",
    codeHash: codeHash(""),
    genome: null,
    researcher,
    parentId: null,
    referenceIds: [],
    provenance: {},
    repairs: 0,
    ...UNTESTED,
    ...UNJUDGED,
    createdAt: at,
    updatedAt: at,
  };
  return { experiment, event: { type: "opened", data: { index } } };
}

export function next(e: Experiment, change: Partial<Experiment>): Experiment {
  return { ...e, ...change, updatedAt: new Date().toISOString() };
}

/** The record after a failure: to the engineer while repairs are left, else rejected (by a gate) or failed. */
export function afterFailure(
  e: Experiment,
  failure: Failure,
  search: Campaign["search"],
  change: Partial<Experiment> = {},
): StepResult {
  const mend = e.repairs < search.repairs && !beyondRepair.includes(failure.kind);
  const kind = failure.kind;
  if (mend) {
    const experiment = next(e, { ...change, failure });
    return { experiment, event: { type: "broke", data: { step: e.status, kind, message: failure.message } } };
  }
  return ended(e, failure, change);
}

export function ended(e: Experiment, failure: Failure, change: Partial<Experiment> = {}): StepResult {
  const rejected = (e.status === "gate" || e.status === "novelty") && failure.kind !== "internal";
  const status = rejected ? "rejected" : "failed";
  const experiment = next(e, { ...change, failure, status });
  return {
    experiment,
    event: { type: status, data: { step: e.status, kind: failure.kind, message: failure.message } },
  };
}

/** The record after an exception: our own fault or an agent's, never a score. */
export function afterException(e: Experiment, error: unknown): StepResult {
  const step = nextAction(e) ?? e.status;
  const message = `The ${step} step threw: ${error instanceof Error ? error.message : String(error)}`;
  const detail = error instanceof Error ? (error.stack ?? "") : "";
  const experiment = next(e, { failure: { kind: "internal", message, detail }, status: "failed" });
  return { experiment, event: { type: "failed", data: { step, kind: "internal", message } } };
}
