/**
 * The record of an experiment: how it opens, what is next for it, and how it ends. A record is always "about to do" its
 * status, so that going on after a crash is doing what the records say. One with a failure and an open status waits for
 * the engineer ("repair").
 */
import type { Campaign, Experiment, Horizon } from "../../shared/domain.ts";
import { type ENDS, isEnd, type Status } from "../../shared/domain.ts";
import { codeHash, uuidOf } from "../../shared/hash.ts";
import type { Failure, FailureKind } from "../../shared/job.ts";
import type { Change } from "../interfaces.ts";
import { failureOf, spentOn } from "./agentFaults.ts";
import { type Anomaly, anomaliesOf, newestVersion, restored } from "./versions.ts";

/** What a step makes of a record, with the event to store beside it. */
export type StepResult = Omit<Change, "campaignId"> & { experiment: Experiment };

export type Action = Exclude<Status, (typeof ENDS)[number]> | "repair";

/** What is to be done next with a record; null when it has ended. */
export function nextAction(e: Experiment): Action | null {
  if (isEnd(e.status)) return null;
  return e.failure ? "repair" : (e.status as Action);
}

export const isDeviceAction = (a: Action): boolean => a === "gate" || a === "train" || a === "score";

/** Failures that no new version of the code can mend. */
const beyondRepair: readonly FailureKind[] = ["internal", "duplicate", "answer"];

/** Whether a failure says nothing about the candidate: it was ours, or its agents'. */
export const outOfOurHands = (kind: FailureKind | undefined): boolean =>
  kind === "internal" || kind === "answer";

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
  cognition: [],
  tier: null,
  seconds: 0,
} satisfies Partial<Experiment>;

/** The record with which experiment `index` begins. `sees` is null where the campaign's fixed lag says what it sees. */
export function openExperiment(
  campaign: Campaign,
  index: number,
  researcher: string,
  sees: Horizon | null = null,
): StepResult {
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
    sees,
    repairs: 0,
    ...UNTESTED,
    ...UNJUDGED,
    createdAt: at,
    updatedAt: at,
  };
  return { experiment, event: { type: "opened", data: { index, ...(sees && { sees }) } } };
}

export function next(e: Experiment, change: Partial<Experiment>): Experiment {
  return { ...e, ...change, updatedAt: new Date().toISOString() };
}

/** The record with something to tell beside it, which stopped nothing. */
export function noted(e: Experiment, note: string): Experiment {
  const notes = [...((e.provenance.notes as string[] | undefined) ?? []), note];
  return next(e, { provenance: { ...e.provenance, notes } });
}

/** Whether an anomaly may go to the engineer: while repairs are left, and each kind of it once. */
export const mayQuestion = (e: Experiment, what: Anomaly["what"], search: Campaign["search"]): boolean =>
  newestVersion(e) < search.repairs && !anomaliesOf(e).some((a) => a.what === what);

/** The record of a version that was measured and yet goes to the engineer; its status is where it goes on from if it stands. */
export function questioned(
  e: Experiment,
  what: Anomaly["what"],
  failure: Failure,
  change: Partial<Experiment>,
): StepResult {
  const { kind, message } = failure;
  const changed = { ...e, ...change };
  const entry: Anomaly = { what, version: e.repairs, message, repaired: false, outcome: null };
  const provenance = { ...changed.provenance, anomalies: [...anomaliesOf(e), entry] };
  return {
    experiment: next(changed, { failure, provenance }),
    event: { type: "broke", data: { step: e.status, kind, message } },
  };
}

/** The record after a failure: to the engineer while repairs are left, else rejected (by a gate) or failed. */
export function afterFailure(
  e: Experiment,
  failure: Failure,
  search: Campaign["search"],
  change: Partial<Experiment> = {},
): StepResult {
  const mend = newestVersion(e) < search.repairs && !beyondRepair.includes(failure.kind);
  const kind = failure.kind;
  if (mend) {
    const experiment = next(e, { ...change, failure });
    return { experiment, event: { type: "broke", data: { step: e.status, kind, message: failure.message } } };
  }
  return ended(e, failure, change);
}

/** The record at its end, rejected by a gate or failed; or with the tested version that a repair had put aside. */
export function ended(e: Experiment, failure: Failure, change: Partial<Experiment> = {}): StepResult {
  const back = restored(e, failure, change.seconds ?? e.seconds);
  if (back) return back;
  const rejected = (e.status === "gate" || e.status === "novelty") && !outOfOurHands(failure.kind);
  const status = rejected ? "rejected" : "failed";
  const experiment = next(e, { ...change, failure, status });
  return {
    experiment,
    event: { type: status, data: { step: e.status, kind: failure.kind, message: failure.message } },
  };
}

/** How often its proposal has been sent back as a repeat. */
export const attemptOf = (e: Experiment): number =>
  (e.provenance.repeats as readonly unknown[] | undefined)?.length ?? 0;

/** What a model was paid for proposals of its own that were sent back counts for the one that is kept. */
export function withEarlier(now: Record<string, unknown>, earlier: Record<string, unknown>) {
  type Paid = { endpoint?: string; cost?: number; tokens?: number };
  const [last, first] = [now.llm, earlier.llm] as (Paid | undefined)[];
  if (!last || !first || last.endpoint !== first.endpoint) return {};
  const sum = (key: "cost" | "tokens") => (last[key] ?? 0) + (first[key] ?? 0);
  return { llm: { ...last, cost: sum("cost"), tokens: sum("tokens") } };
}

/** The record after an exception: our own fault or an agent's, never a score. */
export function afterException(e: Experiment, error: unknown): StepResult {
  const step = nextAction(e) ?? e.status;
  const failure = failureOf(step, error);
  // A model that never answers usably has to answer for it where the researcher's model is chosen.
  const spent = step === "propose" ? spentOn(error) : null;
  const change = spent
    ? { provenance: { ...e.provenance, llm: spent, ...withEarlier({ llm: spent }, e.provenance) } }
    : {};
  const { experiment, event } = ended(e, failure, change);
  return { experiment, event: { ...event, data: { ...event.data, step } } };
}
