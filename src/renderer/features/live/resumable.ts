import type { CampaignRow } from "../../../shared/campaigns.ts";

const CAN = new Set<CampaignRow["live"]>(["interrupted", "paused", "failed"]);

/** The newest campaign that can go on as it is; null where there is none. */
export const resumable = (rows: readonly CampaignRow[]): CampaignRow | null =>
  rows
    .filter((row) => CAN.has(row.live))
    .sort((a, b) => b.campaign.createdAt.localeCompare(a.campaign.createdAt))[0] ?? null;
