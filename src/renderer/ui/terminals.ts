/** Which terminal is shown, and how high. */
import type { TerminalInfo } from "../../shared/live.ts";

export type Shown = TerminalInfo;

/** Live ones first, and of each the newest first. */
export const inOrder = (terminals: readonly Shown[]): Shown[] =>
  [...terminals].sort((a, b) => Number(b.live) - Number(a.live) || b.since.localeCompare(a.since));

/**
 * The one that is shown: the chosen one while it is there, else the newest.
 * @param fixed the choice holds even before there is such a terminal
 */
export function shownTerminal(
  terminals: readonly Shown[],
  chosen: string | null,
  fixed: boolean,
): Shown | null {
  const found = terminals.find((t) => t.id === chosen);
  if (found || fixed) return found ?? null;
  return inOrder(terminals)[0] ?? null;
}

export const LEAST_HEIGHT = 96;
const STEP = 24;

/** The height after a key; null for keys that mean nothing here. */
export function stepHeight(height: number, key: string, most: number): number | null {
  const wanted = { ArrowUp: height + STEP, ArrowDown: height - STEP, Home: LEAST_HEIGHT, End: most }[key];
  return wanted === undefined ? null : Math.min(most, Math.max(LEAST_HEIGHT, wanted));
}

/** Bytes of base64 text. */
export function bytesOf(base64: string): Uint8Array {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
