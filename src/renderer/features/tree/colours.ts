/** What a colour says: ordered values on an even scale, differences around the baseline, components by kind. */
import type { TreeData } from "../../../shared/views.ts";
import { PALETTES, type Palette } from "../../ui/palettes.ts";

export const COLOURINGS = ["gain", "fitness", "time", "component", "standing"] as const;
export type Colouring = (typeof COLOURINGS)[number];

/** Blue is better, orange is worse: told apart by everybody. */
const DIVERGING = ["#a63603", "#d9680f", "#f2a35e", "#c9c6c0", "#7fb3d8", "#3182bd", "#08519c"];

/** Shades between two stops: nobody sees more, and few colours are drawn faster than many. */
const SHADES = 8;

/** @returns "#rrggbb" between the stops, at t in [0, 1] */
export function mix(stops: readonly string[], t: number): string {
  const along = Math.min(1, Math.max(0, t)) * (stops.length - 1);
  const at = Math.round(along * SHADES) / SHADES;
  const i = Math.min(stops.length - 2, Math.floor(at));
  const part = (hex: string, k: number) => Number.parseInt(hex.slice(1 + 2 * k, 3 + 2 * k), 16);
  const channel = (k: number) =>
    Math.round(part(stops[i]!, k) + (at - i) * (part(stops[i + 1]!, k) - part(stops[i]!, k)));
  return `#${[0, 1, 2].map((k) => channel(k).toString(16).padStart(2, "0")).join("")}`;
}

export interface Legend {
  /** A scale with its ends, or named colours. */
  scale?: { stops: readonly string[]; low: string; high: string; middle?: string };
  names?: { name: string; colour: string }[];
}

export interface Colours {
  /** By row; null: not measured. */
  of: (string | null)[];
  legend: Legend;
}

const SERIES = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"];

/** @param css value of a colour token; the canvas knows no variables */
export function coloursFor(
  data: TreeData,
  by: Colouring,
  palette: Palette,
  css: (token: string) => string,
): Colours {
  if (by === "standing") {
    const kinds = ["discovery", "candidate", "running", "rejected", "failed"] as const;
    return {
      of: data.standings.map((s) => css(`--${s}`)),
      legend: { names: kinds.map((name) => ({ name, colour: css(`--${name}`) })) },
    };
  }
  if (by === "component") {
    const counts = new Map<string, number>();
    for (const c of data.component) if (c) counts.set(c, (counts.get(c) ?? 0) + 1);
    const named = [...counts].sort((a, b) => b[1] - a[1]).slice(0, SERIES.length);
    const colour = new Map(named.map(([name], i) => [name, css(SERIES[i]!)]));
    const other = css("--line-strong");
    return {
      of: data.component.map((c) => colour.get(c) ?? other),
      legend: {
        names: [
          ...named.map(([name]) => ({ name, colour: colour.get(name)! })),
          { name: "other", colour: other },
        ],
      },
    };
  }
  if (by === "gain") {
    const reach = spread(data.gain);
    return {
      of: data.gain.map((g) => (g === null ? null : mix(DIVERGING, 0.5 + g / reach / 2))),
      legend: {
        scale: {
          stops: DIVERGING,
          low: `−${reach.toPrecision(2)}`,
          high: `+${reach.toPrecision(2)}`,
          middle: "baseline",
        },
      },
    };
  }
  const stops = PALETTES[palette];
  const values = by === "fitness" ? data.fitness : data.time;
  const known = values.filter((v): v is number => v !== null && Number.isFinite(v));
  const [low, high] = [Math.min(...firstOr(known)), Math.max(...firstOr(known))];
  const show = (v: number) => (by === "fitness" ? v.toFixed(2) : v === low ? "first" : "last");
  return {
    of: values.map((v) => (v === null ? null : mix(stops, (v - low) / (high - low || 1)))),
    legend: { scale: { stops, low: show(low), high: show(high) } },
  };
}

const firstOr = (values: readonly number[]): readonly number[] => (values.length > 0 ? values : [0]);

/** The 95th percentile of the sizes, so that one outlier does not make all others grey. */
function spread(values: readonly (number | null)[]): number {
  const sizes = values.filter((v): v is number => v !== null && Number.isFinite(v)).map(Math.abs);
  sizes.sort((a, b) => a - b);
  return sizes[Math.floor(0.95 * (sizes.length - 1))] || 0.1;
}
