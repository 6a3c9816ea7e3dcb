/**
 * Parts of the program whose code is read when they are first shown. A browser remembers a module that it could not
 * read, for as long as the page lives: asking again is of no use, only loading the page again is.
 */
import { type ComponentType, lazy } from "react";

/** The code of a part could not be read: its program was gone, or is another one by now. */
export class NotRead extends Error {
  constructor(cause: unknown) {
    super("The code of this part of Cambrian could not be read.", { cause });
    this.name = "NotRead";
  }
}

/** @throws NotRead where it is shown, when its code cannot be read */
export const part = <P>(load: () => Promise<{ default: ComponentType<P> }>) =>
  lazy(() =>
    load().catch((cause): never => {
      throw new NotRead(cause);
    }),
  );

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
