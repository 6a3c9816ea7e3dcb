/** Axes: round ticks, and places on them. */

/** About `wanted` round numbers from `low` to `high`, both inside. */
export function ticks(low: number, high: number, wanted = 5): number[] {
  if (!(high > low)) return Number.isFinite(low) ? [low] : [];
  const rough = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= rough * 0.999) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // From whole numbers of steps, so that 0.3 does not become 0.30000000000000004.
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toFixed(decimals)));
}

/** Powers of ten and their 2 and 5, inside; even steps where there is at most one of those. */
export function logTicks(low: number, high: number): number[] {
  if (!(low > 0) || !(high >= low)) return [];
  const all: number[] = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++)
    for (const m of [1, 2, 5]) {
      const tick = Number((m * 10 ** e).toPrecision(3));
      if (tick >= low * 0.999 && tick <= high * 1.001) all.push(tick);
    }
  if (all.length < 2) return ticks(low, high);
  return all.length > 7 ? all.filter((t) => /^1(0*|e)/.test(String(t)) || Math.log10(t) % 1 === 0) : all;
}

/** Smallest and largest finite number with room around them; [0, 1] where there is none. */
export function extent(values: readonly (number | null)[], room = 0.05): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const v of values) {
    if (v === null || !Number.isFinite(v)) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  if (low > high) return [0, 1];
  const pad = (high - low || Math.abs(high) || 1) * room;
  return [low - pad, high + pad];
}

/** From values to px. */
export function scale(from: readonly [number, number], to: readonly [number, number], log = false) {
  const f = log ? (v: number) => Math.log(Math.max(v, Number.MIN_VALUE)) : (v: number) => v;
  const [a, b] = [f(from[0]), f(from[1])];
  return (v: number): number => to[0] + ((f(v) - a) / (b - a || 1)) * (to[1] - to[0]);
}
