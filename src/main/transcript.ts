/** What a transcript says of its campaign, so that it can be run again: everything but the answers. */
import { z } from "zod";
import { Campaign, Horizon } from "../shared/domain.ts";

/** A campaign before it has met a machine. */
export const CampaignPlan = Campaign.pick({
  id: true,
  name: true,
  seed: true,
  researcher: true,
  llm: true,
  protocol: true,
  protocolHash: true,
  search: true,
  budget: true,
});
export type CampaignPlan = z.infer<typeof CampaignPlan>;

export const TranscriptHeader = z.object({
  campaign: CampaignPlan,
  /** What depended on time, by the experiments' indexes (Timed in campaign/timed.ts). */
  timed: z.array(
    z.object({
      sees: Horizon.nullable(),
      heldAgainst: z.record(z.string(), z.array(z.number().int().min(0))),
      slow: z.record(z.string(), z.string()),
    }),
  ),
});
export type TranscriptHeader = z.infer<typeof TranscriptHeader>;

export const headerOf = (campaign: Campaign, timed: readonly unknown[]): TranscriptHeader =>
  TranscriptHeader.parse({ campaign: CampaignPlan.parse(campaign), timed });

/** The same campaign again, under its own id: answers name experiments by their ids. It ends after as many experiments. */
export function againOf({ campaign, timed }: TranscriptHeader): CampaignPlan {
  const experiments = Math.max(1, timed.length);
  const budget = { experiments, wallSeconds: null, deviceSeconds: null, tokens: null, cost: null };
  return { ...campaign, name: `${campaign.name} (run again)`, budget };
}
