/**
 * What a chart of curves draws, as pure functions: points reduced to what pixels can show, smoothing, ticks, and the
 * words for those who do not see the picture.
 */
import { number } from "./format.ts";

export interface CurveSeries {
  name: string;
  /** `var(--token)` or any colour; by default the next colour of the plot. */
  colour?: string;
  /** A ghost: shown for comparison, behind the others. */
  dashed?: boolean;
  /** Spread over seeds, point by point. */
  band?: { low: readonly number[]; high: readonly number[] };
  /** Ascending. */
  x: readonly number[];
  /** null or NaN: not a number, a gap in the line. */
  y: readonly (number | null)[];
}

export type Range = readonly [low: number, high: number];
/** One row of the plot: null breaks the line, undefined has no say. */
export type Cell = number | null | undefined;

/** An axis turns values into places, in which pixels are evenly spaced. */
export interface Axis {
  log: boolean;
  /** NaN where the axis cannot show it. */
  place(value: number): number;
  value(place: number): number;
}
export const axis = (log: boolean): Axis =>
  log
    ? { log, place: (v) => (v > 0 ? Math.log10(v) : Number.NaN), value: (p) => 10 ** p }
    : { log, place: (v) => v, value: (p) => p };

/**
 * Exponential moving average, corrected for its start at 0 (as Adam's moments are), so that it begins at the first
 * value. What is no number stays a gap and does not count.
 * @param weight of the past, in [0, 1)
 */
export function smoothed(y: readonly (number | null)[], weight: number): (number | null)[] {
  let sum = 0;
  let past = 1;
  return y.map((v) => {
    if (v === null || !Number.isFinite(v)) return null;
    sum = weight * sum + (1 - weight) * v;
    past *= weight;
    return sum / (1 - past);
  });
}

/** Smallest and largest of what an axis can show, as places; null where there is nothing. */
export function extent(values: Iterable<Cell>, { place }: Axis): Range | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const v of values) {
    if (v === null || v === undefined) continue;
    const p = place(v);
    if (p < low) low = p;
    if (p > high) high = p;
  }
  return low <= high ? [low, high] : null;
}

/** Rows of a bucket: its smallest and largest value in their order, and a gap before, between or after them. */
const ROWS = 3;

/** Places of the rows: the left edge, three a bucket, the right edge. */
export function rowPlaces([low, high]: Range, buckets: number): number[] {
  const step = (high - low) / (buckets * ROWS);
  const inner = Array.from({ length: buckets * ROWS }, (_, i) => low + (i + 0.5) * step);
  return [low, ...inner, high];
}

/**
 * The rows that `rowPlaces` names: of each bucket the smallest and the largest value, so that no extreme is lost, and
 * at the edges where the line enters and leaves. What is no number is a gap from the last value before it to the next.
 * @param x ascending; @param y values, same length; both as values of the axes
 * @returns places on the y axis
 */
export function bucketed(
  x: readonly number[],
  y: readonly (number | null)[],
  [low, high]: Range,
  buckets: number,
  xAxis: Axis,
  yAxis: Axis,
): Cell[] {
  const rows: Cell[] = new Array(buckets * ROWS + 2).fill(undefined);
  const width = (high - low) / buckets;
  const at = (i: number): number => {
    const v = y[i];
    return v === null || v === undefined ? Number.NaN : yAxis.place(v);
  };
  let first = firstNotBelow(x, xAxis.value(low));
  // Rounding must not leave out a point that stands on the edge.
  while (first > 0 && xAxis.place(x[first - 1]!) >= low) first--;
  let i = first;
  while (i < x.length) {
    const place = xAxis.place(x[i]!);
    if (Number.isNaN(place)) {
      i++;
      continue;
    }
    if (place > high) break;
    const bucket = Math.min(buckets - 1, Math.max(0, Math.floor((place - low) / width)));
    let min = -1;
    let max = -1;
    let gap = -1;
    for (; i < x.length; i++) {
      const p = xAxis.place(x[i]!);
      if (p > high || Math.min(buckets - 1, Math.floor((p - low) / width)) > bucket) break;
      const v = at(i);
      if (!Number.isFinite(v)) gap = i;
      else {
        if (min < 0 || v < at(min)) min = i;
        if (max < 0 || v > at(max)) max = i;
      }
    }
    const cells: [number, Cell][] = [];
    if (min >= 0) cells.push([min, at(min)]);
    if (max >= 0 && max !== min) cells.push([max, at(max)]);
    if (gap >= 0) cells.push([gap, null]);
    cells.sort((a, b) => a[0] - b[0]);
    // A single value stands in the middle of its bucket.
    const start = 1 + bucket * ROWS + (cells.length === 1 ? 1 : 0);
    cells.forEach(([, cell], k) => {
      rows[start + k] = cell;
    });
  }
  rows[0] ??= between(x, at, first - 1, first, low, xAxis);
  rows[rows.length - 1] ??= between(x, at, i - 1, i, high, xAxis);
  return widenGaps(rows);
}

