/** Training curves as blobs: everything that was reported, and a level of at most 512 points for drawing. */
import type { CurvePreview } from "../../shared/views.ts";
import type { Curve } from "../interfaces.ts";

export const PREVIEW_POINTS = 512;

/** What the `curves` table holds of one run. */
export interface CurveBlobs {
  steps: Buffer;
  losses: Buffer;
  aux: Buffer | null;
  preview: Buffer;
}

/** Float32, little-endian (every platform we run on is). Steps are exact up to 2^24. */
const pack = (values: readonly number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);

const unpack = (blob: Buffer): number[] => {
  const bytes = new Uint8Array(blob); // A copy: SQLite's buffer need not lie on a multiple of 4.
  return Array.from(new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4)));
};

/**
 * Lowest and highest loss of each of PREVIEW_POINTS / 2 equal stretches, in order of time, so that no spike is lost.
 * @returns indices into the curve, ascending, at most PREVIEW_POINTS of them
 */
export function downsample(losses: readonly number[]): number[] {
  const n = losses.length;
  if (n <= PREVIEW_POINTS) return losses.map((_, i) => i);
  const buckets = PREVIEW_POINTS / 2;
  const kept: number[] = [];
  for (let b = 0; b < buckets; b++) {
    const [from, to] = [Math.floor((b * n) / buckets), Math.floor(((b + 1) * n) / buckets)];
    let [low, high] = [from, from];
    for (let i = from + 1; i < to; i++) {
      // A NaN compares as false with everything: any number takes its place.
      if (losses[i]! < losses[low]! || Number.isNaN(losses[low]!)) low = i;
      if (losses[i]! > losses[high]! || Number.isNaN(losses[high]!)) high = i;
    }
    kept.push(Math.min(low, high));
    if (low !== high) kept.push(Math.max(low, high));
  }
  return kept;
}

/** @throws RangeError when the three lists differ in length */
export function encodeCurve({ run, steps, losses, aux }: Curve): CurveBlobs {
  if (steps.length !== losses.length || aux.length !== losses.length)
    throw new RangeError(
      `curve ${run}: ${steps.length} steps, ${losses.length} losses, ${aux.length} auxiliary losses`,
    );
  return {
    steps: pack(steps),
    losses: pack(losses),
    aux: aux.some((a) => a !== null) ? pack(aux.map((a) => a ?? Number.NaN)) : null,
    preview: encodePreview(steps, losses),
  };
}

/** At most PREVIEW_POINTS pairs of step and loss. */
export const encodePreview = (steps: readonly number[], losses: readonly number[]): Buffer =>
  pack(downsample(losses).flatMap((i) => [steps[i]!, losses[i]!]));

export function decodeCurve(run: string, blobs: Omit<CurveBlobs, "preview">): Curve {
  const losses = unpack(blobs.losses);
  return {
    run,
    steps: unpack(blobs.steps),
    losses,
    aux: blobs.aux
      ? unpack(blobs.aux).map((a) => (Number.isNaN(a) ? null : a))
      : new Array<null>(losses.length).fill(null),
  };
}

export function decodePreview(run: string, preview: Buffer): CurvePreview {
  const pairs = unpack(preview);
  const losses = pairs.filter((_, i) => i % 2 === 1).map((loss) => (Number.isFinite(loss) ? loss : null));
  return { run, steps: pairs.filter((_, i) => i % 2 === 0), losses };
}

/** A run that went on (after a pause, or on a deeper rung): earlier points that the later part does not report again stay. */
export function continueCurve(earlier: Curve, later: Curve): Curve {
  const keep = keptOf(earlier, later);
  return { ...continuePreview(earlier, later), aux: [...earlier.aux.slice(0, keep), ...later.aux] } as Curve;
}

/** The same of curves for drawing. */
export function continuePreview(earlier: CurvePreview, later: CurvePreview): CurvePreview {
  const keep = keptOf(earlier, later);
  return {
    run: later.run,
    steps: [...earlier.steps.slice(0, keep), ...later.steps],
    losses: [...earlier.losses.slice(0, keep), ...later.losses],
  };
}

/** How many of the earlier points come before the first of the later ones. */
function keptOf({ steps }: Pick<Curve, "steps">, later: Pick<Curve, "steps">): number {
  const found = steps.findIndex((s) => s >= (later.steps[0] ?? Number.POSITIVE_INFINITY));
  return found === -1 ? steps.length : found;
}
