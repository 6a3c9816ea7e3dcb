/** Small exact statistics. Every function says what it does with too little data; none returns NaN for finite input. */
import type { Spread } from "../../shared/domain.ts";

export const mean = (xs: readonly number[]): number => {
  if (xs.length === 0) throw new RangeError("mean of an empty list");
  return xs.reduce((a, b) => a + b, 0) / xs.length;
};

/** The q-th quantile, linear between order statistics (Hyndman and Fan 1996, type 7). Throws when empty. */
export function quantile(xs: readonly number[], q: number): number {
  if (xs.length === 0) throw new RangeError("quantile of an empty list");
  const sorted = xs.toSorted((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  return low + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - low);
}

/** Mean and sample standard deviation (n − 1), by Welford's update; sd is 0 where n is 1. Throws when empty. */
export function spread(xs: readonly number[]): Spread {
  if (xs.length === 0) throw new RangeError("spread of an empty list");
  let m = 0;
  let m2 = 0;
  xs.forEach((x, i) => {
    const d = x - m;
    m += d / (i + 1);
    m2 += d * (x - m);
  });
  return { mean: m, sd: xs.length > 1 ? Math.sqrt(m2 / (xs.length - 1)) : 0, n: xs.length };
}

/** Standard deviation within groups: sqrt(Σ(n−1)s² / Σ(n−1)); null when no group has two values. */
export function pooledSd(groups: readonly (readonly number[])[]): number | null {
  let squares = 0;
  let freedom = 0;
  for (const g of groups) {
    if (g.length < 2) continue;
    const { sd, n } = spread(g);
    squares += (n - 1) * sd * sd;
    freedom += n - 1;
  }
  return freedom === 0 ? null : Math.sqrt(squares / freedom);
}

/** Ranks from 1, ties sharing the mean of their places; the smallest value has rank 1. */
export function ranks(xs: readonly number[]): number[] {
  const order = xs.map((_, i) => i).sort((a, b) => xs[a]! - xs[b]!);
  const out = new Array<number>(xs.length);
  for (let i = 0; i < order.length; ) {
    let j = i;
    while (j + 1 < order.length && xs[order[j + 1]!] === xs[order[i]!]) j++;
    for (let k = i; k <= j; k++) out[order[k]!] = (i + j) / 2 + 1;
    i = j + 1;
  }
  return out;
}

function pearson(xs: readonly number[], ys: readonly number[]): number | null {
  const mx = mean(xs);
  const my = mean(ys);
  let sxy = 0;
  let sxx = 0;
  let syy = 0;
  xs.forEach((x, i) => {
    const y = ys[i]!;
    sxy += (x - mx) * (y - my);
    sxx += (x - mx) ** 2;
    syy += (y - my) ** 2;
  });
  return sxx === 0 || syy === 0 ? null : Math.max(-1, Math.min(1, sxy / Math.sqrt(sxx * syy)));
}

/** Spearman's rank correlation, ties by mean ranks; null when n < 3 or one side is constant. */
export function spearman(xs: readonly number[], ys: readonly number[]): number | null {
  if (xs.length !== ys.length) throw new RangeError("spearman: lists of different length");
  return xs.length < 3 ? null : pearson(ranks(xs), ranks(ys));
}

/**
 * 95 % interval of Spearman's ρ over n pairs: Fisher's z with the standard error √((1 + ρ²/2)/(n − 3)) (Bonett and Wright
 * 2000, Psychometrika 65, eq. 3). A perfect order counts as one adjacent swap from perfect, because the formula would
 * make it certain at any n, as resampling does. Nothing is known from three pairs: [−1, 1].
 */
export function spearmanInterval(rho: number, n: number): { low: number; high: number } {
  if (n <= 3) return { low: -1, high: 1 };
  const nearest = 1 - 12 / (n * (n * n - 1));
  const r = Math.max(-nearest, Math.min(nearest, rho));
  const half = 1.96 * Math.sqrt((1 + (r * r) / 2) / (n - 3));
  const low = Math.tanh(Math.atanh(r) - half);
  const high = Math.tanh(Math.atanh(r) + half);
  return { low: Math.min(low, rho), high: Math.max(high, rho) };
}

/** ln Γ(x), x > 0: Lanczos, g = 7, n = 9 (relative error about 1e-15). */
export function logGamma(x: number): number {
  const c = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const y = x - 1;
  const t = y + 7.5;
  const series = c.reduce((sum, ci, i) => (i === 0 ? ci : sum + ci / (y + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(series);
}

/** Regularised incomplete beta I_x(a, b), by Lentz's continued fraction (Numerical Recipes 6.4). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  const guard = (v: number) => (Math.abs(v) < 1e-300 ? 1e-300 : v);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let f = d;
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    f *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    const delta = d * c;
    f *= delta;
    if (Math.abs(delta - 1) < 1e-15) break;
  }
  return (front * f) / a;
}

/** P(T ≤ t) for Student's t with `freedom` degrees (real, > 0). */
export function tCdf(t: number, freedom: number): number {
  const tail = incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** P(T ≥ t): computed as a tail of its own, so that small p-values keep their digits. */
export const tTail = (t: number, freedom: number): number => tCdf(-t, freedom);

export interface TTest {
  /** Mean difference and its standard error. */
  difference: number;
  se: number;
  t: number;
  freedom: number;
  /** One-sided: probability of a difference this large or larger when there is none. */
  p: number;
}

/**
 * Paired t test on differences (positive = better). null when n < 2. A spread of exactly 0 says that the measurement
 * has no noise to judge by: the test then reports p = 1, never significance out of a division by zero.
 */
export function pairedT(differences: readonly number[]): TTest | null {
  if (differences.length < 2) return null;
  const { mean: difference, sd, n } = spread(differences);
  const se = sd / Math.sqrt(n);
  if (se === 0) return { difference, se, t: 0, freedom: n - 1, p: 1 };
  return { difference, se, t: difference / se, freedom: n - 1, p: tTail(difference / se, n - 1) };
}

/** Welch's t test for mean(a) > mean(b), unequal variances; null when either has n < 2; zero spread as in pairedT. */
export function welchT(a: readonly number[], b: readonly number[]): TTest | null {
  if (a.length < 2 || b.length < 2) return null;
  const [x, y] = [spread(a), spread(b)];
  const [vx, vy] = [x.sd ** 2 / x.n, y.sd ** 2 / y.n];
  const se = Math.sqrt(vx + vy);
  const difference = x.mean - y.mean;
  if (se === 0) return { difference, se, t: 0, freedom: x.n + y.n - 2, p: 1 };
  const freedom = (vx + vy) ** 2 / (vx ** 2 / (x.n - 1) + vy ** 2 / (y.n - 1));
  return { difference, se, t: difference / se, freedom, p: tTail(difference / se, freedom) };
}

/** Benjamini–Hochberg adjusted p-values (q-values), in the order given. Benjamini & Hochberg 1995. */
export function benjaminiHochberg(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((a, b) => ps[b]! - ps[a]!);
  const out = new Array<number>(ps.length);
  let least = 1;
  order.forEach((index, k) => {
    // The factor first: rounded, it is still at least 1.
    least = Math.min(least, ps[index]! * (ps.length / (ps.length - k)));
    out[index] = least;
  });
  return out;
}
