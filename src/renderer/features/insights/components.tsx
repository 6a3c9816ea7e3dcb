/** Which components go with a gain: a comparison of those with and without, no proof that one causes it. */
import { useRef } from "react";
import type { Insights } from "../../../shared/views.ts";
import { to } from "../../state/route.ts";
import { NONE, number, signed } from "../../ui/format.ts";
import { extent, scale, ticks } from "../../ui/scale.ts";
import { useWidth } from "../../ui/use-width.ts";

const ROW = 28;
/** Room for half a figure of the scale, in px. */
const EDGE = 22;

export function Components({ archive, data }: { archive: string; data: Insights }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 240);
  const rows = [...data.components].sort(
    (a, b) =>
      (b.difference?.mean ?? Number.NEGATIVE_INFINITY) - (a.difference?.mean ?? Number.NEGATIVE_INFINITY),
  );
  if (rows.length === 0) return null;
  const range = extent(
    rows.flatMap((r) => (r.difference ? [r.difference.low, r.difference.high, 0] : [])),
    0.04,
  );
  const x = scale(range, [EDGE, width - EDGE]);
  const tested = rows[0]!.tested;
  return (
    <section className="section" aria-label="Components">
      <div className="section-head">
        <h2>Which components go with a gain</h2>
      </div>
      <p className="secondary insights-summary">
        Mean loss gain on the first rung of the experiments whose code shows a component, minus that of the
        others, with Welch's 95 % interval. Components are found by patterns in the code, come in company, and{" "}
        {tested} were tested: an interval that leaves 0 out is a hint, no proof.
      </p>
      <div className="components">
        <div className="components-names">
          <div className="components-row muted small">component</div>
          {rows.map((r) => (
            <div key={r.component} className="components-row">
              <a
                className="clip"
                href={`${to("gallery", archive)}?f=${encodeURIComponent(JSON.stringify({ components: [r.component] }))}`}
              >
                {r.component}
              </a>
            </div>
          ))}
        </div>
        <div className="components-numbers num">
          <div className="components-row muted small">with, without</div>
          {rows.map((r) => (
            <div key={r.component} className="components-row">
              {r.with.n}
              <span className="muted">, {r.without.n}</span>
            </div>
          ))}
        </div>
        <div ref={frame}>
          <svg width={width} height={ROW * (rows.length + 1)} aria-hidden="true" className="components-plot">
            {ticks(range[0], range[1], Math.max(2, Math.floor(width / 90))).map((t) => (
              <g key={t}>
                <line
                  className={t === 0 ? "zero" : "grid"}
                  x1={x(t)}
                  x2={x(t)}
                  y1={ROW - 6}
                  y2={ROW * (rows.length + 1)}
                />
                <text x={x(t)} y={ROW - 12} textAnchor="middle">
                  {signed(t, 2)}
                </text>
              </g>
            ))}
            {rows.map((r, i) => {
              if (!r.difference) return null;
              const y = ROW * (i + 1.5);
              const { mean, low, high } = r.difference;
              const colour = low > 0 ? "var(--good)" : high < 0 ? "var(--bad)" : "var(--candidate)";
              return (
                <g key={r.component} stroke={colour} fill={colour}>
                  <line x1={x(low)} x2={x(high)} y1={y} y2={y} strokeWidth="1.5" />
                  <circle cx={x(mean)} cy={y} r="3.5" stroke="none" />
                </g>
              );
            })}
          </svg>
        </div>
        <div className="components-numbers num">
          <div className="components-row muted small">difference</div>
          {rows.map((r) => (
            <div key={r.component} className="components-row">
              {r.difference ? (
                <span className="figure">
                  {signed(r.difference.mean)}{" "}
                  <span className="pm">
                    [{signed(r.difference.low)}, {signed(r.difference.high)}]
                  </span>
                </span>
              ) : (
                <span className="muted" title={`Too few to compare: ${number(r.with.n, 0)} with it.`}>
                  {NONE} too few
                </span>
              )}
            </div>
          ))}
        </div>
      </div>
    </section>
  );
}
