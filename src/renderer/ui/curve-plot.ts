/** uPlot behind a chart of curves: which columns it has, and how it is made, shown and resized. */
import uPlot from "uplot";
import {
  type Axis,
  bucketed,
  type Cell,
  type CurveSeries,
  extent,
  lineOf,
  lonely,
  type Range,
  rowPlaces,
  smoothed,
  ticks,
  tickText,
} from "./curves.ts";

/** One line on the canvas, or an edge of a band (which has no line of its own). */
interface Column {
  colour: string;
  dash: number[];
  width: number;
  alpha: number;
  rows: Cell[];
  /** Filled down to the column after it. */
  band: boolean;
}

export interface PlotData {
  /** What there is; null: nothing that these axes can show. */
  whole: { x: Range; y: Range } | null;
  /** What is shown, as places. */
  x: Range;
  y: Range;
  places: number[];
  columns: Column[];
  /** Column of each curve's own line. */
  columnOf: number[];
  /** Changes when the plot has to be made anew. */
  look: string;
}

/** More curves than this are drawn as hairlines, which is several times as fast. */
const CROWD = 24;
/** Air above and below the curves. */
const PAD = 0.04;
const NOTHING: PlotData = {
  whole: null,
  x: [0, 1],
  y: [0, 1],
  places: [],
  columns: [],
  columnOf: [],
  look: "",
};

/** All that is drawn, from all that is known. @param pixels width of the plot */
export function plotData({
  series,
  hidden,
  xAxis,
  yAxis,
  smoothing,
  zoom,
  pixels,
}: {
  series: readonly CurveSeries[];
  hidden: ReadonlySet<string>;
  xAxis: Axis;
  yAxis: Axis;
  smoothing: number;
  zoom: { x: Range | null; y: Range | null };
  pixels: number;
}): PlotData {
  const ends = series.flatMap(({ x }) => [x.find((v) => !Number.isNaN(xAxis.place(v))), x.at(-1)]);
  const wholeX = padded(extent(ends, xAxis), 0);
  if (!wholeX) return NOTHING;
  const x = zoom.x ?? wholeX;
  const columns: Column[] = [];
  const columnOf: number[] = [];
  const add = (column: Omit<Column, "rows">, xs: readonly number[], ys: readonly (number | null)[]) =>
    columns.push({ ...column, rows: bucketed(xs, ys, x, pixels, xAxis, yAxis) });
  // Ghosts first: what they are compared with lies on top.
  const order = series
    .map((s, i) => ({ s, i }))
    .sort((a, b) => Number(b.s.dashed ?? false) - Number(a.s.dashed ?? false));
  for (const { s, i } of order) {
    const line = {
      ...lineOf(s, i, series.length),
      width: s.dashed ? 1.25 : series.length > CROWD ? 1 : 1.75,
      alpha: 1,
      band: false,
    };
    const shown = hidden.has(s.name) ? { x: [], y: [] } : s;
    if (s.band) {
      const { low, high } = hidden.has(s.name) ? { low: [], high: [] } : s.band;
      add({ ...line, width: 0, band: true }, shown.x, high);
      add({ ...line, width: 0 }, shown.x, low);
    }
    const smooth = smoothing > 0;
    if (smooth) add({ ...line, width: 1, alpha: 0.32 }, shown.x, shown.y);
    columnOf[i] = columns.length;
    add(line, shown.x, smooth ? smoothed(shown.y, smoothing) : shown.y);
  }
  const own = { log: false, place: (p: number) => p, value: (p: number) => p };
  const wholeY = padded(extent(allCells(columns), own), PAD);
  if (!wholeY) return { ...NOTHING, x };
  return {
    whole: { x: wholeX, y: wholeY },
    x,
    y: zoom.y ?? wholeY,
    places: rowPlaces(x, pixels),
    columns,
    columnOf,
    look: JSON.stringify(columns.map(({ rows: _, ...look }) => look)),
  };
}

function* allCells(columns: readonly Column[]): Iterable<Cell> {
  for (const { rows } of columns) yield* rows;
}

/** A range that has a length. */
function padded(range: Range | null, share: number): Range | null {
  if (!range) return null;
  const [low, high] = range;
  const span = high - low || Math.abs(high) * 0.1 || 1;
  return high > low ? [low - span * share, high + span * share] : [low - span / 2, high + span / 2];
}

