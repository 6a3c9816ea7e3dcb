/** The way of a promotion: train → score → analyse → done. Its experiment stays archived, whatever comes of it. */
import type { Experiment, Promotion } from "../../shared/domain.ts";
import type { Failure } from "../../shared/job.ts";
import type { Change } from "../interfaces.ts";
import type { StepContext } from "./context.ts";
import { scoreJob, trainJob } from "./deviceSteps.ts";
import { isMachineFault } from "./faults.ts";
import { withJudgement } from "./fitness.ts";
import { report } from "./mindSteps.ts";
import { next } from "./record.ts";
import { addCognition, addReport, decisionHorizon, viewAt } from "./view.ts";

type PromotionResult = Omit<Change, "campaignId"> & { experiment: Experiment; promotion: Promotion };

const data = (p: Promotion, more: Record<string, unknown> = {}) => ({ rung: p.rung, ...more });

function failed(e: Experiment, p: Promotion, failure: Failure): PromotionResult {
  return {
    experiment: e,
    promotion: { ...p, status: "failed", failure },
    event: { type: "promotion-failed", data: data(p, { kind: failure.kind, message: failure.message }) },
  };
}

async function train(e: Experiment, p: Promotion, c: StepContext): Promise<PromotionResult> {
  const { job, outcome } = await trainJob(e, p.rung, c);
  const experiment = { ...e, seconds: e.seconds + outcome.seconds };
  const kept = { curves: outcome.curves, log: c.trainer.logTail(job.id) };
  if (!outcome.ok) return { ...failed(experiment, p, outcome.failure!), ...kept };
  return {
    experiment,
    promotion: { ...p, status: "score" },
    ...kept,
    event: { type: "promotion-trained", data: data(p, { seconds: outcome.seconds }) },
  };
}

async function score(e: Experiment, p: Promotion, c: StepContext): Promise<PromotionResult> {
  const seconds = e.seconds - e.scores.reduce((sum, s) => sum + s.seconds, 0);
  const outcome = await scoreJob(e, p.rung, seconds, c);
  if ("failure" in outcome) return failed(e, p, outcome.failure);
  const judged = e.judgement ? withJudgement(outcome.score, e.judgement) : outcome.score;
  return {
    experiment: next(e, { scores: [...e.scores.slice(0, p.rung), judged] }),
    promotion: { ...p, status: "analyse" },
    event: {
      type: "promotion-scored",
      data: data(p, { loss: judged.loss.mean, benchmark: judged.benchmark.mean, fitness: judged.fitness }),
    },
  };
}

async function analyse(e: Experiment, p: Promotion, c: StepContext): Promise<PromotionResult> {
  const visible = viewAt(c.records, decisionHorizon(c.campaign.search, p.decidedAt));
  const { text, cognition } = await report(e, p.rung, visible, c);
  const rung = c.campaign.protocol.rungs[p.rung]!.name;
  const analysis = addReport(e.analysis, rung, text);
  return {
    experiment: next(e, { analysis, ...addCognition(e, rung, cognition) }),
    promotion: { ...p, status: "done" },
    event: { type: "promoted", data: data(p) },
  };
}

/** Does what is next for a promotion. Exceptions end the promotion, unless the campaign is being stopped. */
export async function runPromotion(e: Experiment, p: Promotion, c: StepContext): Promise<PromotionResult> {
  try {
    if (p.status === "train") return await train(e, p, c);
    if (p.status === "score") return await score(e, p, c);
    if (p.status === "analyse") return await analyse(e, p, c);
    throw new Error(`The promotion has ended (${p.status}).`);
  } catch (error) {
    if (c.signal.aborted || isMachineFault(error)) throw error;
    return promotionException(e, p, error);
  }
}

/** The promotion after an exception: our own fault or the analyst's. */
export function promotionException(e: Experiment, p: Promotion, error: unknown): PromotionResult {
  const message = `The promotion threw: ${error instanceof Error ? error.message : String(error)}`;
  const detail = error instanceof Error ? (error.stack ?? "") : "";
  return failed(e, p, { kind: "internal", message, detail });
}
