/** Calls that wait for one another. */
export type InTurn = <T>(call: () => Promise<T>) => Promise<T>;

/** Runs at most `width` of what it is given at a time, first come first served. A call that fails holds up nobody. */
export function inTurn(width: number): InTurn {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (call) => {
    if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await call();
    } finally {
      // The place goes to the next in line, or becomes free.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
