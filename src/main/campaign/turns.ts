/** Calls that wait for one another. */
export type InTurn = <T>(call: () => Promise<T>) => Promise<T>;

/** Runs what it is given one at a time, first come first served. A call that fails does not hold up the next. */
export function inTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (call) => {
    const mine = last.then(call);
    last = mine.catch(() => {});
    return mine;
  };
}
