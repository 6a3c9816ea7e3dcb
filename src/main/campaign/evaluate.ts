/** One mixer outside a campaign: gates, training and score on one rung, with as many seeds as asked for. */
import type { RungScore } from "../../shared/domain.ts";
import { codeHash, protocolHash } from "../../shared/hash.ts";
import type { Failure, RunScore } from "../../shared/job.ts";
import type { Protocol } from "../../shared/protocol.ts";
import type { DeviceLease, GateOutcome, JobOptions, JobRequest, Trainer } from "../interfaces.ts";
import { checkRuns, summarise } from "./fitness.ts";
import { heldoutKey, rungRuns } from "./jobs.ts";

export interface Evaluation {
  status: "scored" | "rejected" | "failed";
  failure: Failure | null;
  gate: GateOutcome;
  /** null unless scored: a mixer that failed has no score. */
  score: Pick<RungScore, "rung" | "loss" | "benchmark" | "tasks"> | null;
  seconds: number;
}

export interface EvaluateJob {
  code: string;
  protocol: Protocol;
  device: "cpu" | "cuda";
  threads: number;
  /** Index into protocol.rungs; its runs are trained from their first step, which gives the losses that pausing would. */
  rung: number;
  /** Seeds of every run, from 0. With 0, only the gates run. */
  seeds: number;
  /** Tells two evaluations apart, so that neither finds the other's run folder. */
  nonce: string;
}

const request = (e: EvaluateJob): JobRequest => ({
  id: `evaluate-${codeHash(e.code).slice(0, 12)}-${e.nonce}`,
  code: e.code,
  protocol: e.protocol,
  device: e.device,
  threads: e.threads,
  mixerKwargs: {},
  gates: true,
  runs:
    e.seeds === 0
      ? []
      : rungRuns(
          e.protocol,
          e.rung,
          Array.from({ length: e.seeds }, (_, s) => s),
        ).map((r) => ({ ...r, resume: false })),
  from: null,
  heldoutKey: heldoutKey(protocolHash(e.protocol), e.protocol.rungs[e.rung]!.name),
});

/** The gates alone. */
export async function gateOnly(
  candidate: Omit<EvaluateJob, "seeds">,
  trainer: Trainer,
  options: JobOptions,
): Promise<GateOutcome> {
  const job = request({ ...candidate, seeds: 0 });
  try {
    return await trainer.gate(job, options);
  } finally {
    trainer.forget(job.id);
  }
}

export async function evaluate(
  candidate: EvaluateJob,
  trainer: Trainer,
  lease: DeviceLease,
  options: JobOptions,
): Promise<Evaluation> {
  const job = request(candidate);
  const release = await lease.acquire(0, options.signal);
  try {
    const gate = await trainer.gate(job, options);
    if (!gate.ok)
      return { status: "rejected", failure: gate.failure, gate, score: null, seconds: gate.seconds };
    const trained = await trainer.train(job, options);
    const seconds = gate.seconds + trained.seconds;
    const failed = (failure: Failure | null): Evaluation => ({
      status: "failed",
      failure,
      gate,
      score: null,
      seconds,
    });
    if (!trained.ok) return failed(trained.failure);
    const result = await trainer.score(job, options);
    if (!result.ok) return failed(result.failure);
    const bad = checkRuns(job.runs, result.runs);
    if (bad) return failed(bad);
    return { status: "scored", failure: null, gate, score: summary(candidate, result.runs), seconds };
  } finally {
    release();
    trainer.forget(job.id);
  }
}

const summary = ({ protocol, rung }: EvaluateJob, runs: readonly RunScore[]) => ({
  rung: protocol.rungs[rung]!.name,
  ...summarise(protocol, rung, runs),
});
