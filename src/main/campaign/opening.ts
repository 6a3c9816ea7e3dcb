/** When the next experiment opens, and what its agents will see. Pure functions. */
import type { Campaign, Experiment, Horizon } from "../../shared/domain.ts";
import { mayOpen } from "./budget.ts";
import { onTheWay } from "./pace.ts";
import type { Timed } from "./timed.ts";
import { endedPrefix, horizonNow, horizonOf, proposalHorizon, type Records, settled } from "./view.ts";

/**
 * lag: as soon as all is there that the campaign's fixed lag shows it. demand: while fewer than `depth` are on their way
 * to the device. record: as in a campaign that is run again, by what each experiment saw then (null: its fixed lag).
 */
export type Opens =
  | { by: "lag" }
  | { by: "demand"; depth: number }
  | { by: "record"; timed: (index: number) => Timed | null };

interface State extends Records {
  readonly campaign: Campaign;
  readonly running: ReadonlySet<string>;
}

/** What the next experiment will see (null: the fixed lag says), or null where none may open now. */
export function nextOpening(s: State, opens: Opens): { sees: Horizon | null } | null {
  const index = s.experiments.length;
  const { search } = s.campaign;
  if (!mayOpen(s.campaign, index)) return null;
  if (opens.by === "demand") {
    return onTheWay(s.experiments, s.running) < opens.depth ? { sees: horizonNow(s, search) } : null;
  }
  const sees = opens.by === "record" ? (opens.timed(index)?.sees ?? null) : null;
  return settled(s, sees ?? proposalHorizon(search, index), search) ? { sees } : null;
}

/**
 * Promotions decided at this time or before come before new candidates. Under a lag, the proposals that the slots' next
 * results will open wait for them, not just the very next one: else all of them wait together. On demand nothing waits,
 * and they are due after as many results as the lag would give them.
 */
export function promotionsDue(s: State, opens: Opens, slots: number): number {
  const { search } = s.campaign;
  if (opens.by === "demand") return endedPrefix(s.experiments) - search.promotionLag;
  const index = s.experiments.length + slots - 1;
  const recorded = opens.by === "record" ? opens.timed(index)?.sees : null;
  return (recorded ?? proposalHorizon(search, index)).promotions;
}

/** Its proposal was accepted, or it was given up. */
const decided = (o: Experiment): boolean => o.status !== "propose" && o.status !== "novelty";

/**
 * Indexes of the experiments beyond its horizon that a proposal may not repeat; null while they are not known. On demand
 * they are those that were accepted before it, whatever their index, so that a slow answer holds up no other proposal.
 * Else they are the earlier ones, once all of them have been decided.
 */
export function othersOf(s: State, e: Experiment, attempt: number, opens: Opens): readonly number[] | null {
  const seen = horizonOf(s.campaign.search, e).experiments;
  const beyond = s.experiments.filter((o) => o.index >= seen && o.index !== e.index);
  if (opens.by === "demand") return beyond.filter(decided).map((o) => o.index);
  const recorded = opens.by === "record" ? opens.timed(e.index)?.heldAgainst[attempt] : undefined;
  if (recorded) return recorded.every((i) => s.experiments[i] && decided(s.experiments[i])) ? recorded : null;
  if (!s.experiments.slice(0, e.index).every(decided)) return null;
  return beyond.filter((o) => o.index < e.index).map((o) => o.index);
}
