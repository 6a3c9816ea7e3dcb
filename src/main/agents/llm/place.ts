/** Where in the loop a role is asked, and which model plays it. */
import type { Campaign } from "../../../shared/domain.ts";
import { uuidOf } from "../../../shared/hash.ts";
import type { Endpoint, LlmSettings, Role } from "../../../shared/llm.ts";
import type { Agents, CognitionBase, Llm, LlmPlace } from "../../interfaces.ts";

/** What the creator of every role gets. `fallback`: the built-in agents, which take over where no model can be had. */
export interface Parts {
  llm: Llm;
  settings: LlmSettings;
  cognition: CognitionBase;
  fallback: Agents;
}

/**
 * The places of one conversation, by turn (0, then 1 and 2 for its repairs). Equal after a crash, so that an answer that
 * was paid for is found again.
 * @param step "propose.0" (attempt), "novelty.0", "check.v0", "repair.v1", "judge", "analyse.screen"
 * @param who "researcher", "summariser-P", "summariser-R1", "judge-0"
 */
export function placeOf(
  campaign: Campaign,
  index: number,
  step: string,
  who: string,
): (turn: number) => LlmPlace {
  const experimentId = uuidOf(campaign.id, index);
  return (turn) => ({ campaignId: campaign.id, experimentId, key: `${index}/${step}/${who}/${turn}` });
}

/** Name of the endpoint that plays a role: the one it is given in the settings, else the first. */
export const endpointOf = (settings: LlmSettings, role: Role): string =>
  settings.roles[role] ?? settings.endpoints[0]!.name;

/** Model behind an endpoint; the endpoint's name where the settings do not know it. */
export const modelOf = (settings: LlmSettings, endpoint: string): string =>
  settings.endpoints.find((e: Endpoint) => e.name === endpoint)?.model ?? endpoint;