/** Where the line between two neighbours crosses a place of the x axis; undefined where there is no line. */
function between(
  x: readonly number[],
  at: (i: number) => number,
  a: number,
  b: number,
  place: number,
  { place: xPlace }: Axis,
): Cell {
  if (a < 0 || b >= x.length) return undefined;
  const [xa, xb, ya, yb] = [xPlace(x[a]!), xPlace(x[b]!), at(a), at(b)];
  if (!Number.isFinite(ya) || !Number.isFinite(yb) || !Number.isFinite(xa) || xb <= xa) return undefined;
  return ya + ((yb - ya) * (place - xa)) / (xb - xa);
}

/** uPlot breaks a line only where nulls reach from value to value. */
function widenGaps(rows: Cell[]): Cell[] {
  let from = 0;
  let broken = false;
  for (let i = 0; i <= rows.length; i++) {
    const cell = i < rows.length ? rows[i] : Number.NaN;
    if (cell === null) broken = true;
    else if (cell !== undefined) {
      if (broken) rows.fill(null, from, i);
      from = i + 1;
      broken = false;
    }
  }
  return rows;
}

/** Rows of values that no line reaches, because there is none before and none after: they are drawn as dots. */
export function lonely(rows: readonly Cell[]): number[] {
  const found: number[] = [];
  let before: number | null = null;
  let joined = false;
  const end = () => {
    if (before !== null && !joined) found.push(before);
    before = null;
    joined = false;
  };
  rows.forEach((cell, i) => {
    if (cell === null) end();
    else if (cell !== undefined) {
      joined = before !== null;
      before = i;
    }
  });
  end();
  return found;
}

/** Index of the first that is not smaller; the length where all are. */
export function firstNotBelow(x: readonly number[], value: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the point nearest to `value`; null outside of the curve by more than one of its steps. */
export function nearest(x: readonly number[], value: number): number | null {
  if (x.length === 0) return null;
  const after = Math.min(x.length - 1, firstNotBelow(x, value));
  const before = Math.max(0, after - 1);
  const found = value - x[before]! < x[after]! - value ? before : after;
  const step = x.length > 1 ? (x.at(-1)! - x[0]!) / (x.length - 1) : Number.POSITIVE_INFINITY;
  return Math.abs(x[found]! - value) <= Math.max(step, x[after]! - x[before]!) ? found : null;
}

/** Values for the marks of an axis, about `most` of them: 1, 2 and 5 times powers of ten. */
export function ticks([low, high]: Range, log: boolean, most: number): number[] {
  const { value, place } = axis(log);
  if (log && high - low > 1) {
    const decades = Math.floor(high) - Math.ceil(low) + 1;
    const factors = decades * 3 <= most ? [1, 2, 5] : [1];
    const every = Math.max(1, Math.ceil(decades / most));
    const found: number[] = [];
    for (let d = Math.floor(low); d <= Math.ceil(high); d += every)
      for (const f of factors) found.push(f * 10 ** d);
    return found.filter((v) => place(v) >= low && place(v) <= high);
  }
  const [from, to] = [value(low), value(high)];
  if (!(to > from)) return [from];
  const rough = (to - from) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= rough * 0.999) ?? 10 * power;
  const found: number[] = [];
  for (let k = Math.ceil(from / step - 1e-9); k * step <= to + step * 1e-9; k++) found.push(k * step);
  return found;
}

