/** The ledger in memory, for tests of what writes to one; ledger.test.ts holds it and the archive's to the same promises. */
import { LlmCall } from "../../../shared/llm.ts";
import type { LedgerStore } from "../../interfaces.ts";

export interface MemoryLedger extends LedgerStore {
  readonly rows: Map<string, LlmCall>;
  readonly prompts: Map<string, { name: string; text: string }>;
}

const OPEN = ["sent", "unknown", "cancelled"];

/** @param rows rows that it holds already, as after a crash */
export function memoryLedger(rows: readonly LlmCall[] = []): MemoryLedger {
  const stored = new Map(rows.map((row) => [row.id, structuredClone(row)]));
  const prompts = new Map<string, { name: string; text: string }>();
  const vectors = new Map<string, Float32Array>();
  const calls = (campaignId: string | null) =>
    [...stored.values()].filter((row) => row.campaignId === campaignId).map((row) => structuredClone(row));
  return {
    rows: stored,
    prompts,
    put(call) {
      stored.set(call.id, structuredClone(LlmCall.parse(call)));
    },
    at: (campaignId, key) =>
      calls(campaignId)
        .filter((row) => row.key === key)
        .sort((a, b) => a.attempt - b.attempt),
    calls,
    totals: (campaignId) =>
      calls(campaignId).reduce(
        (sum, row) => {
          const counts = OPEN.includes(row.state) ? row.reserved : row;
          return { tokens: sum.tokens + counts.tokens, cost: sum.cost + counts.cost };
        },
        { tokens: 0, cost: 0 },
      ),
    settle() {
      let settled = 0;
      for (const row of stored.values())
        if (row.state === "sent") {
          row.state = "unknown";
          settled++;
        }
      return settled;
    },
    putPrompt(hash, name, text) {
      if (!prompts.has(hash)) prompts.set(hash, { name, text });
    },
    vector: (model, textHash) => vectors.get(JSON.stringify([model, textHash]))?.slice() ?? null,
    putVector(model, textHash, vector) {
      vectors.set(JSON.stringify([model, textHash]), vector.slice());
    },
  };
}
