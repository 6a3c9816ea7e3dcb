/**
 * What each step does to an experiment's record. A step reads the record and its context and returns the next record
 * with the event to store beside it; it stores nothing itself. A record is always "about to do" its status, so that going
 * on after a crash is doing what the records say.
 *
 *     propose → novelty → gate → train → score → judge → analyse → archived
 *
 * A record with a failure and a device step as its status waits for the engineer ("repair").
 */
import type { BaselinePoint, Campaign, Experiment, RungScore } from "../../shared/domain.ts";
import { isEnd, Judgement, Proposal } from "../../shared/domain.ts";
import { codeHash, uuidOf } from "../../shared/hash.ts";
import type { Failure, FailureKind, JobEvent } from "../../shared/job.ts";
import type { Agents, Change, Trainer } from "../interfaces.ts";
import { baselineSpread, checkRuns, scoreRung, withJudgement } from "./fitness.ts";
import { experimentJob } from "./jobs.ts";
import { draw, pool } from "./pool.ts";
import { knownTo, poolHorizon, proposalHorizon, type Records, viewAt } from "./view.ts";

export interface StepContext {
  campaign: Campaign;
  records: Records;
  baseline: readonly BaselinePoint[];
  agents: Agents;
  trainer: Trainer;
  threads: number;
  /** Time limit of one call of an agent. */
  agentSeconds: number;
  signal: AbortSignal;
  onJob: (event: JobEvent) => void;
}

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
    failure: null,
    gates: [],
    params: null,
    mixerParams: null,
    flopsPerToken: null,
    fingerprint: null,
    scores: [],
    judgement: null,
    analysis: null,
    tier: null,
    seconds: 0,
    createdAt: at,
    updatedAt: at,
  };
  return { experiment, event: { type: "opened", data: { index } } };
}

type Repeat = { name: string; reason: string };
const repeatsOf = (e: Experiment): Repeat[] => (e.provenance.repeats as Repeat[] | undefined) ?? [];

