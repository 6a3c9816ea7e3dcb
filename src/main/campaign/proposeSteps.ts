/** The steps in which a proposal is made and held against what there is: propose, novelty. */
import type { Experiment } from "../../shared/domain.ts";
import { Proposal } from "../../shared/domain.ts";
import { codeHash } from "../../shared/hash.ts";
import type { NoveltyVerdict } from "../interfaces.ts";
import { isAnswerFault, messageOf } from "./agentFaults.ts";
import { ask } from "./ask.ts";
import type { StepContext } from "./context.ts";
import { isMachineFault } from "./faults.ts";
import { experimentJob } from "./jobs.ts";
import { draw, pool } from "./pool.ts";
import { attemptOf, ended, next, noted, outOfOurHands, type StepResult, withEarlier } from "./record.ts";
import { heldAgainstOf } from "./timed.ts";
import { horizonOf, knownTo, poolHorizon, viewAt } from "./view.ts";

type Repeat = { name: string; reason: string };
const repeatsOf = (e: Experiment): Repeat[] => (e.provenance.repeats as Repeat[] | undefined) ?? [];
const outputHashOf = (e: Experiment) => e.provenance.outputHash as string | undefined;

export async function propose(e: Experiment, c: StepContext): Promise<StepResult> {
  const { campaign, records } = c;
  const { search, seed } = campaign;
  const seen = horizonOf(search, e);
  const visible = viewAt(records, seen);
  const ranked = pool(viewAt(records, poolHorizon(search, seen)), search);
  const repeats = repeatsOf(e);
  const attempt = repeats.length;
  const drawn = draw(ranked, search, seed, e.index);
  const context = { campaign, index: e.index, attempt, visible, pool: ranked, ...drawn, repeats };
  const { by, ...proposal } = Proposal.parse(
    await ask(c, "researcher", (signal) => c.agents.researcher.propose(context, signal)),
  );
  const known = new Set(visible.map((v) => v.id));
  for (const id of [proposal.parentId, ...proposal.referenceIds]) {
    if (id !== null && !known.has(id)) throw new Error(`The researcher named ${id}, which it was not shown.`);
  }
  const { heldAgainst } = e.provenance;
  const provenance = {
    ...proposal.provenance,
    ...withEarlier(proposal.provenance, e.provenance),
    ...(attempt > 0 && { repeats }),
    ...(heldAgainst !== undefined && { heldAgainst }),
  };
  const proposed = next(e, {
    ...proposal,
    provenance,
    researcher: by ?? c.agents.researcher.name,
    codeHash: codeHash(proposal.code),
    status: "novelty",
  });
  const version = { version: 0, code: proposal.code, why: "proposed" };
  const result = c.agents.novelty.compare
    ? await compared(proposed, attempt, visible, c)
    : { experiment: proposed, event: { type: "proposed", data: { name: proposal.name, attempt } } };
  return { ...result, version };
}

/** A proposal after the comparison of ideas: on to the exact one, or back as a repeat. */
async function compared(
  e: Experiment,
  attempt: number,
  visible: readonly Experiment[],
  c: StepContext,
): Promise<StepResult> {
  const fingerprint = await outputHash(e, attempt, c);
  const measured =
    fingerprint === null ? e : next(e, { provenance: { ...e.provenance, outputHash: fingerprint } });
  const context = { campaign: c.campaign, index: e.index, attempt, visible };
  const event = { type: "proposed", data: { name: e.name, attempt } };
  let verdict: NoveltyVerdict;
  try {
    verdict = await ask(c, "novelty check", (signal) =>
      c.agents.novelty.compare!(context, proposalOf(e), fingerprint, signal),
    );
  } catch (error) {
    if (c.signal.aborted || !isAnswerFault(error)) throw error;
    // The exact comparison stands; a proposal is not given up because nobody could say more.
    return { experiment: noted(measured, `Not compared with other ideas: ${messageOf(error)}`), event };
  }
  return verdict.novel ? { experiment: measured, event } : repeated(measured, verdict, c);
}

/** What the program computes, measured without the device's lease; null when it cannot be had: the gate will say why. */
async function outputHash(e: Experiment, attempt: number, c: StepContext): Promise<string | null> {
  const job = experimentJob(c.campaign, e, 0, c.threads);
  // The code's hash: an attempt that a crash cut off may be answered with another program.
  const id = `${e.id}-f${attempt}-${e.codeHash.slice(0, 8)}`;
  return c.fingerprints(async () => {
    c.signal.throwIfAborted();
    try {
      const asked = { ...job, id, gates: false, runs: [], device: "cpu" as const };
      const outcome = await c.trainer.gate(asked, { signal: c.signal });
      return outcome.ok ? outcome.fingerprint : null;
    } catch (error) {
      if (c.signal.aborted || isMachineFault(error)) throw error;
      return null;
    } finally {
      c.trainer.forget(id);
    }
  });
}

const proposalOf = ({
  name,
  motivation,
  code,
  genome,
  parentId,
  referenceIds,
  provenance,
}: Experiment): Proposal => ({
  ...{ name, motivation, code, genome, parentId, referenceIds, provenance },
});

export async function novelty(e: Experiment, c: StepContext): Promise<StepResult> {
  const others = c.othersOf(e);
  const known = knownTo(c.records, c.campaign.search, e, others);
  const verdict =
    sameOutput(e, known) ??
    (await ask(c, "novelty check", (signal) => c.agents.novelty.check(proposalOf(e), known, signal)));
  const heldAgainst = { ...heldAgainstOf(e), [attemptOf(e)]: others };
  const compared = c.agents.paced ? next(e, { provenance: { ...e.provenance, heldAgainst } }) : e;
  if (!verdict.novel) return repeated(compared, verdict, c);
  return { experiment: next(compared, { status: "gate" }), event: { type: "novel", data: {} } };
}

/** The verdict on a proposal that computes what an earlier one did, or null. */
function sameOutput(e: Experiment, known: readonly Experiment[]) {
  const mine = outputHashOf(e);
  const twin =
    mine === undefined
      ? undefined
      : known.find((k) => outputHashOf(k) === mine && !outOfOurHands(k.failure?.kind));
  return twin
    ? { novel: false as const, repeats: twin.name, reason: `Computes the same function as ${twin.name}.` }
    : null;
}

/** Back to the researcher with what was repeated, or given up. */
function repeated(e: Experiment, verdict: { repeats: string; reason: string }, c: StepContext): StepResult {
  const repeats = [...repeatsOf(e), { name: verdict.repeats, reason: verdict.reason }];
  const change = { provenance: { ...e.provenance, repeats } };
  if (repeats.length > c.campaign.search.noveltyRetries) {
    const message = `Repeats ${verdict.repeats}: ${verdict.reason}`;
    const detail = `${repeats.length} proposals were repeats: ${repeats.map((r) => r.name).join(", ")}.`;
    return ended(e, { kind: "duplicate", message, detail }, change);
  }
  return {
    experiment: next(e, { ...change, status: "propose" }),
    event: { type: "repeat", data: { repeats: verdict.repeats, reason: verdict.reason } },
  };
}
