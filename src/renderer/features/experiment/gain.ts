/** A gain with its interval and what may be said of it. */
import { half95 } from "../../../shared/interval.ts";

export interface Gain {
  value: number;
  /** Ends of the 95 % interval; infinite where the noise is not known. */
  low: number;
  high: number;
  words: "beyond noise" | "within noise" | "worse beyond noise" | "noise not known";
}

/** @param freedom degrees of freedom behind the standard error; 0: not known */
export function gainOf(value: number, se: number, freedom: number): Gain | null {
  if (!Number.isFinite(value)) return null;
  const half = half95(se, freedom);
  const [low, high] = [value - half, value + half];
  const words = !Number.isFinite(half)
    ? "noise not known"
    : low > 0
      ? "beyond noise"
      : high < 0
        ? "worse beyond noise"
        : "within noise";
  return { value, low, high, words };
}
