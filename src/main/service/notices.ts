/** What a person wants to be told who is not looking: pure functions. */
import type { Campaign, Experiment } from "../../shared/domain.ts";
import type { Notice } from "../../shared/live.ts";
import { gainInWords } from "./feed.ts";

const gain = (e: Experiment): string => {
  const score = e.scores.at(-1)!;
  return `${gainInWords(score)} on ${score.rung}`;
};

export const bestNotice = (archive: string, campaign: Campaign, e: Experiment): Notice => ({
  at: new Date().toISOString(),
  kind: "best",
  title: `New best: ${e.name}`,
  body: `${campaign.name}: ${gain(e)}.`,
  route: `#/experiment/${archive}/${e.id}`,
});

/**
 * How a campaign ended; null where it ended because somebody said so.
 * @param ordered it was paused or stopped by an order
 */
export function endNotice(
  archive: string,
  campaign: Campaign,
  opened: number,
  ordered: boolean,
): Notice | null {
  if (ordered) return null;
  const { name, state, budget } = campaign;
  const counted = budget.experiments !== null && opened >= budget.experiments;
  const about = {
    at: new Date().toISOString(),
    body: campaign.reason ?? "",
    route: `#/insights/${archive}/${campaign.id}`,
  };
  if (state === "finished")
    return { ...about, kind: counted ? "finished" : "budget", title: `${name} is finished` };
  if (state === "paused") return { ...about, kind: "failed", title: `${name} had to pause`, route: "#/live" };
  if (state === "failed") return { ...about, kind: "failed", title: `${name} failed`, route: "#/live" };
  return null;
}