function next(e: Experiment, change: Partial<Experiment>): Experiment {
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

function ended(e: Experiment, failure: Failure, change: Partial<Experiment> = {}): StepResult {
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

/** Calls an agent under the time limit. Whatever it ignores, the campaign is not held up. */
async function ask<T>(c: StepContext, who: string, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = AbortSignal.timeout(c.agentSeconds * 1000);
  const signal = AbortSignal.any([c.signal, limit]);
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () =>
    reject(
      c.signal.aborted ? c.signal.reason : new Error(`The ${who} gave no answer in ${c.agentSeconds} s.`),
    );
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([call(signal), aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function propose(e: Experiment, c: StepContext): Promise<StepResult> {
  const { campaign, records } = c;
  const { search, seed } = campaign;
  const visible = viewAt(records, proposalHorizon(search, e.index));
  const ranked = pool(viewAt(records, poolHorizon(search, e.index)), search);
  const repeats = repeatsOf(e);
  const proposal = Proposal.parse(
    await ask(c, "researcher", (signal) =>
      c.agents.researcher.propose(
        {
          campaign,
          index: e.index,
          attempt: repeats.length,
          visible,
          pool: ranked,
          ...draw(ranked, search, seed, e.index),
          repeats,
        },
        signal,
      ),
    ),
  );
  const known = new Set(visible.map((v) => v.id));
  for (const id of [proposal.parentId, ...proposal.referenceIds]) {
    if (id !== null && !known.has(id)) throw new Error(`The researcher named ${id}, which it was not shown.`);
  }
  const provenance = { ...proposal.provenance, ...(repeats.length > 0 && { repeats }) };
  const experiment = next(e, {
    ...proposal,
    provenance,
    codeHash: codeHash(proposal.code),
    status: "novelty",
  });
  return {
    experiment,
    version: { version: 0, code: proposal.code, why: "proposed" },
    event: { type: "proposed", data: { name: proposal.name, attempt: repeats.length } },
  };
}

async function novelty(e: Experiment, c: StepContext): Promise<StepResult> {
  const { search } = c.campaign;
  const { name, motivation, code, genome, parentId, referenceIds, provenance } = e;
  const proposal = { name, motivation, code, genome, parentId, referenceIds, provenance };
  const known = knownTo(c.records, search, e.index);
  const verdict = await ask(c, "novelty check", (signal) => c.agents.novelty.check(proposal, known, signal));
  if (verdict.novel) {
    return { experiment: next(e, { status: "gate" }), event: { type: "novel", data: {} } };
  }
  const repeats = [...repeatsOf(e), { name: verdict.repeats, reason: verdict.reason }];
  const change = { provenance: { ...provenance, repeats } };
  if (repeats.length > search.noveltyRetries) {
    const message = `Repeats ${verdict.repeats}: ${verdict.reason}`;
    const detail = `${repeats.length} proposals were repeats: ${repeats.map((r) => r.name).join(", ")}.`;
    return ended(e, { kind: "duplicate", message, detail }, change);
  }
  return {
    experiment: next(e, { ...change, status: "propose" }),
    event: { type: "repeat", data: { repeats: verdict.repeats, reason: verdict.reason } },
  };
}

async function repair(e: Experiment, c: StepContext): Promise<StepResult> {
  const failure = e.failure!;
  const context = { campaign: c.campaign, experiment: e, failure, attempt: e.repairs };
  const mended = await ask(c, "engineer", (signal) => c.agents.engineer.repair(context, signal));
  if (!mended) return ended(e, failure);
  const original = e.provenance.original ?? { code: e.code, codeHash: e.codeHash, genome: e.genome };
  const repairs = [...((e.provenance.repairs as string[] | undefined) ?? []), mended.what];
  const experiment = next(e, {
    code: mended.code,
    codeHash: codeHash(mended.code),
    genome: mended.genome,
    provenance: { ...e.provenance, original, repairs },
    repairs: e.repairs + 1,
    status: "gate",
    failure: null,
    gates: [],
    params: null,
    mixerParams: null,
    flopsPerToken: null,
    fingerprint: null,
    scores: [],
  });
  return {
    experiment,
    version: { version: experiment.repairs, code: mended.code, why: `${failure.message} ${mended.what}` },
    event: { type: "repaired", data: { version: experiment.repairs, what: mended.what, kind: failure.kind } },
  };
}

/** Runs a trainer call again, once, when the trainer itself is at fault. `again` is told that it is the second time. */
export async function twice<T extends { ok: boolean; failure: Failure | null }>(
  signal: AbortSignal,
  call: (again: boolean) => Promise<T>,
): Promise<T> {
  try {
    const outcome = await call(false);
    if (outcome.ok || outcome.failure?.kind !== "internal") return outcome;
  } catch (error) {
    if (signal.aborted) throw error;
  }
  signal.throwIfAborted();
  return await call(true);
}

const noReason = (what: string): Failure => ({
  kind: "internal",
  message: `The trainer reported a failed ${what} without a reason.`,
  detail: "",
});

const options = (c: StepContext) => ({ signal: c.signal, onEvent: c.onJob });

async function gate(e: Experiment, c: StepContext): Promise<StepResult> {
  const job = experimentJob(c.campaign, e, 0, c.threads);
  const outcome = await twice(c.signal, () => c.trainer.gate(job, options(c)));
  const { gates, params, mixerParams, flopsPerToken, fingerprint, tier } = outcome;
  const seconds = e.seconds + outcome.seconds;
  const change = { gates, params, mixerParams, flopsPerToken, fingerprint, tier, seconds };
  const log = c.trainer.logTail(job.id);
  if (!outcome.ok) {
    const failure = outcome.failure ?? noReason("gate");
    return { ...afterFailure(e, failure, c.campaign.search, change), log };
  }
  if (mixerParams === null || flopsPerToken === null) {
    const message = "The gates passed, but the trainer reported no parameter count.";
    return { ...ended(e, { kind: "internal", message, detail: "" }, change), log };
  }
  // Compared with what a serial run with the same lag would know, so that timing decides nothing.
  const seen = viewAt(c.records, proposalHorizon(c.campaign.search, e.index));
  const twin = fingerprint === null ? undefined : seen.find((v) => v.fingerprint === fingerprint);
  if (twin) {
    c.trainer.discard(job.id);
    const message = `Computes the same function as ${twin.name} (experiment ${twin.index}).`;
    return { ...ended(e, { kind: "duplicate", message, detail: twin.id }, change), log };
  }
  return {
    experiment: next(e, { ...change, status: "train" }),
    log,
    event: { type: "gated", data: { params, mixerParams, flopsPerToken, seconds: outcome.seconds } },
  };
}

async function train(e: Experiment, c: StepContext): Promise<StepResult> {
  const job = experimentJob(c.campaign, e, 0, c.threads);
  const outcome = await twice(c.signal, () => c.trainer.train(job, options(c)));
  const change = { seconds: e.seconds + outcome.seconds, tier: outcome.tier };
  const log = c.trainer.logTail(job.id);
  if (!outcome.ok) {
    const failure = outcome.failure ?? noReason("training");
    return { ...afterFailure(e, failure, c.campaign.search, change), log, curves: outcome.curves };
  }
  return {
    experiment: next(e, { ...change, status: "score" }),
    log,
    curves: outcome.curves,
    event: { type: "trained", data: { seconds: outcome.seconds } },
  };
}

/** Scores one rung of a job; a failure when anything is missing or no number. */
export async function scoreJob(
  e: Experiment,
  rung: number,
  seconds: number,
  c: StepContext,
): Promise<{ score: RungScore } | { failure: Failure }> {
  const job = experimentJob(c.campaign, e, rung, c.threads);
  const result = await twice(c.signal, () => c.trainer.score(job, options(c)));
  const failure = result.ok ? checkRuns(job.runs, result.runs) : (result.failure ?? noReason("score"));
  if (failure) return { failure };
  const { campaign, baseline } = c;
  const given = { protocol: campaign.protocol, rung, runs: result.runs, baseline, seconds };
  return { score: scoreRung({ ...given, mixerParams: e.mixerParams! }) };
}

async function score(e: Experiment, c: StepContext): Promise<StepResult> {
  const outcome = await scoreJob(e, 0, e.seconds, c);
  if ("failure" in outcome) return afterFailure(e, outcome.failure, c.campaign.search);
  const { loss, benchmark, gain } = outcome.score;
  return {
    experiment: next(e, { scores: [outcome.score], status: "judge" }),
    event: {
      type: "scored",
      data: { rung: outcome.score.rung, loss: loss.mean, benchmark: benchmark.mean, gain },
    },
  };
}

async function judge(e: Experiment, c: StepContext): Promise<StepResult> {
  const visible = viewAt(c.records, proposalHorizon(c.campaign.search, e.index));
  const judgement = Judgement.parse(
    await ask(c, "judge", (signal) =>
      c.agents.judge.judge({ campaign: c.campaign, experiment: e, visible }, signal),
    ),
  );
  const scores = e.scores.map((s) => withJudgement(s, judgement));
  return {
    experiment: next(e, { judgement, scores, status: "analyse" }),
    event: { type: "judged", data: { score: judgement.score, fitness: scores[0]!.fitness } },
  };
}

/** The analyst's report, or a sentence on why there is none: a finished training is never lost to its report. */
export async function report(
  e: Experiment,
  rung: number,
  visible: readonly Experiment[],
  c: StepContext,
): Promise<string> {
  const { campaign, baseline } = c;
  try {
    const context = {
      campaign,
      experiment: e,
      score: e.scores[rung]!,
      parent: visible.find((v) => v.id === e.parentId) ?? null,
      siblings: visible.filter((v) => v.id !== e.id && e.parentId !== null && v.parentId === e.parentId),
      baseline: baselineSpread(baseline, campaign.protocol, rung),
    };
    return await ask(c, "analyst", (signal) => c.agents.analyst.analyse(context, signal));
  } catch (error) {
    if (c.signal.aborted) throw error;
    return `No report: the analyst failed (${error instanceof Error ? error.message : String(error)}).`;
  }
}

async function analyse(e: Experiment, c: StepContext): Promise<StepResult> {
  const visible = viewAt(c.records, proposalHorizon(c.campaign.search, e.index));
  const analysis = await report(e, 0, visible, c);
  return {
    experiment: next(e, { analysis, status: "archived" }),
    event: { type: "archived", data: { name: e.name, fitness: e.scores[0]!.fitness } },
  };
}

const steps: Record<Action, (e: Experiment, c: StepContext) => Promise<StepResult>> = {
  propose,
  novelty,
  repair,
  gate,
  train,
  score,
  judge,
  analyse,
};

/** Does what is next for a record. Exceptions end the experiment, unless the campaign is being stopped. */
export async function runStep(e: Experiment, c: StepContext): Promise<StepResult> {
  const action = nextAction(e);
  if (!action) throw new Error(`Experiment ${e.index} has ended (${e.status}).`);
  try {
    return await steps[action](e, c);
  } catch (error) {
    if (c.signal.aborted) throw error;
    return afterException(e, error);
  }
}
