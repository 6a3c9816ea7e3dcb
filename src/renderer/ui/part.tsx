/**
 * Parts of the program whose code is read when they are first shown. Without React's Suspense, which shows what comes
 * after a placeholder a third of a second late (so that many of them do not flicker).
 */
import { type ComponentType, type ReactNode, useEffect, useReducer } from "react";

/**
 * The code of a part could not be read: its program was gone, or is another one by now. A browser remembers that of a
 * module for as long as the page lives: asking again is of no use, only loading the page again is.
 */
export class NotRead extends Error {
  constructor(cause: unknown) {
    super("The code of this part of Cambrian could not be read.", { cause });
    this.name = "NotRead";
  }
}

export interface Part<P> {
  (props: P): ReactNode;
  /** Reads its code ahead. Never rejects: the part itself says when it could not be read. */
  read(): Promise<void>;
}

/** @param Place what holds its place until it is there @throws NotRead where it is shown, when it cannot be read */
export function part<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
  Place: ComponentType<P>,
): Part<P> {
  let reading: Promise<void> | null = null;
  let Found: ComponentType<P> | null = null;
  let failed: NotRead | null = null;
  const read = () => {
    reading ??= load().then(
      (module) => {
        Found = module.default;
      },
      (cause) => {
        failed = new NotRead(cause);
      },
    );
    return reading;
  };
  function Shown(props: P) {
    const [, show] = useReducer((n: number) => n + 1, 0);
    const there = Found !== null || failed !== null;
    // As it was when this was drawn: its code may have come since.
    useEffect(() => {
      if (!there) void read().then(show);
    }, [there]);
    if (failed) throw failed;
    return Found ? <Found {...props} /> : <Place {...props} />;
  }
  return Object.assign(Shown, { read });
}

/** The same for what does without its code: where that cannot be read, `Place` stays. */
export const partOrPlace = <P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
  Place: ComponentType<P>,
): Part<P> => part(() => load().catch(() => ({ default: Place })), Place);

/** What was loaded again by itself is not loaded again within this time, in ms: it would go on for ever. */
const AGAIN_MS = 30_000;
const KEY = "cambrian-loaded-again";

/** Whether the page may be loaded again without being asked; if so, it counts as done. @param now ms since 1970 */
export function mayLoadAgain(kept: Pick<Storage, "getItem" | "setItem">, now: number): boolean {
  const last = Number(kept.getItem(KEY) ?? 0);
  if (now - last < AGAIN_MS) return false;
  kept.setItem(KEY, String(now));
  return true;
}
