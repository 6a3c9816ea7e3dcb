/**
 * A long list, read page by page as it comes into view. Pages scrolled past before they came are not waited for; those
 * read are kept, but for the farthest once there are many.
 */

import type { Card } from "../../../shared/views.ts";
import { isCancelled } from "../../api/index.ts";

/** Cards of a page. */
export const PAGE = 120;
/** Pages kept: at about 5 KB a card, with its picture, some 30 MB. */
const KEPT = 50;
/** A page has to be in view this long before it is asked for: dragging the scrollbar passes hundreds. */
export const SETTLE_MS = 50;

export type FetchPage = (
  offset: number,
  limit: number,
  signal: AbortSignal,
) => Promise<{ total: number; cards: Card[] }>;

export interface Snapshot {
  /** null: nothing has come yet. */
  total: number | null;
  /** Why the last page did not come; null once one has. */
  error: unknown;
  /** Counts the changes: what was read of the list may be different now. */
  version: number;
}

export interface Pages {
  /** undefined: not there yet. */
  card(index: number): Card | undefined;
  /** Place of a card among those that are there; −1 where it is not. */
  find(id: string): number;
  /** Cells in view: their pages are read, others that are under way given up. */
  want(first: number, last: number): void;
  /** The list has changed: pages in view are read again, and shown as they were until then. */
  refresh(): void;
  /** Shows a card with changes that are being stored; null: as it was read. */
  overlay(id: string, change: Partial<Card> | null): void;
  /** The changes are stored. */
  settle(id: string, change: Partial<Card>): void;
  snapshot(): Snapshot;
  subscribe(changed: () => void): () => void;
  close(): void;
}

interface Page {
  cards: Card[];
  stale: boolean;
}

export function createPages(fetch: FetchPage): Pages {
  const pages = new Map<number, Page>();
  const asked = new Map<number, AbortController>();
  const overlays = new Map<string, Partial<Card>>();
  const shown = new Map<string, { card: Card; change: Partial<Card>; result: Card }>();
  const listeners = new Set<() => void>();
  let state: Snapshot = { total: null, error: null, version: 0 };
  let wanted: [number, number] = [0, 0];
  let timer: ReturnType<typeof setTimeout> | null = null;

  const tell = (change: Partial<Snapshot> = {}) => {
    state = { ...state, ...change, version: state.version + 1 };
    for (const listener of [...listeners]) listener();
  };
  const inView = (page: number) => page >= wanted[0] && page <= wanted[1];
  const isMissing = (page: number) => pages.get(page)?.stale !== false && !asked.has(page);

  function start(): void {
    timer = null;
    for (let page = wanted[0]; page <= wanted[1]; page++) if (isMissing(page)) void read(page);
  }

  async function read(page: number): Promise<void> {
    const abort = new AbortController();
    asked.set(page, abort);
    try {
      const { total, cards } = await fetch(page * PAGE, PAGE, abort.signal);
      if (abort.signal.aborted) return;
      pages.set(page, { cards, stale: false });
      dropFarthest();
      tell({ total, error: null });
    } catch (error) {
      if (!abort.signal.aborted && !isCancelled(error)) tell({ error });
    } finally {
      if (asked.get(page) === abort) asked.delete(page);
    }
  }

  function dropFarthest(): void {
    const distance = (page: number) => Math.max(wanted[0] - page, page - wanted[1]);
    while (pages.size > KEPT)
      pages.delete([...pages.keys()].reduce((a, b) => (distance(b) > distance(a) ? b : a)));
  }

  const later = () => {
    timer ??= setTimeout(start, SETTLE_MS);
  };

  return {
    card(index) {
      const card = pages.get(Math.floor(index / PAGE))?.cards[index % PAGE];
      const change = card && overlays.get(card.id);
      if (!card || !change) return card;
      // The same object as long as nothing changes, so that a card is not drawn again for nothing.
      const last = shown.get(card.id);
      if (last?.card === card && last.change === change) return last.result;
      const result = { ...card, ...change };
      shown.set(card.id, { card, change, result });
      return result;
    },
    find(id) {
      for (const [page, { cards }] of pages) {
        const at = cards.findIndex((c) => c.id === id);
        if (at >= 0) return page * PAGE + at;
      }
      return -1;
    },
    want(first, last) {
      wanted = [Math.floor(Math.max(0, first) / PAGE), Math.floor(Math.max(0, last) / PAGE)];
      for (const [page, abort] of asked)
        if (!inView(page)) {
          abort.abort();
          asked.delete(page);
        }
      if (state.total === null && asked.size === 0 && timer === null) start();
      else later();
    },
    refresh() {
      for (const page of pages.values()) page.stale = true;
      // What is under way may have been read before the change.
      for (const abort of asked.values()) abort.abort();
      asked.clear();
      later();
    },
    overlay(id, change) {
      change === null ? overlays.delete(id) : overlays.set(id, { ...overlays.get(id), ...change });
      shown.delete(id);
      tell();
    },
    settle(id, change) {
      for (const page of pages.values())
        page.cards = page.cards.map((card) => (card.id === id ? { ...card, ...change } : card));
      overlays.delete(id);
      shown.delete(id);
      tell();
    },
    snapshot: () => state,
    subscribe(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    close() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      for (const abort of asked.values()) abort.abort();
      asked.clear();
    },
  };
}
