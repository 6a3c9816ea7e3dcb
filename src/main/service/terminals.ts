/** Terminals that can be looked at: of jobs that run or ran last, and of the set-up. */
import type { TerminalInfo } from "../../shared/live.ts";
import type { Source } from "../server/service.ts";
import { type StateSource, type TerminalView, terminalSource } from "../server/sources.ts";

/** Ended ones that are kept, each with at most 2 MB. */
const KEPT = 6;

export interface Terminals {
  /** Lists a terminal as live; one with the same id makes way. */
  add(id: string, title: string, terminal: TerminalView): void;
  /** It stays to be read while it is among the last that ended. With a terminal: unless another has taken its place. */
  end(id: string, terminal?: TerminalView): void;
  source(id: string): Source | null;
}

export function createTerminals(list: StateSource<TerminalInfo[]>): Terminals {
  const known = new Map<string, { info: TerminalInfo; terminal: TerminalView; source: Source }>();
  const tell = () => list.set([...known.values()].map(({ info }) => info));
  return {
    add(id, title, terminal) {
      known.delete(id);
      const info = { id, title, live: true, since: new Date().toISOString() };
      known.set(id, { info, terminal, source: terminalSource(terminal) });
      tell();
    },
    end(id, terminal) {
      const found = known.get(id);
      if (!found?.info.live || (terminal && found.terminal !== terminal)) return;
      known.delete(id);
      known.set(id, { ...found, info: { ...found.info, live: false } }); // as the newest of the ended ones
      const ended = [...known.values()].filter(({ info }) => !info.live);
      for (const { info } of ended.slice(0, -KEPT)) known.delete(info.id);
      tell();
    },
    source: (id) => known.get(id)?.source ?? null,
  };
}

/** A terminal that is written to, for output that comes from no pseudoterminal. Holds the last `keep` bytes. */
export function writableTerminal(keep = 512 * 1024): TerminalView & { write(text: string): void } {
  const listeners = new Set<(total: number) => void>();
  let held = Buffer.alloc(0);
  let total = 0;
  return {
    write(text) {
      const bytes = Buffer.from(text);
      total += bytes.length;
      held = Buffer.concat([held, bytes]).subarray(-keep);
      for (const listener of [...listeners]) listener(total);
    },
    snapshot(offset = 0) {
      const from = Math.min(Math.max(offset, total - held.length), total);
      return { from, bytes: held.subarray(held.length - (total - from)), to: total };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
