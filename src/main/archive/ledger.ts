/** The ledger of requests to language models, as tables of the archive. Every call is committed when it returns. */
import { LlmCall } from "../../shared/llm.ts";
import type { LedgerStore } from "../interfaces.ts";
import { guarded } from "./errors.ts";
import type { Connection } from "./open.ts";
import * as queries from "./queries.ts";
import { callRow, checked, type Row, readVector, vectorRow } from "./rows.ts";
import { upsert } from "./upsert.ts";

/** @param path names the archive in errors, which are ArchiveErrors */
export function ledgerOf(db: Connection, path: string): LedgerStore {
  const atomic = <T>(work: () => T): T => guarded(path, () => db.transaction(work).immediate());
  const ask = <T>(work: () => T): T => guarded(path, work);

  return {
    put(call) {
      const row = callRow(checked(LlmCall, call, `request ${call.id} (${call.role}, ${call.key})`));
      atomic(() => upsert(db, "llm_calls", ["id"], row));
    },

    at: (campaignId, key) => ask(() => queries.callsAt(db, campaignId, key)),
    calls: (campaignId) => ask(() => queries.calls(db, campaignId)),
    totals: (campaignId) => ask(() => queries.callTotals(db, campaignId)),

    settle: () =>
      atomic(() => db.prepare("UPDATE llm_calls SET state = 'unknown' WHERE state = 'sent'").run().changes),

    putPrompt(hash, name, text) {
      const insert = "INSERT INTO prompts (hash, name, text) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING";
      atomic(() => db.prepare(insert).run(hash, name.toWellFormed(), text.toWellFormed()));
    },

    vector: (model, textHash) =>
      ask(() => {
        const found = "SELECT model, text_hash, vector FROM embeddings WHERE model = ? AND text_hash = ?";
        const row = db.prepare(found).get(model.toWellFormed(), textHash) as Row | undefined;
        return row ? readVector(row) : null;
      }),

    putVector(model, textHash, vector) {
      const row = vectorRow(model, textHash, vector);
      atomic(() => upsert(db, "embeddings", ["model", "text_hash"], row));
    },
  };
}
