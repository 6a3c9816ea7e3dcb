/** Parallel coordinates: one axis for each figure, one line for each experiment. */
import type { ExperimentView } from "../../../shared/views.ts";
import { count, number, signed } from "../../ui/format.ts";
import { scoreOn } from "./comparison.ts";

export interface Axis {
  name: string;
  /** One value for each experiment; null where it was not measured. */
  values: (number | null)[];
  low: number;
  high: number;
  format: (value: number) => string;
}

/** The part of an axis that is kept; one line has to be inside on all axes that have one. */
export type Brushes = Readonly<Record<string, readonly [low: number, high: number]>>;

const AXES: readonly {
  name: string;
  of: (v: ExperimentView, rung: string | null) => number | null;
  format: (v: number) => string;
}[] = [
  { name: "Loss", of: (v, rung) => scoreOn(v, rung)?.loss.mean ?? null, format: (n) => number(n, 3) },
  {
    name: "Benchmark",
    of: (v, rung) => scoreOn(v, rung)?.benchmark.mean ?? null,
    format: (n) => number(n, 3),
  },
  { name: "Gain", of: (v, rung) => scoreOn(v, rung)?.gain ?? null, format: (n) => signed(n, 3) },
  { name: "Parameters", of: (v) => v.card.params, format: count },
  { name: "FLOPs a token", of: (v) => v.card.flopsPerToken, format: count },
  { name: "Novelty", of: (v) => v.card.novelty, format: (n) => number(n, 2) },
];

/** Axes on which at least one has a value; each from the least to the largest. */
export function axesOf(views: readonly (ExperimentView | null)[], rung: string | null): Axis[] {
  return AXES.flatMap(({ name, of, format }) => {
    const values = views.map((v) => v && of(v, rung));
    const known = values.filter((v) => v !== null);
    if (known.length === 0) return [];
    const [low, high] = [Math.min(...known), Math.max(...known)];
    // What reads the same is not spread over the whole axis.
    return [{ name, values, format, low, high: format(low) === format(high) ? low : high }];
  });
}

/** Height of a value on its axis: 0 at the lower end, 1 at the upper; the middle where all are the same. */
export const placeOn = ({ low, high }: Pick<Axis, "low" | "high">, value: number): number =>
  high > low ? (value - low) / (high - low) : 0.5;

/** The value at a height. */
export const valueAt = ({ low, high }: Pick<Axis, "low" | "high">, place: number): number =>
  low + Math.max(0, Math.min(1, place)) * (high - low);

/** Whether a line is inside all brushes. What was not measured is in none. */
export const isKept = (axes: readonly Axis[], line: number, brushes: Brushes): boolean =>
  axes.every((axis) => {
    const brush = brushes[axis.name];
    const value = axis.values[line] ?? null;
    return !brush || (value !== null && value >= brush[0] && value <= brush[1]);
  });

/** The line in pieces: it breaks where a value is missing. Places are axis number and height. */
export function pieces(axes: readonly Axis[], line: number): [axis: number, place: number][][] {
  const all: [number, number][][] = [[]];
  axes.forEach((axis, i) => {
    const value = axis.values[line] ?? null;
    if (value === null) all.push([]);
    else all.at(-1)!.push([i, placeOn(axis, value)]);
  });
  return all.filter((piece) => piece.length > 0);
}
