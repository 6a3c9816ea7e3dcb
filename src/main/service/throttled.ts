/** Calls `work` soon after it was asked for, at most once in `ms` milliseconds; keeps no process alive. */
export function throttled(ms: number, work: () => void): (() => void) & { now(): void } {
  let timer: NodeJS.Timeout | null = null;
  let last = Number.NEGATIVE_INFINITY;
  const run = () => {
    timer = null;
    last = performance.now();
    work();
  };
  const ask = () => {
    if (timer) return;
    timer = setTimeout(run, Math.max(0, last + ms - performance.now()));
    timer.unref();
  };
  return Object.assign(ask, {
    now() {
      if (timer) clearTimeout(timer);
      run();
    },
  });
}