export interface Plot {
  show(data: PlotData): void;
  resize(size: { width: number; height: number }): void;
  /** Brings one column to the fore; null: all are alike. */
  focus(column: number | null): void;
  /** Place on the x axis. @param clientX of a pointer's event */
  placeAt(clientX: number): number;
  destroy(): void;
}

const FONT_PX = 12;
/** px between the marks of an axis. */
const APART = { x: 90, y: 34 };
/** What the axes take of the width and of the height. */
const MARGIN = { x: 72, y: 30 };
/** Drags shorter than this are clicks; along one axis when they stay this close to it. */
const DRAG = { least: 5, straight: 24 };

export function createPlot(
  element: HTMLElement,
  {
    data: first,
    size,
    xAxis,
    yAxis,
    onCursor,
    onSelect,
  }: {
    data: PlotData;
    size: { width: number; height: number };
    xAxis: Axis;
    yAxis: Axis;
    /** Value under the pointer. */
    onCursor: (x: number | null) => void;
    /** Places that were drawn around; null along an axis that was not. */
    onSelect: (x: Range | null, y: Range | null) => void;
  },
): Plot {
  let data = first;
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const colour = (given: string) => {
    const name = /^var\((--[\w-]+)\)$/.exec(given)?.[1];
    return name ? token(name) : given;
  };
  const font = `${FONT_PX}px ${token("--font")}`;
  const marks = (of: Axis, along: "x" | "y") => ({
    stroke: token("--text-3"),
    font,
    grid: { stroke: token("--line"), width: 1 },
    ticks: { show: false },
    splits: (u: uPlot, _: number, low: number, high: number) => {
      const pixels = along === "x" ? u.width - MARGIN.x : u.height - MARGIN.y;
      return ticks([low, high], of.log, Math.max(2, pixels / APART[along])).map(of.place);
    },
    values: (_: uPlot, splits: number[]) => {
      const values = splits.map(of.value);
      return values.map((v) => tickText(Number(v.toPrecision(12)), values));
    },
  });
  const options: uPlot.Options = {
    ...size,
    legend: { show: false },
    padding: [8, 20, 0, 0],
    cursor: {
      points: { show: false },
      drag: { x: true, y: true, uni: DRAG.straight, dist: DRAG.least, setScale: false },
    },
    focus: { alpha: 0.25 },
    scales: {
      x: { time: false, range: () => [...data.x] },
      y: { range: () => [...data.y] },
    },
    axes: [
      { ...marks(xAxis, "x"), size: 22, gap: 4 },
      { ...marks(yAxis, "y"), size: 52, gap: 6 },
    ],
    series: [
      {},
      ...data.columns.map(
        (c, i): uPlot.Series => ({
          stroke: colour(c.colour),
          width: c.width,
          alpha: c.alpha,
          dash: c.dash.length > 0 ? c.dash : undefined,
          points: {
            show: c.width > 0,
            size: 4,
            fill: colour(c.colour),
            filter: () => lonely(data.columns[i]?.rows ?? []),
          },
        }),
      ),
    ],
    bands: data.columns.flatMap((c, i) =>
      c.band ? [{ series: [i + 1, i + 2] as [number, number], fill: translucent(colour(c.colour)) }] : [],
    ),
    hooks: {
      setCursor: [
        (u) => {
          const left = u.cursor.left ?? -1;
          onCursor(left < 0 ? null : xAxis.value(u.posToVal(left, "x")));
        },
      ],
      setSelect: [
        (u) => {
          const { left, top, width, height } = u.select;
          if (width < DRAG.least && height < DRAG.least) return;
          const whole = { x: width >= u.over.clientWidth - 1, y: height >= u.over.clientHeight - 1 };
          const x: Range = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
          const y: Range = [u.posToVal(top + height, "y"), u.posToVal(top, "y")];
          onSelect(whole.x || width === 0 ? null : x, whole.y || height === 0 ? null : y);
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
  const table = () => [data.places, ...data.columns.map((c) => c.rows)] as uPlot.AlignedData;
  const plot = new uPlot(options, table(), element);

  return {
    show(next) {
      if (next === data || next.look !== data.look) return; // another look: the plot is made anew
      data = next;
      plot.setData(table());
    },
    resize: (next) => plot.setSize(next),
    focus: (column) => plot.setSeries(column === null ? null : column + 1, { focus: true }),
    placeAt: (clientX) => plot.posToVal(clientX - plot.over.getBoundingClientRect().left, "x"),
    destroy: () => plot.destroy(),
  };
}

const translucent = (colour: string): string => `color-mix(in srgb, ${colour} 18%, transparent)`;
