/** The part of a chart of curves that is shown: its size, its zoom, and the plot in its box. */
import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from "react";
import { createPlot, type Plot, type PlotData } from "./curve-plot.ts";
import type { Axis, Range } from "./curves.ts";

export interface Zoom {
  x: Range | null;
  y: Range | null;
}
export const WHOLE: Zoom = { x: null, y: null };
/** Share of what is shown that a key press moves or a wheel's notch takes away. */
const MOVE = 0.2;

/** The plot in its box; returns what brings one column to the fore. */
export function usePlot(
  box: RefObject<HTMLDivElement | null>,
  given: {
    data: PlotData;
    xAxis: Axis;
    yAxis: Axis;
    size: { width: number; height: number };
    theme: number;
    onCursor: (x: number | null) => void;
    onZoom: (change: (zoom: Zoom) => Zoom) => void;
  },
): (column: number | null) => void {
  const plot = useRef<Plot | null>(null);
  const now = useRef(given);
  now.current = given;
  const { data, size, theme, xAxis, yAxis } = given;
  const ready = size.width > 0 && size.height > 0;

  // Theme and look stand for what is read through `now`; data and size are changed in place.
  useEffect(() => {
    const element = box.current;
    if (!element || !ready || now.current.data.whole === null) return;
    const { size, data, onCursor } = now.current;
    const made = createPlot(element, {
      data,
      size,
      xAxis,
      yAxis,
      onCursor,
      onSelect: (x, y) => now.current.onZoom((zoom) => ({ x: x ?? zoom.x, y: y ?? zoom.y })),
    });
    plot.current = made;
    const wheel = (event: WheelEvent) => {
      // A page that scrolls goes on scrolling, unless the chart was chosen or a modifier (or a pinch) says zoom.
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== element) return;
      event.preventDefault();
      const middle = made.placeAt(event.clientX);
      now.current.onZoom((zoom) => ({
        ...zoom,
        x: scaled(now.current.data, middle, event.deltaY > 0 ? 1 + MOVE : 1 / (1 + MOVE)),
      }));
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => {
      element.removeEventListener("wheel", wheel);
      made.destroy();
      plot.current = null;
    };
  }, [box, ready, data.look, data.whole === null, theme, xAxis, yAxis]);

  useEffect(() => {
    if (ready) plot.current?.resize(size);
  }, [size, ready]);
  useEffect(() => {
    plot.current?.show(data);
  }, [data]);
  return (column) => plot.current?.focus(column);
}

/** What is shown of x, made larger or smaller around a place; null when it is the whole again. */
function scaled({ x, whole }: PlotData, middle: number, factor: number): Range | null {
  if (!whole) return null;
  const [low, high] = [middle + (x[0] - middle) * factor, middle + (x[1] - middle) * factor];
  return within([low, high], whole.x);
}

function within([low, high]: Range, whole: Range): Range | null {
  const span = Math.min(high - low, whole[1] - whole[0]);
  const from = Math.min(Math.max(low, whole[0]), whole[1] - span);
  return span >= (whole[1] - whole[0]) * 0.999 ? null : [from, from + span];
}

/** The zoom after a key; null for keys that mean nothing here. */
export function keyed(
  { key, ctrlKey, metaKey, altKey }: KeyboardEvent,
  zoom: Zoom,
  data: PlotData,
): Zoom | null {
  if (ctrlKey || metaKey || altKey) return null;
  if (key === "0" || key === "Escape") return zoom.x || zoom.y ? WHOLE : null;
  if (!data.whole) return null;
  const [low, high] = data.x;
  const step = (high - low) * MOVE;
  if (key === "+" || key === "=") return { ...zoom, x: scaled(data, (low + high) / 2, 1 / (1 + MOVE)) };
  if (key === "-") return { ...zoom, x: scaled(data, (low + high) / 2, 1 + MOVE) };
  if (key === "ArrowLeft") return { ...zoom, x: within([low - step, high - step], data.whole.x) };
  if (key === "ArrowRight") return { ...zoom, x: within([low + step, high + step], data.whole.x) };
  return null;
}

export function useSize(
  box: RefObject<HTMLDivElement | null>,
  gone: boolean,
): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = box.current;
    if (!element || gone) return setSize({ width: 0, height: 0 });
    const watcher = new ResizeObserver(() =>
      setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [box, gone]);
  return size;
}
