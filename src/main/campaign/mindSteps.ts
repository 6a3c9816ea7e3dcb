/** Steps that wait for an agent: propose, novelty, repair, judge, analyse. */
import type { Experiment } from "../../shared/domain.ts";
import { Judgement, Proposal } from "../../shared/domain.ts";
import { codeHash } from "../../shared/hash.ts";
import type { StepContext } from "./context.ts";
import { baselineSpread, withJudgement } from "./fitness.ts";
import { draw, pool } from "./pool.ts";
import { ended, next, type StepResult, UNTESTED } from "./record.ts";
import { knownTo, poolHorizon, proposalHorizon, viewAt } from "./view.ts";

type Repeat = { name: string; reason: string };
const repeatsOf = (e: Experiment): Repeat[] => (e.provenance.repeats as Repeat[] | undefined) ?? [];

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

export async function propose(e: Experiment, c: StepContext): Promise<StepResult> {
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

export async function novelty(e: Experiment, c: StepContext): Promise<StepResult> {
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

export async function repair(e: Experiment, c: StepContext): Promise<StepResult> {
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
    ...UNTESTED,
  });
  return {
    experiment,
    version: { version: experiment.repairs, code: mended.code, why: `${failure.message} ${mended.what}` },
    event: { type: "repaired", data: { version: experiment.repairs, what: mended.what, kind: failure.kind } },
  };
}

export async function judge(e: Experiment, c: StepContext): Promise<StepResult> {
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

export async function analyse(e: Experiment, c: StepContext): Promise<StepResult> {
  const visible = viewAt(c.records, proposalHorizon(c.campaign.search, e.index));
  const analysis = await report(e, 0, visible, c);
  return {
    experiment: next(e, { analysis, status: "archived" }),
    event: { type: "archived", data: { name: e.name, fitness: e.scores[0]!.fitness } },
  };
}
