/** Measured figures with their uncertainty, and what they mean. */
import type { Standing } from "../../shared/views.ts";
import { decimalsFor, NONE, number, signed } from "./format.ts";
import { Tooltip } from "./overlays.tsx";

/**
 * `2.187 ± 0.012`, the uncertainty lighter. With one seed there is none, and that is said.
 * Seeds are shown with their standard deviation, a difference with its standard error: pointing at it says which.
 */
export function Figure({
  value,
  sd,
  se,
  n,
  decimals,
  difference,
}: {
  value: number | null | undefined;
  sd?: number | null;
  se?: number | null;
  n?: number;
  decimals?: number;
  difference?: boolean;
}) {
  if (value === null || value === undefined) return <span className="figure muted">{NONE}</span>;
  const spread = se ?? sd ?? null;
  const shown = decimals ?? decimalsFor(spread, 3);
  const known = spread !== null && (n === undefined || n > 1);
  const meaning = typeof se === "number" ? "standard error" : "standard deviation";
  const of = n === undefined ? "" : ` of ${n}`;
  return (
    <span className="figure" title={known ? `± its ${meaning}${of}` : undefined}>
      {difference ? signed(value, shown) : number(value, shown)}
      {known && <span className="pm"> ± {number(spread, shown)}</span>}
      {n === 1 && <span className="pm"> one seed</span>}
    </span>
  );
}

const SHAPES: Record<Standing | "baseline", { label: string; path: string; fill: boolean }> = {
  discovery: { label: "discovery", path: "M5 0.5 9.5 5 5 9.5 0.5 5Z", fill: true },
  candidate: { label: "candidate", path: "M5 1.2a3.8 3.8 0 1 1 0 7.6a3.8 3.8 0 1 1 0-7.6Z", fill: true },
  running: { label: "running", path: "M2 1 9 5 2 9Z", fill: true },
  rejected: { label: "rejected", path: "M1.5 1.5l7 7m0-7l-7 7", fill: false },
  failed: { label: "failed", path: "M5 0.8 9.4 8.8H0.6Z", fill: false },
  baseline: { label: "baseline", path: "M0.5 5h9", fill: false },
};

/** A shape and a word in the colour that has this meaning everywhere. */
export function StandingBadge({ standing, quiet }: { standing: Standing | "baseline"; quiet?: boolean }) {
  const { label, path, fill } = SHAPES[standing];
  return (
    <span className={`badge ${standing}`}>
      <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
        <path
          d={path}
          fill={fill ? "currentColor" : "none"}
          stroke={fill ? "none" : "currentColor"}
          strokeWidth="1.6"
        />
      </svg>
      {quiet ? <span className="hidden-text">{label}</span> : label}
    </span>
  );
}

export const STANDING_SHAPES = SHAPES;

/** Room for an arrow beside the largest gain that is shown, in px. */
const ARROW = 7;

/**
 * A gain as a dot with its 95 % interval against the baseline's line at 0.
 * @param range largest gain shown on either side; towards what lies beyond, an arrow points at the edge
 */
export function GainWhisker({
  gain,
  range = 0.1,
  width = 96,
}: {
  gain: { value: number; low: number; high: number } | null;
  range?: number;
  width?: number;
}) {
  const height = 14;
  const middle = height / 2;
  const x = (v: number) => width / 2 + Math.max(-1, Math.min(1, v / range)) * (width / 2 - ARROW - 1);
  const edge = (side: 1 | -1) => width / 2 + side * (width / 2 - 1);
  /** Where the interval ends, or goes on out of sight. */
  const end = (v: number, side: 1 | -1) => (side * v > range ? edge(side) : x(v));
  const arrow = (side: 1 | -1) => `M${edge(side) - 4 * side} ${middle - 4}l${4 * side} 4l${-4 * side} 4`;
  const colour = !gain
    ? "var(--text-3)"
    : gain.low > 0
      ? "var(--good)"
      : gain.high < 0
        ? "var(--bad)"
        : "var(--candidate)";
  const text = gain
    ? `gain ${signed(gain.value)}, 95 % interval ${signed(gain.low)} to ${signed(gain.high)}`
    : "no gain measured";
  const picture = (
    <svg width={width} height={height} role="img" aria-label={text} style={{ display: "block" }}>
      <line
        x1={width / 2}
        x2={width / 2}
        y1="1"
        y2={height - 1}
        stroke="var(--line-strong)"
        strokeDasharray="2 2"
      />
      {gain && (
        <g stroke={colour} fill={colour}>
          <line x1={end(gain.low, -1)} x2={end(gain.high, 1)} y1={middle} y2={middle} strokeWidth="1.5" />
          {Math.abs(gain.value) <= range && <circle cx={x(gain.value)} cy={middle} r="3.2" stroke="none" />}
          {gain.high > range && <path d={arrow(1)} fill="none" strokeWidth="1.5" />}
          {gain.low < -range && <path d={arrow(-1)} fill="none" strokeWidth="1.5" />}
        </g>
      )}
    </svg>
  );
  return gain ? <Tooltip text={text}>{picture}</Tooltip> : picture;
}
