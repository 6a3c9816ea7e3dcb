/** A chart of curves: loss by step, with ghosts, bands over seeds, zoom, and a table for those who do not see it. */
import "uplot/dist/uPlot.min.css";
import "./curve-chart.css";
import { RotateCcw, SlidersHorizontal, Table2 } from "lucide-react";
import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { Button, IconButton } from "./controls.tsx";
import { plotData } from "./curve-plot.ts";
import { CurveTable } from "./curve-table.tsx";
import { keyed, usePlot, useSize, WHOLE, type Zoom } from "./curve-view.ts";
import { axis, type CurveSeries, lineOf, nearest, summary } from "./curves.ts";
import { number } from "./format.ts";
import { Popover } from "./overlays.tsx";
import { useTheme } from "./use-theme.ts";

export type { CurveSeries } from "./curves.ts";

export interface CurveChartProps {
  series: CurveSeries[];
  xLabel: string;
  yLabel: string;
  /** In px; "fill": as high as its place, which has to be a flex column. */
  height?: number | "fill";
  logX?: boolean;
  logY?: boolean;
  /** Weight of the past at the beginning, from 0 to 0.99. */
  smoothing?: number;
  /** Shows the choices of axes and smoothing. */
  controls?: boolean;
  /** Stands at the left of the controls. */
  title?: ReactNode;
  /** What it is about: of something else, all is shown first. */
  of?: string;
}

export function CurveChart({
  series,
  xLabel,
  yLabel,
  height = 260,
  controls = true,
  title,
  of,
  ...initial
}: CurveChartProps) {
  const [logX, setLogX] = useState(initial.logX ?? false);
  const [logY, setLogY] = useState(initial.logY ?? false);
  const [smoothing, setSmoothing] = useState(initial.smoothing ?? 0);
  const [zoom, setZoom] = useState<Zoom>(WHOLE);
  useEffect(() => setZoom(WHOLE), [of]);
  const [table, setTable] = useState(false);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState<number | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box, table);
  const theme = useTheme();
  const id = useId();

  const xAxis = useMemo(() => axis(logX), [logX]);
  const yAxis = useMemo(() => axis(logY), [logY]);
  const data = useMemo(
    () => plotData({ series, hidden, xAxis, yAxis, smoothing, zoom, pixels: Math.max(50, size.width - 72) }),
    [series, hidden, xAxis, yAxis, smoothing, zoom, size.width],
  );
  const focus = usePlot(box, { data, xAxis, yAxis, size, theme, onCursor: setAt, onZoom: setZoom });
  const words = useMemo(() => summary(series, xLabel, yLabel), [series, xLabel, yLabel]);
  const zoomed = zoom.x !== null || zoom.y !== null;

  const scale = (of: "x" | "y", log: boolean) => {
    // Places mean something else on the other axis.
    setZoom((z) => ({ ...z, [of]: null }));
    (of === "x" ? setLogX : setLogY)(log);
  };
  const toggle = (name: string) => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    setHidden(next);
  };

  const choices = (
    <>
      <Button
        small
        aria-pressed={logY}
        onClick={() => scale("y", !logY)}
        title={`Logarithmic axis of ${yLabel}`}
      >
        log {yLabel}
      </Button>
      <Button
        small
        aria-pressed={logX}
        onClick={() => scale("x", !logX)}
        title={`Logarithmic axis of ${xLabel}`}
      >
        log {xLabel}
      </Button>
      <label className="curves-smoothing">
        smoothing
        <input
          type="range"
          min={0}
          max={0.99}
          step={0.01}
          value={smoothing}
          onChange={(event) => setSmoothing(Number(event.target.value))}
        />
        <output>{smoothing === 0 ? "off" : smoothing.toFixed(2)}</output>
      </label>
    </>
  );
  return (
    <figure className={`curves ${height === "fill" ? "fill" : ""}`} aria-describedby={id}>
      <div className="curves-head">
        {title}
        <span className="curves-y">
          {yLabel} by {xLabel}
        </span>
        <div className="curves-tools">
          {controls &&
            // Where the height is scarce, the choices do not take any of it.
            (height === "fill" ? (
              <Popover
                label="Axes and smoothing"
                trigger={
                  <Button
                    small
                    kind="quiet"
                    className="icon"
                    aria-label="Axes and smoothing"
                    title="Axes and smoothing"
                  >
                    <SlidersHorizontal size={14} aria-hidden />
                  </Button>
                }
              >
                <div className="curves-choices">{choices}</div>
              </Popover>
            ) : (
              choices
            ))}
          <IconButton
            label="Show all of it"
            shortcut="0"
            small
            disabled={!zoomed}
            onClick={() => setZoom(WHOLE)}
          >
            <RotateCcw size={14} aria-hidden />
          </IconButton>
          <IconButton
            label={table ? "Show the curves" : "Show as a table"}
            small
            aria-pressed={table}
            onClick={() => setTable(!table)}
          >
            <Table2 size={14} aria-hidden />
          </IconButton>
        </div>
      </div>
      {table ? (
        <CurveTable series={series} xLabel={xLabel} height={height} />
      ) : (
        <>
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms */}
          <div
            className="curves-plot"
            ref={box}
            style={height === "fill" ? undefined : { height }}
            role="group"
            aria-roledescription="chart"
            aria-label={`${yLabel} by ${xLabel}. Plus and minus zoom, arrows move, 0 shows all.`}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes the keys that zoom and move
            tabIndex={0}
            onKeyDown={(event) => {
              const next = keyed(event, zoom, data);
              if (next) {
                event.preventDefault();
                setZoom(next);
              }
            }}
          >
            {data.whole === null && <p className="curves-none">No curve yet</p>}
          </div>
          <Legend
            {...{ series, hidden, at, xLabel, toggle }}
            onFocus={(i) => focus(i === null ? null : data.columnOf[i]!)}
          />
        </>
      )}
      <figcaption id={id} className="hidden-text">
        {words}
      </figcaption>
    </figure>
  );
}

/** Each curve's line, name and value: at the pointer, else its last. A press hides it. */
function Legend({
  series,
  hidden,
  at,
  xLabel,
  toggle,
  onFocus,
}: {
  series: CurveSeries[];
  hidden: ReadonlySet<string>;
  at: number | null;
  xLabel: string;
  toggle: (name: string) => void;
  onFocus: (index: number | null) => void;
}) {
  return (
    <div className="curves-legend">
      {series.map((s, i) => {
        const { colour, dash } = lineOf(s, i, series.length);
        const point = at === null ? s.x.length - 1 : nearest(s.x, at);
        const value = point === null ? null : s.y[point];
        return (
          <button
            key={s.name}
            type="button"
            aria-pressed={!hidden.has(s.name)}
            title={s.name}
            onClick={() => toggle(s.name)}
            onPointerEnter={() => onFocus(i)}
            onPointerLeave={() => onFocus(null)}
            onFocus={() => onFocus(i)}
            onBlur={() => onFocus(null)}
          >
            <svg width="18" height="8" aria-hidden="true">
              <line
                x1="0"
                x2="18"
                y1="4"
                y2="4"
                stroke={colour}
                strokeWidth={s.dashed ? 1.5 : 2}
                strokeDasharray={dash.join(" ")}
              />
            </svg>
            <span className="clip curves-name">{s.name}</span>
            <span className="num">{number(value)}</span>
          </button>
        );
      })}
      {series.length > 0 && (
        <span className="muted num">
          {at === null ? "last values" : `${xLabel} ${Math.round(at).toLocaleString("en")}`}
        </span>
      )}
    </div>
  );
}
