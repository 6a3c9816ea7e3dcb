/** Who goes on to the next rung, and how well the first rung predicts the second. Pure functions. */
import type { Experiment, Promotion, ProxyValidity, RungScore } from "../../shared/domain.ts";
import type { Protocol } from "../../shared/protocol.ts";
import { ranks, spearman, spearmanInterval } from "./statistics.ts";

/** Mean of the ranks of loss gain and benchmark gain (research/trainer.md: equal rank weights), 1 the best. */
export function meritRanks(scores: readonly RungScore[]): number[] {
  const loss = ranks(scores.map((s) => -s.gain));
  const benchmark = ranks(scores.map((s) => -s.benchmarkGain));
  return loss.map((r, i) => (r + benchmark[i]!) / 2);
}

/**
 * Experiments that earn the rung after `rung`, best first, whether or not they have been there already. `top`: the best
 * `fraction` (rounded up) by merit, and all whose loss gain lies within `tieLoss` of the last of them. `beats`: z spreads
 * better than the baseline on loss or benchmark, and not as much worse on the other.
 */
export function earned(experiments: readonly Experiment[], protocol: Protocol, rung: number): Experiment[] {
  const rule = protocol.rungs[rung]!.promote;
  if (!rule || rung + 1 >= protocol.rungs.length) return [];
  const here = experiments.filter((e) => e.status === "archived" && e.scores[rung]);
  const score = (e: Experiment) => e.scores[rung]!;
  const merit = meritRanks(here.map(score));
  const ordered = here
    .map((e, i) => ({ e, merit: merit[i]! }))
    .sort((a, b) => a.merit - b.merit || a.e.index - b.e.index)
    .map(({ e }) => e);
  if (rule.rule === "beats") {
    return ordered.filter((e) => {
      const { loss, benchmark } = score(e).z;
      return Math.max(loss, benchmark) >= rule.z && Math.min(loss, benchmark) > -Math.max(rule.z, 1);
    });
  }
  // 1e-9: .25 of 4 must stay 1 whatever the fraction's last bit says.
  const count = Math.ceil(rule.fraction * ordered.length - 1e-9);
  const last = ordered[count - 1];
  return ordered.filter(
    (e, i) => i < count || (last && Math.abs(score(e).gain - score(last).gain) <= rule.tieLoss),
  );
}

/**
 * New promotions to the rung after `rung` at logical time n: who has earned it among the experiments as seen then, and
 * was not promoted before.
 */
export function decidePromotions(given: {
  campaignId: string;
  visible: readonly Experiment[];
  before: readonly Promotion[];
  protocol: Protocol;
  rung: number;
  time: number;
}): Promotion[] {
  const { campaignId, visible, before, protocol, rung, time } = given;
  const promoted = new Set(before.filter((p) => p.rung === rung + 1).map((p) => p.experimentId));
  return earned(visible, protocol, rung)
    .filter((e) => !promoted.has(e.id))
    .map((e) => ({
      experimentId: e.id,
      campaignId,
      rung: rung + 1,
      decidedAt: time,
      status: "train" as const,
      failure: null,
    }));
}

/**
 * Rank correlation of merit on the first rung with merit on the second, over the experiments that reached it, with its
 * 95 % interval; beside it what the mixer's parameter count alone predicts. The judge has no part in it. All null
 * when n < 3.
 */
export function proxyValidity(experiments: readonly Experiment[]): ProxyValidity {
  const both = experiments.filter((e) => e.scores.length >= 2 && e.mixerParams !== null);
  const n = both.length;
  if (n < 3) return { rho: null, low: null, high: null, n, rhoParams: null };
  // Higher is better on both sides.
  const screen = meritRanks(both.map((e) => e.scores[0]!)).map((r) => -r);
  const confirm = meritRanks(both.map((e) => e.scores[1]!)).map((r) => -r);
  const rho = spearman(screen, confirm);
  const interval = rho === null ? null : spearmanInterval(rho, n);
  return {
    rho,
    low: interval?.low ?? null,
    high: interval?.high ?? null,
    n,
    rhoParams: spearman(
      both.map((e) => e.mixerParams!),
      confirm,
    ),
  };
}
