/** Experiments as points in a plane. Each leads to its experiment, by pointer and by keyboard. */
import { type ReactNode, useRef, useState } from "react";
import type { Standing } from "../../../shared/views.ts";
import { go, toExperiment } from "../../state/route.ts";
import { STANDING_SHAPES } from "../../ui/measures.tsx";
import { extent, logTicks, scale, ticks } from "../../ui/scale.ts";
import { useWidth } from "../../ui/use-width.ts";

export interface Dot {
  id: string;
  name: string;
  standing: Standing;
  x: number;
  y: number;
  /** 95 % interval of y; drawn for the one under the pointer. */
  interval?: { low: number; high: number };
  /** Belongs to the line. */
  strong?: boolean;
  /** What is said of it. */
  text: string;
}

const MARGIN = { left: 56, right: 12, top: 10, bottom: 38 };

export function Scatter({
  archive,
  dots,
  xLabel,
  yLabel,
  xFormat,
  yFormat,
  logX = false,
  line,
  zero = false,
  height = 260,
  label,
}: {
  archive: string;
  dots: readonly Dot[];
  xLabel: string;
  yLabel: string;
  xFormat: (value: number) => string;
  yFormat: (value: number) => string;
  logX?: boolean;
  /** A running best or a front, in values. */
  line?: readonly (readonly [number, number])[];
  /** Draws the baseline at y = 0. */
  zero?: boolean;
  height?: number;
  label: string;
}): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 480);
  const [at, setAt] = useState<number | null>(null);
  const [x0, x1] = extent(
    dots.map((d) => d.x),
    logX ? 0 : 0.03,
  );
  const xs: [number, number] = logX ? [x0 / 1.05, x1 * 1.05] : [x0, x1];
  const ys = extent([...dots.map((d) => d.y), zero ? 0 : null], 0.07);
  const x = scale(xs, [MARGIN.left, width - MARGIN.right], logX);
  const y = scale(ys, [height - MARGIN.bottom, MARGIN.top]);
  const near = (event: React.PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    let best = -1;
    let distance = 24 ** 2;
    for (const [i, d] of dots.entries()) {
      const far = (x(d.x) - px) ** 2 + (y(d.y) - py) ** 2;
      if (far < distance) {
        best = i;
        distance = far;
      }
    }
    setAt(best < 0 ? null : best);
  };
  const walk = (event: React.KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step && dots.length > 0) {
      event.preventDefault();
      setAt(((((at ?? (step > 0 ? -1 : 0)) + step) % dots.length) + dots.length) % dots.length);
    } else if (event.key === "Enter" && at !== null) go(toExperiment(archive, dots[at]!.id));
  };
  const current = at === null ? null : dots[at];
  const path = line
    ?.map(([lx, ly], i) => `${i === 0 ? "M" : "L"}${x(lx).toFixed(1)} ${y(ly).toFixed(1)}`)
    .join("");
  return (
    <div ref={frame} className="scatter">
      <svg
        width={width}
        height={height}
        role="application"
        aria-label={`${label}. Arrow keys walk through ${dots.length} experiments, Enter opens one.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: as above
        tabIndex={0}
        onPointerMove={near}
        onPointerLeave={() => setAt(null)}
        onBlur={() => setAt(null)}
        onKeyDown={walk}
        onClick={() => current && go(toExperiment(archive, current.id))}
        style={{ cursor: current ? "pointer" : "default" }}
      >
        <g className="scatter-axis">
          {ticks(ys[0], ys[1], Math.max(2, Math.floor(height / 55))).map((t) => (
            <g key={t}>
              <line x1={MARGIN.left} x2={width - MARGIN.right} y1={y(t)} y2={y(t)} />
              <text x={MARGIN.left - 8} y={y(t) + 4} textAnchor="end">
                {yFormat(t)}
              </text>
            </g>
          ))}
          {(logX ? logTicks(...xs) : ticks(...xs, Math.max(2, Math.floor(width / 90)))).map((t) => (
            <text key={t} x={x(t)} y={height - MARGIN.bottom + 16} textAnchor="middle">
              {xFormat(t)}
            </text>
          ))}
          <text x={(MARGIN.left + width - MARGIN.right) / 2} y={height - 4} textAnchor="middle">
            {xLabel}
          </text>
          <text
            transform={`translate(12 ${(MARGIN.top + height - MARGIN.bottom) / 2}) rotate(-90)`}
            textAnchor="middle"
          >
            {yLabel}
          </text>
        </g>
        {zero && (
          <line className="scatter-zero" x1={MARGIN.left} x2={width - MARGIN.right} y1={y(0)} y2={y(0)} />
        )}
        {path && <path className="scatter-line" d={path} />}
        {dots.map((d, i) => (
          <Shape key={d.id} dot={d} x={x(d.x)} y={y(d.y)} dim={line !== undefined && !d.strong && i !== at} />
        ))}
        {current && (
          <g className="scatter-current">
            {current.interval && (
              <line
                x1={x(current.x)}
                x2={x(current.x)}
                y1={y(current.interval.low)}
                y2={y(current.interval.high)}
              />
            )}
            <circle cx={x(current.x)} cy={y(current.y)} r="7" />
          </g>
        )}
      </svg>
      <p className="scatter-text small" aria-live="polite">
        {current ? (
          <>
            <span className="strong">{current.name}</span> {current.text}
          </>
        ) : (
          <span className="muted">Point at an experiment to read it, click to open it.</span>
        )}
      </p>
    </div>
  );
}

function Shape({ dot, x, y, dim }: { dot: Dot; x: number; y: number; dim: boolean }) {
  const { path, fill } = STANDING_SHAPES[dot.standing];
  return (
    <path
      d={path}
      transform={`translate(${(x - 4).toFixed(1)} ${(y - 4).toFixed(1)}) scale(0.8)`}
      fill={fill ? `var(--${dot.standing})` : "none"}
      stroke={fill ? "none" : `var(--${dot.standing})`}
      strokeWidth="1.6"
      opacity={dim ? 0.45 : 1}
    />
  );
}
