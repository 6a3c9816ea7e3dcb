/** The ledger in memory, for tests of what writes to one; ledger.test.ts holds it and the archive's to the same promises. */
import { LlmCall } from "../../../shared/llm.ts";
import type { LedgerStore } from "../../interfaces.ts";

const OPEN: readonly LlmCall["state"][] = ["sent", "unknown", "cancelled"];

export function memoryLedger(): LedgerStore {
  const rows = new Map<string, LlmCall>(); // In the order in which they were first put, as the archive's.
  const prompts = new Map<string, { name: string; text: string }>();
  const vectors = new Map<string, Float32Array>();
  const ofCampaign = (id: string | null) => [...rows.values()].filter((call) => call.campaignId === id);

  return {
    put: (call) => void rows.set(call.id, structuredClone(LlmCall.parse(call))),
    at: (campaignId, key) =>
      structuredClone(
        ofCampaign(campaignId)
          .filter((call) => call.key === key)
          .sort((a, b) => a.attempt - b.attempt),
      ),
    calls: (campaignId) => structuredClone(ofCampaign(campaignId)),
    totals(campaignId) {
      const counted = ofCampaign(campaignId).map((call) =>
        OPEN.includes(call.state) ? call.reserved : call,
      );
      return {
        tokens: counted.reduce((sum, { tokens }) => sum + tokens, 0),
        cost: counted.reduce((sum, { cost }) => sum + cost, 0),
      };
    },
    settle() {
      const sent = [...rows.values()].filter((call) => call.state === "sent");
      for (const call of sent) call.state = "unknown";
      return sent.length;
    },
    putPrompt(hash, name, text) {
      if (!prompts.has(hash)) prompts.set(hash, { name, text });
    },
    vector: (model, textHash) => vectors.get(JSON.stringify([model, textHash]))?.slice() ?? null,
    putVector: (model, textHash, vector) =>
      void vectors.set(JSON.stringify([model, textHash]), vector.slice()),
  };
}
