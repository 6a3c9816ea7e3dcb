/** Settings and requests for tests. */
import { uuidOf } from "../../../shared/hash.ts";
import { Endpoint, LlmSettings } from "../../../shared/llm.ts";
import { type MemoryLedger, memoryLedger } from "../../archive/testing/memory-ledger.ts";
import type { LlmRequest } from "../../interfaces.ts";
import { createLlm, type LlmOptions } from "../llm.ts";

export const CAMPAIGN = uuidOf("campaign");

export const endpointAt = (baseUrl: string, more: Partial<Endpoint> = {}): Endpoint =>
  Endpoint.parse({ name: "main", baseUrl, model: "test-model", ...more });

/** A client without waits between attempts, and its ledger. */
export function llmAt(
  baseUrl: string,
  more: Partial<Endpoint> = {},
  options: Partial<LlmOptions> = {},
): { llm: ReturnType<typeof createLlm>; ledger: MemoryLedger } {
  const ledger = (options.ledger as MemoryLedger | undefined) ?? memoryLedger();
  const llm = createLlm({
    settings: LlmSettings.parse({ endpoints: [endpointAt(baseUrl, more)] }),
    campaignId: CAMPAIGN,
    budget: { tokens: null, cost: null },
    key: () => null,
    random: () => 0,
    ...options,
    ledger,
  });
  return { llm, ledger };
}

export const requestAt = (key: string, content = `question ${key}`): LlmRequest => ({
  role: "judge",
  endpoint: "main",
  place: { campaignId: CAMPAIGN, experimentId: null, key },
  system: "Role: judge\nSay how good it is.",
  messages: [{ role: "user", content }],
});
