/** Steps that hold a device slot: gate, train, score. */
import { ofTheMachine } from "../../shared/disk-full.ts";
import type { Experiment, RungScore } from "../../shared/domain.ts";
import type { Failure } from "../../shared/job.ts";
import type { Curve, JobRequest, TrainOutcome } from "../interfaces.ts";
import { anomaly, slowness, tooGood } from "./anomalies.ts";
import type { StepContext } from "./context.ts";
import { isMachineFault, MachineFault } from "./faults.ts";
import { checkRuns, scoreRung } from "./fitness.ts";
import { attemptsAt, experimentJob } from "./jobs.ts";
import {
  afterFailure,
  ended,
  mayQuestion,
  next,
  outOfOurHands,
  questioned,
  type StepResult,
} from "./record.ts";
import { trainSecondsOf } from "./versions.ts";
import { horizonOf, viewAt } from "./view.ts";

type Outcome = { ok: boolean; failure: Failure | null };

/** Tries the jobs in turn while the trainer itself is at fault (an internal failure, or an exception); the last counts. */
async function tryJobs<T extends Outcome>(
  jobs: readonly JobRequest[],
  signal: AbortSignal,
  call: (job: JobRequest) => Promise<T>,
): Promise<{ job: JobRequest; outcome: T }> {
  for (const job of jobs.slice(0, -1)) {
    try {
      const outcome = blameless(await call(job));
      if (outcome.ok || outcome.failure?.kind !== "internal") return { job, outcome };
    } catch (error) {
      if (isMachineFault(error)) throw error;
      // The next attempt tells whether it stays so.
    }
    signal.throwIfAborted();
  }
  const job = jobs.at(-1)!;
  return { job, outcome: blameless(await call(job)) };
}

/** Throws where the machine failed, not the candidate. */
function blameless<T extends Outcome>(outcome: T): T {
  if (!outcome.ok && ofTheMachine(outcome.failure)) throw new MachineFault(outcome.failure!.message);
  return outcome;
}

const noReason = (what: string): Failure => ({
  kind: "internal",
  message: `The trainer reported a failed ${what} without a reason.`,
  detail: "",
});

const options = (c: StepContext) => ({ signal: c.signal, onEvent: c.onJob });

export async function gate(e: Experiment, c: StepContext): Promise<StepResult> {
  const job = experimentJob(c.campaign, e, 0, c.threads);
  const { outcome } = await tryJobs([job, job], c.signal, (j) => c.trainer.gate(j, options(c)));
  const { gates, params, mixerParams, flopsPerToken, fingerprint, tier, graph } = outcome;
  const seconds = e.seconds + outcome.seconds;
  const change = { gates, params, mixerParams, flopsPerToken, fingerprint, tier, seconds };
  const log = c.trainer.logTail(job.id);
  if (!outcome.ok) {
    const failure = outcome.failure ?? noReason("gate");
    return { graph, ...afterFailure(e, failure, c.campaign.search, change), log };
  }
  if (mixerParams === null || flopsPerToken === null) {
    c.trainer.discard(job.id);
    const message = "The gates passed, but the trainer reported no parameter count.";
    return { graph, ...ended(e, { kind: "internal", message, detail: "" }, change), log };
  }
  // Compared with what its agents see, so that timing decides nothing.
  const seen = viewAt(c.records, horizonOf(c.campaign.search, e));
  // One that our own fault kept from being measured does not stand in the way.
  const measured = seen.filter((v) => !outOfOurHands(v.failure?.kind));
  const twin = fingerprint === null ? undefined : measured.find((v) => v.fingerprint === fingerprint);
  if (twin) {
    c.trainer.discard(job.id);
    const message = `Computes the same function as ${twin.name} (experiment ${twin.index}).`;
    return { graph, ...ended(e, { kind: "duplicate", message, detail: twin.id }, change), log };
  }
  const status = c.agents.checker ? "check" : "train";
  // Its process holds memory while the checker thinks: beyond a few, the training starts a new one.
  if (status === "check" && !c.mayWait()) c.trainer.discard(job.id);
  return {
    experiment: next(e, { ...change, status }),
    log,
    graph,
    event: { type: "gated", data: { params, mixerParams, flopsPerToken, seconds: outcome.seconds } },
  };
}

/** Trains an experiment's runs of a rung. A failed outcome has its reason. */
export async function trainJob(
  e: Experiment,
  rung: number,
  c: StepContext,
): Promise<{ job: JobRequest; outcome: TrainOutcome }> {
  const jobs = attemptsAt(experimentJob(c.campaign, e, rung, c.threads));
  const { job, outcome } = await tryJobs(jobs, c.signal, (j) => c.trainer.train(j, options(c)));
  return {
    job,
    outcome: outcome.ok ? outcome : { ...outcome, failure: outcome.failure ?? noReason("training") },
  };
}

