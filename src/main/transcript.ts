/** What a transcript says of its campaign, so that it can be run again: everything but the answers. */
import { z } from "zod";
import { Campaign, type Experiment, Horizon } from "../shared/domain.ts";

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
  /** What each experiment saw, by its index. */
  sees: z.array(Horizon.nullable()),
});
export type TranscriptHeader = z.infer<typeof TranscriptHeader>;

export const headerOf = (campaign: Campaign, experiments: readonly Experiment[]): TranscriptHeader => ({
  campaign: CampaignPlan.parse(campaign),
  sees: experiments.map((e) => e.sees),
});

/** The same campaign again, under its own id: answers name experiments by their ids. It ends after as many experiments. */
export function againOf({ campaign, sees }: TranscriptHeader): CampaignPlan {
  const experiments = Math.max(1, sees.length);
  const budget = { experiments, wallSeconds: null, deviceSeconds: null, tokens: null, cost: null };
  return { ...campaign, name: `${campaign.name} (run again)`, budget };
}
