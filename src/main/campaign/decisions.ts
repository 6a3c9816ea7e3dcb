/** When promotions are decided: at every multiple of updateEvery, and once more when the last experiment has ended. */
import type { Campaign, Promotion } from "../../shared/domain.ts";
import { isEnd } from "../../shared/domain.ts";
import { mayOpen } from "./budget.ts";
import { decidePromotions } from "./promotion.ts";
import { decisionHorizon, isOpen, type Records, settled, viewAt } from "./view.ts";

/** The next regular decision, when everything that it goes by is there; null otherwise. */
export function regularDecision(
  campaign: Campaign,
  records: Records,
): { time: number; promotions: Promotion[] } | null {
  const { search, protocol, id } = campaign;
  const time = records.decided + search.updateEvery;
  const horizon = decisionHorizon(search, time);
  if (!settled(records, horizon, search)) return null;
  const visible = viewAt(records, horizon);
  const before = records.promotions.filter((p) => p.decidedAt < time);
  const promotions = protocol.rungs.flatMap((_, rung) =>
    decidePromotions({ campaignId: id, visible, before, protocol, rung, time }),
  );
  return { time, promotions: unknownTo(records, promotions) };
}

/**
 * The last decisions, rung by rung: once all experiments have ended and no promotion to this rung or an earlier one is
 * open (so that a part of a decision, stored before a crash, is completed to the same whole). An empty list when there is nothing more to promote; null while something must be waited for.
 */
export function finalDecision(campaign: Campaign, records: Records): Promotion[] | null {
  const { protocol, search, id } = campaign;
  const time = records.experiments.length;
  if (mayOpen(campaign, time) || !records.experiments.every((e) => isEnd(e.status))) return null;
  if (time - records.decided >= search.updateEvery) return null;
  if (!settled(records, decisionHorizon(search, time), search)) return null;
  const visible = viewAt(records, { experiments: time, promotions: Number.POSITIVE_INFINITY });
  for (let rung = 0; rung < protocol.rungs.length; rung++) {
    if (records.promotions.some((p) => p.rung <= rung && isOpen(p))) return null;
    const found = decidePromotions({
      campaignId: id,
      visible,
      before: records.promotions,
      protocol,
      rung,
      time,
    });
    if (found.length > 0) return found;
  }
  return records.promotions.some(isOpen) ? null : [];
}

/** A crash may have stored a part of a decision: the same decision, less what is there. */
const unknownTo = (records: Records, promotions: Promotion[]) =>
  promotions.filter(
    (p) => !records.promotions.some((o) => o.experimentId === p.experimentId && o.rung === p.rung),
  );
