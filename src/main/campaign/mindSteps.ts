/** Steps that wait for an agent once a program is there: repair, check, judge, analyse. */
import type { Experiment } from "../../shared/domain.ts";
import { Judgement } from "../../shared/domain.ts";
import { codeHash } from "../../shared/hash.ts";
import type { GateVerdict } from "../../shared/job.ts";
import type { Report } from "../interfaces.ts";
import { isAnswerFault, messageOf } from "./agentFaults.ts";
import { ask } from "./ask.ts";
import type { StepContext } from "./context.ts";
import { isMachineFault } from "./faults.ts";
import { baselineSpread, withJudgement } from "./fitness.ts";
import { experimentJob } from "./jobs.ts";
import { ended, mayQuestion, next, noted, questioned, type StepResult, UNTESTED } from "./record.ts";
import { answersOf, newestVersion, setAside, settledProvenance, withOutcome } from "./versions.ts";
import { addCognition, horizonOf, viewAt } from "./view.ts";

export async function repair(e: Experiment, c: StepContext): Promise<StepResult> {
  const failure = e.failure!;
  const anomaly = failure.kind === "anomaly";
  const context = { campaign: c.campaign, experiment: e, failure, attempt: answersOf(e) };
  let mended: Awaited<ReturnType<typeof c.agents.engineer.repair>>;
  try {
    mended = await ask(c, "engineer", (signal) => c.agents.engineer.repair(context, signal));
  } catch (error) {
    if (c.signal.aborted || isMachineFault(error)) throw error;
    const trouble = `The engineer gave no answer: ${messageOf(error)}`;
    if (anomaly) return stands(e, trouble);
    if (!isAnswerFault(error)) throw error;
    return ended(e, { ...failure, detail: `${failure.detail}\n\n${trouble}`.trim() });
  }
  if (!mended) return anomaly ? stands(e, "The engineer found no defect.") : ended(e, failure);
  const version = newestVersion(e) + 1;
  const original = e.provenance.original ?? { code: e.code, codeHash: e.codeHash, genome: e.genome };
  const repairs = [...((e.provenance.repairs as string[] | undefined) ?? []), mended.what];
  const provenance = anomaly
    ? setAside({ ...e, provenance: withOutcome(e, `Repaired as version ${version}.`, true) })
    : e.provenance;
  const experiment = next(e, {
    code: mended.code,
    codeHash: codeHash(mended.code),
    genome: mended.genome,
    provenance: { ...provenance, original, repairs },
    repairs: version,
    status: "gate",
    ...UNTESTED,
  });
  const by = mended.by && { by: mended.by };
  return {
    experiment,
    version: { version, code: mended.code, why: `${failure.message} ${mended.what}` },
    event: { type: "repaired", data: { version, what: mended.what, kind: failure.kind, ...by } },
  };
}

/** A version that was questioned goes on as it is. */
function stands(e: Experiment, outcome: string): StepResult {
  return {
    experiment: next(e, { failure: null, provenance: withOutcome(e, outcome, false) }),
    event: { type: "kept", data: { version: e.repairs, message: e.failure!.message, outcome } },
  };
}

/** Reads the code after the gates. What it finds may be mended, and is kept; it rejects nothing. */
export async function check(e: Experiment, c: StepContext): Promise<StepResult> {
  const { checker } = c.agents;
  const passed = (record: Experiment, data: Record<string, unknown>): StepResult => ({
    experiment: next(record, { status: "train" }),
    event: { type: "checked", data },
  });
  if (!checker) return passed(e, { ok: null, by: "none" });
  let found: Awaited<ReturnType<typeof checker.check>>;
  try {
    const context = { campaign: c.campaign, experiment: e };
    found = await ask(c, "checker", (signal) => checker.check(context, signal));
  } catch (error) {
    if (c.signal.aborted) throw error;
    const note = `The checker gave no answer: ${messageOf(error)}`;
    return passed(noted(e, note), { ok: null, by: "none", note });
  }
  const { ok, findings, by } = found;
  if (ok) return passed(e, { ok, by });
  const verdict: GateVerdict = {
    ...{ name: "checker", ok: false, warning: true, value: null, limit: null, detail: findings, kind: null },
  };
  const gates = [...e.gates, verdict];
  if (!mayQuestion(e, "checker", c.campaign.search)) return passed(next(e, { gates }), { ok, by, findings });
  // The process waits with this version, which may never be trained.
  c.trainer.discard(experimentJob(c.campaign, e, 0, c.threads).id);
  const first = findings.split("\n").find((line) => line.trim() !== "") ?? "a defect, without saying which.";
  const failure = {
    kind: "anomaly" as const,
    message: `The checker found: ${first.trim()}`,
    detail: findings,
  };
  return questioned(e, "checker", failure, { gates, status: "train" });
}

/** The judge's third of the fitness; without it the fitness is the mean of the other two: no training is lost to a judge. */
export async function judge(e: Experiment, c: StepContext): Promise<StepResult> {
  const visible = viewAt(c.records, horizonOf(c.campaign.search, e));
  let judgement: Judgement;
  try {
    judgement = Judgement.parse(
      await ask(c, "judge", (signal) =>
        c.agents.judge.judge({ campaign: c.campaign, experiment: e, visible }, signal),
      ),
    );
  } catch (error) {
    if (c.signal.aborted || isMachineFault(error)) throw error;
    return {
      experiment: noted(next(e, { status: "analyse" }), `Not judged: ${messageOf(error)}`),
      event: { type: "judged", data: { score: null, fitness: e.scores[0]!.fitness } },
    };
  }
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
): Promise<Report> {
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
    return { text: `No report: the analyst failed (${messageOf(error)}).`, cognition: [] };
  }
}

export async function analyse(e: Experiment, c: StepContext): Promise<StepResult> {
  const visible = viewAt(c.records, horizonOf(c.campaign.search, e));
  const { text, cognition } = await report(e, 0, visible, c);
  const settled = { ...e, provenance: settledProvenance(e) };
  return {
    experiment: next(settled, {
      analysis: text,
      ...addCognition(settled, e.scores[0]!.rung, cognition),
      status: "archived",
    }),
    event: { type: "archived", data: { name: e.name, fitness: e.scores[0]!.fitness } },
  };
}
