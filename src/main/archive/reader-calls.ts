/** The questions that a reader answers, run on its worker thread. */
import type { GalleryFilter } from "../../shared/settings.ts";
import type { BaselineKey, GalleryQuery } from "../interfaces.ts";
import { backup } from "./backup.ts";
import { cardsById } from "./card-rows.ts";
import { facets, gallery } from "./gallery.ts";
import * as graphs from "./graphs.ts";
import { insights } from "./insights.ts";
import type { Connection } from "./open.ts";
import * as queries from "./queries.ts";
import { retrieved } from "./retrieved.ts";
import { search } from "./search.ts";
import { campaignRows, tree } from "./tree.ts";
import { callTexts, logOf, view } from "./view.ts";

export const CALLS = {
  counts: (db: Connection) => queries.counts(db),
  campaigns: (db: Connection) => queries.campaigns(db),
  experiments: (db: Connection, _path: string, campaignId?: string) => queries.experiments(db, campaignId),
  summaries: (db: Connection, _path: string, campaignId?: string) => queries.summaries(db, campaignId),
  experiment: (db: Connection, _path: string, idOrName: string) => {
    const id = queries.findExperiment(db, idOrName);
    return id === null ? null : queries.detail(db, id);
  },
  promotions: (db: Connection, _path: string, campaignId: string) => queries.promotions(db, campaignId),
  promoted: (db: Connection, _path: string, campaignId: string) => queries.promoted(db, campaignId),
  gallery: (db: Connection, _path: string, query: GalleryQuery) => gallery(db, query),
  facets: (db: Connection, _path: string, filter: GalleryFilter) => facets(db, filter),
  cards: (db: Connection, _path: string, ids: readonly string[]) => cardsById(db, ids),
  view: (db: Connection, _path: string, id: string) => view(db, id),
  curvesOf: (db: Connection, _path: string, id: string) => queries.curvesOf(db, id),
  logOf: (db: Connection, _path: string, id: string) => logOf(db, id),
  callTexts: (db: Connection, _path: string, callId: string) => callTexts(db, callId),
  tree: (db: Connection, _path: string, campaignId: string) => tree(db, campaignId),
  insights: (db: Connection, _path: string, campaignId: string) => insights(db, campaignId),
  campaignRows: (db: Connection) => campaignRows(db),
  graph: (db: Connection, _path: string, id: string) => graphs.graph(db, id),
  diagram: (db: Connection, _path: string, id: string) => graphs.diagram(db, id),
  baseline: (db: Connection, _path: string, key: BaselineKey) => queries.baseline(db, key),
  search: (db: Connection, _path: string, text: string, limit?: number) => search(db, text, limit),
  events: (db: Connection, _path: string, afterSeq: number, limit?: number) =>
    queries.events(db, afterSeq, limit),
  retrieved: (db: Connection) => retrieved(db),
  lastEvents: (db: Connection, _path: string, campaignId: string, limit: number) =>
    queries.lastEvents(db, campaignId, limit),
  calls: (db: Connection, _path: string, campaignId?: string, texts?: boolean) =>
    queries.calls(db, campaignId, texts),
  prompts: (db: Connection) => queries.prompts(db),
  backup: (db: Connection, path: string, file: string) => backup(db, path, file),
} as const;

export type Method = keyof typeof CALLS;

export const answer = (db: Connection, path: string, method: Method, args: unknown[]): unknown =>
  (CALLS[method] as (db: Connection, path: string, ...args: unknown[]) => unknown)(db, path, ...args);
