/** Measured figures beside their goals. */

export interface Figure {
  part: string;
  what: string;
  value: number;
  unit: "ms" | "fps" | "MB" | "MB/s" | "s";
  /** Most (for a rate: least) that it should be; null where none is set. */
  goal: number | null;
}

/** The value below which the share `q` of the values lies. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

const isRate = (unit: Figure["unit"]): boolean => unit === "fps" || unit === "MB/s";

export function isMet({ value, unit, goal }: Figure): boolean | null {
  if (goal === null) return null;
  return isRate(unit) ? value >= goal : value < goal;
}

const shown = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(1));

/** By how much a goal is met or missed, in words. */
export function verdict(figure: Figure): string {
  const met = isMet(figure);
  if (met === null) return "";
  if (met) return "met";
  const { value, unit, goal } = figure;
  const times = isRate(unit) ? goal! / value : value / goal!;
  return `missed: ${times.toFixed(1)} times ${isRate(unit) ? "too few" : "the goal"}`;
}

export function table(figures: readonly Figure[]): string {
  const rows = figures.map((f) => [
    f.part,
    f.what,
    `${shown(f.value)} ${f.unit}`,
    f.goal === null ? "" : `${isRate(f.unit) ? "≥" : "<"} ${f.goal} ${f.unit}`,
    verdict(f),
  ]);
  const all = [["Part", "What", "Measured", "Goal", ""], ...rows];
  const widths = all[0]!.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
