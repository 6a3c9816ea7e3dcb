/** The questions that a reader answers, run on its worker thread. */
import { backup } from "./backup.ts";
import type { Connection } from "./open.ts";
import * as queries from "./queries.ts";
import { search } from "./search.ts";

export const CALLS = {
  campaigns: (db: Connection) => queries.campaigns(db),
  experiments: (db: Connection, _path: string, campaignId?: string) => queries.experiments(db, campaignId),
  summaries: (db: Connection, _path: string, campaignId?: string) => queries.summaries(db, campaignId),
  experiment: (db: Connection, _path: string, idOrName: string) => {
    const id = queries.findExperiment(db, idOrName);
    return id === null ? null : queries.detail(db, id);
  },
  previews: (db: Connection, _path: string, id: string) => queries.previews(db, id),
  promotions: (db: Connection, _path: string, campaignId: string) => queries.promotions(db, campaignId),
  baseline: (db: Connection, _path: string, key: { protocolHash: string; device: string }) =>
    queries.baseline(db, key),
  search: (db: Connection, _path: string, text: string, limit?: number) => search(db, text, limit),
  events: (db: Connection, _path: string, afterSeq: number, limit?: number) =>
    queries.events(db, afterSeq, limit),
  calls: (db: Connection, _path: string, campaignId?: string, texts?: boolean) =>
    queries.calls(db, campaignId, texts),
  prompts: (db: Connection) => queries.prompts(db),
  backup: (db: Connection, path: string, file: string) => backup(db, path, file),
} as const;

export type Method = keyof typeof CALLS;

export const answer = (db: Connection, path: string, method: Method, args: unknown[]): unknown =>
  (CALLS[method] as (db: Connection, path: string, ...args: unknown[]) => unknown)(db, path, ...args);
