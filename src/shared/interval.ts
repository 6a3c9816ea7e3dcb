/** How wide an interval has to be when its noise was estimated from few seeds. */

/** Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom. */
const T95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** Quantile t(.975) for that many degrees of freedom; infinite for none, when the noise is not known. */
export function t95(freedom: number): number {
  if (!(freedom >= 1)) return Number.POSITIVE_INFINITY;
  const whole = Math.floor(freedom);
  // Beyond the table: the expansion in 1/ν (Cornish and Fisher 1938), right to 0.001.
  return T95[whole - 1] ?? 1.96 + 2.372 / whole + 2.823 / whole ** 2;
}

/** Half of a 95 % interval around a value with that standard error. */
export const half95 = (se: number, freedom: number): number =>
  se > 0 ? t95(freedom) * se : Number.POSITIVE_INFINITY;

/** What may be said of a gain: whether its 95 % interval leaves 0 out. */
export function verdict(
  gain: number,
  se: number,
  freedom: number,
): "better" | "worse" | "within noise" | "noise unknown" {
  const half = half95(se, freedom);
  if (!Number.isFinite(half)) return "noise unknown";
  if (Math.abs(gain) < half) return "within noise";
  return gain > 0 ? "better" : "worse";
}