export async function train(e: Experiment, c: StepContext): Promise<StepResult> {
  const { search } = c.campaign;
  if (e.scores.length > 0) return fetchAgain(e, c);
  // Of the runs alone: a process that had to be started for this took longer, through no fault of the candidate.
  let runSeconds = 0;
  const onJob: StepContext["onJob"] = (event) => {
    if (event.type === "run_done") runSeconds += event.seconds;
    c.onJob(event);
  };
  const { job, outcome } = await trainJob(e, 0, { ...c, onJob });
  // A version that came back unscored: its seconds were counted then.
  const before = trainSecondsOf(e);
  const seconds = e.seconds + (before === undefined ? outcome.seconds : 0);
  const told = { log: c.trainer.logTail(job.id), curves: outcome.curves };
  const event = { type: "trained", data: { seconds: outcome.seconds } };
  const change = { seconds, tier: outcome.tier };
  if (!outcome.ok) return { ...afterFailure(e, outcome.failure!, search, change), ...told };
  if (!c.agents.paced) return { experiment: next(e, { ...change, status: "score" }), ...told, event };
  const trainSeconds = before ?? (runSeconds > 0 ? runSeconds : outcome.seconds);
  const trained = {
    ...change,
    status: "score" as const,
    provenance: { ...e.provenance, trainSeconds, curves: thinned(outcome.curves) },
  };
  const peers = viewAt(c.records, horizonOf(search, e)).flatMap((v) => trainSecondsOf(v) ?? []);
  const said = c.timed?.(e.index)?.slow[e.repairs];
  const measured = c.timed ? (said ? anomaly(said) : null) : slowness(trainSeconds, peers);
  const slow = mayQuestion(e, "slow", search) ? measured : null;
  if (slow) return { ...questioned(e, "slow", slow, trained), ...told };
  return { experiment: next(e, trained), ...told, event };
}

/** Points of each curve that are kept with the record, for an analyst who reads: the whole curve is in the archive. */
const POINTS = 8;

/** [step, loss] at even distances, the last one always among them. */
export const thinned = (curves: readonly Curve[]): Record<string, [number, number][]> =>
  Object.fromEntries(
    curves.map(({ run, steps, losses }) => {
      const n = Math.min(POINTS, steps.length);
      const at = Array.from({ length: n }, (_, i) => Math.round(((i + 1) * steps.length) / n) - 1);
      return [run, at.map((i) => [steps[i]!, Number(losses[i]!.toPrecision(5))] as [number, number])];
    }),
  );

/** A version that came back with its result: only its curves and log are fetched, whatever became of the run folder. */
async function fetchAgain(e: Experiment, c: StepContext): Promise<StepResult> {
  const experiment = next(e, { status: "judge" });
  const event = { type: "trained", data: { again: true } };
  try {
    const { job, outcome } = await trainJob(e, 0, c);
    const told = { log: c.trainer.logTail(job.id), curves: outcome.curves };
    return { experiment, event, ...(outcome.ok && told) };
  } catch (error) {
    if (c.signal.aborted || isMachineFault(error)) throw error;
    return { experiment, event };
  }
}

/** Scores one rung of a job; a failure when anything is missing or no number. */
export async function scoreJob(
  e: Experiment,
  rung: number,
  seconds: number,
  c: StepContext,
): Promise<{ score: RungScore } | { failure: Failure }> {
  // Returns at once when the run folder holds the training; one that was lost with its folder is trained again.
  const { job, outcome } = await trainJob(e, rung, c);
  if (!outcome.ok) return { failure: outcome.failure! };
  const { outcome: result } = await tryJobs([job, job], c.signal, (j) => c.trainer.score(j, options(c)));
  const failure = result.ok ? checkRuns(job.runs, result.runs) : (result.failure ?? noReason("score"));
  if (failure) return { failure };
  const { campaign, baseline } = c;
  const given = { protocol: campaign.protocol, rung, runs: result.runs, baseline, seconds };
  const { measuredOn } = campaign;
  return {
    score: { ...scoreRung({ ...given, mixerParams: e.mixerParams! }), ...(measuredOn && { measuredOn }) },
  };
}

export async function score(e: Experiment, c: StepContext): Promise<StepResult> {
  const outcome = await scoreJob(e, 0, e.seconds, c);
  if ("failure" in outcome) return afterFailure(e, outcome.failure, c.campaign.search);
  const { loss, benchmark, gain } = outcome.score;
  const scored = { scores: [outcome.score], status: "judge" as const };
  const low = c.agents.paced && mayQuestion(e, "loss", c.campaign.search) ? tooGood(outcome.score) : null;
  if (low) return questioned(e, "loss", low, scored);
  return {
    experiment: next(e, scored),
    event: {
      type: "scored",
      data: { rung: outcome.score.rung, loss: loss.mean, benchmark: benchmark.mean, gain },
    },
  };
}