/** A mark of an axis as text, with the decimals that tell it from its neighbours. */
export function tickText(value: number, all: readonly number[]): string {
  const size = Math.abs(value);
  if (size >= 1e5 || (size > 0 && size < 1e-4))
    return value.toExponential(0).replace("e+", "e").replace("-", "−");
  const step = all.length > 1 ? Math.min(...all.slice(1).map((v, i) => Math.abs(v - all[i]!))) : size || 1;
  const decimals = Math.min(6, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  return number(value, decimals);
}

export interface CurveFacts {
  name: string;
  points: number;
  first: number | null;
  last: number | null;
  min: number | null;
  /** Where the smallest value is. */
  minAt: number | null;
}

export function factsOf({ name, x, y }: CurveSeries): CurveFacts {
  let min = -1;
  let first = -1;
  let last = -1;
  for (let i = 0; i < y.length; i++) {
    const v = y[i];
    if (v === null || v === undefined || !Number.isFinite(v)) continue;
    if (first < 0) first = i;
    last = i;
    if (min < 0 || v < y[min]!) min = i;
  }
  const value = (i: number) => (i < 0 ? null : y[i]!);
  return {
    name,
    points: y.length,
    first: value(first),
    last: value(last),
    min: value(min),
    minAt: min < 0 ? null : x[min]!,
  };
}

/** As many as a listener can keep in mind. */
const TOLD = 8;

/** The chart in words. */
export function summary(series: readonly CurveSeries[], xLabel: string, yLabel: string): string {
  if (series.length === 0) return `No curves of ${yLabel} yet.`;
  const told = series.slice(0, TOLD).map((s) => {
    const { name, points, first, last, min, minAt } = factsOf(s);
    if (first === null) return `${name}: no values.`;
    return `${name}: ${points} points, first ${number(first)}, last ${number(last)}, lowest ${number(min)} at ${xLabel} ${minAt}.`;
  });
  const rest = series.length - told.length;
  return [`${yLabel} by ${xLabel}.`, ...told, ...(rest > 0 ? [`And ${rest} more.`] : [])].join(" ");
}

/** Rows of the table that stands for the picture: at most `most` places, each curve's value nearest to them. */
export function tableRows(
  series: readonly CurveSeries[],
  most = 60,
): { x: number; values: (number | null)[] }[] {
  const longest = series.reduce<readonly number[]>((a, s) => (s.x.length > a.length ? s.x : a), []);
  const low = Math.min(...series.map((s) => s.x[0] ?? Number.POSITIVE_INFINITY));
  const high = Math.max(...series.map((s) => s.x.at(-1) ?? Number.NEGATIVE_INFINITY));
  const places =
    longest.length <= most
      ? [...longest, ...(high > (longest.at(-1) ?? high) ? [high] : [])]
      : Array.from({ length: most }, (_, i) => Math.round(low + ((high - low) * i) / (most - 1)));
  return [...new Set(places)].map((x) => ({
    x,
    values: series.map((s) => {
      const i = nearest(s.x, x);
      return i === null ? null : (s.y[i] ?? null);
    }),
  }));
}

/** Patterns that tell curves of the same colour apart; a ghost has one of its own. */
const PATTERNS = [[], [10, 4], [10, 4, 2, 4], [2, 3]];
const GHOST = [4, 4];
const COLOURS = 6;

/**
 * Colour and dashes of the n-th curve.
 * @param all how many there are: beyond what can be told apart they are plain lines, since dashes are slow to draw
 */
export function lineOf(series: CurveSeries, index: number, all: number): { colour: string; dash: number[] } {
  return {
    colour: series.colour ?? `var(--series-${(index % COLOURS) + 1})`,
    dash: series.dashed
      ? GHOST
      : all > COLOURS * PATTERNS.length
        ? []
        : PATTERNS[Math.floor(index / COLOURS)]!,
  };
}
