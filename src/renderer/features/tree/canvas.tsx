/** The tree in the plane: zoom, pan, point, walk. */
import { Maximize, Minus, Plus } from "lucide-react";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { TreeData } from "../../../shared/views.ts";
import { IconButton } from "../../ui/controls.tsx";
import { useTheme } from "../../ui/use-theme.ts";
import { type Camera, fit, nearest, showing, zoomed } from "./camera.ts";
import { alikeOf, draw, drawMap, type Ink, mapOf, type Scene } from "./draw.ts";
import type { Layout, Mode } from "./layout.ts";
import { ancestry, type Direction, type Lineage, walk } from "./model.ts";

const MAP = { width: 168, height: 112 };
/** ms without a movement after which the tree rests. */
const REST_MS = 120;
const ARROWS: Record<string, Direction> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

export function TreeCanvas({
  data,
  lineage,
  mode,
  layout,
  colours,
  shown,
  best,
  selected,
  compared,
  onSelect,
  onOpen,
  onCompare,
  describe,
}: {
  data: TreeData;
  lineage: Lineage;
  mode: Mode;
  layout: Layout;
  colours: readonly (string | null)[];
  shown: number;
  best: number | null;
  selected: number | null;
  compared: ReadonlySet<number>;
  onSelect: (row: number | null) => void;
  onOpen: (row: number) => void;
  onCompare: (row: number) => void;
  /** What is said of a row. */
  describe: (row: number) => string;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const map = useRef<HTMLCanvasElement>(null);
  const camera = useRef<Camera | null>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [hovered, setHovered] = useState<number | null>(null);
  const theme = useTheme();
  const focus = hovered ?? selected;

  const ink = useMemo(() => inkOf(), [theme]);
  const alike = useMemo(() => alikeOf(colours), [colours]);
  const scene = useMemo<Scene>(
    () => ({
      lineage,
      layout,
      standings: data.standings,
      names: data.names,
      colours,
      alike,
      shown,
      bestPath: new Set(best === null ? [] : ancestry(lineage, best)),
      focus:
        focus === null || focus >= shown ? null : { row: focus, path: new Set(ancestry(lineage, focus)) },
      compared,
    }),
    [lineage, layout, data, colours, alike, shown, best, focus, compared],
  );

  const whole = useMemo(() => {
    const { dx, dy, zoom } = fit(layout.bounds, MAP.width + 40, MAP.height + 40);
    return { zoom, dx: dx - 20, dy: dy - 20 };
  }, [layout]);
  const picture = useMemo(
    () => mapOf({ layout, shown, alike }, whole, { ...MAP, ratio: pixels() }, ink),
    [layout, shown, alike, whole, ink],
  );
  const moving = useRef(false);
  const paint = useCallback(() => {
    const [main, small, at] = [canvas.current, map.current, camera.current];
    if (!main || !at || size.width === 0) return;
    const ratio = pixels();
    draw(main.getContext("2d")!, scene, at, { ...size, ratio }, ink, moving.current);
    if (!small) return;
    const view = {
      left: -at.dx / at.zoom,
      top: -at.dy / at.zoom,
      width: size.width / at.zoom,
      height: size.height / at.zoom,
    };
    drawMap(small.getContext("2d")!, picture, whole, view, { ...MAP, ratio }, ink);
  }, [scene, size, ink, whole, picture]);

  // One frame for however many changes came since the last.
  const wanted = useRef(0);
  const latest = useRef(paint);
  latest.current = paint;
  const repaint = useCallback(() => {
    cancelAnimationFrame(wanted.current);
    wanted.current = requestAnimationFrame(() => latest.current());
  }, []);

  useLayoutEffect(() => {
    const element = frame.current!;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  // Another layout is looked at as a whole. One that grows keeps the place that somebody has looked for.
  const fitted = useRef<{ mode: Mode; camera: Camera } | null>(null);
  useLayoutEffect(() => {
    const ratio = pixels();
    if (canvas.current) {
      canvas.current.width = size.width * ratio;
      canvas.current.height = size.height * ratio;
    }
    if (map.current) {
      map.current.width = MAP.width * ratio;
      map.current.height = MAP.height * ratio;
    }
    if (size.width > 0 && (fitted.current?.mode !== mode || camera.current === fitted.current.camera)) {
      camera.current = fit(layout.bounds, size.width, size.height);
      fitted.current = { mode, camera: camera.current };
    }
    paint();
  }, [size, layout, mode, paint]);
  const look = useCallback(
    (next: Camera) => {
      camera.current = next;
      repaint();
    },
    [repaint],
  );
  const resting = useRef(0);
  const rest = () => {
    clearTimeout(resting.current);
    resting.current = window.setTimeout(() => {
      moving.current = false;
      repaint();
    }, REST_MS);
  };
  useEffect(() => () => clearTimeout(resting.current), []);
  const by = (factor: number) =>
    camera.current && look(zoomed(camera.current, factor, size.width / 2, size.height / 2));
  const all = () => look(fit(layout.bounds, size.width, size.height));

  useEffect(() => {
    const element = canvas.current!;
    // React's wheel listener cannot keep the page from zooming.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      if (!camera.current) return;
      const box = element.getBoundingClientRect();
      const factor = Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015));
      look(zoomed(camera.current, factor, event.clientX - box.left, event.clientY - box.top));
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, [look]);

  const drag = useRef<{ x: number; y: number; moved: boolean } | null>(null);
  const at = (event: React.PointerEvent) => {
    const box = canvas.current!.getBoundingClientRect();
    return camera.current
      ? nearest(layout, camera.current, event.clientX - box.left, event.clientY - box.top, shown)
      : -1;
  };
  const move = (event: React.PointerEvent) => {
    const { current } = drag;
    if (current && camera.current) {
      const [dx, dy] = [event.clientX - current.x, event.clientY - current.y];
      if (!current.moved && Math.hypot(dx, dy) < 3) return;
      drag.current = { x: event.clientX, y: event.clientY, moved: true };
      moving.current = true;
      rest();
      look({ ...camera.current, dx: camera.current.dx + dx, dy: camera.current.dy + dy });
    } else {
      const row = at(event);
      setHovered(row < 0 ? null : row);
    }
  };
  const up = (event: React.PointerEvent) => {
    const clicked = drag.current && !drag.current.moved;
    drag.current = null;
    if (!clicked) return;
    const row = at(event);
    onSelect(row < 0 ? null : row);
  };
  const press = (event: React.KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = ARROWS[event.key];
    if (direction) {
      event.preventDefault();
      const next = selected === null ? (best ?? 0) : walk(lineage, selected, direction, shown);
      setHovered(null);
      onSelect(next);
      if (camera.current)
        look(showing(camera.current, layout.x[next]!, layout.y[next]!, size.width, size.height));
    } else if (event.key === "Enter" && selected !== null) onOpen(selected);
    else if (event.key === " " && selected !== null) {
      event.preventDefault();
      onCompare(selected);
    } else if (event.key === "+" || event.key === "=") by(1.4);
    else if (event.key === "-" || event.key === "−") by(1 / 1.4);
    else if (event.key === "0") all();
    else if (event.key === "Escape") onSelect(null);
  };
  /** A place on the map becomes the middle. */
  const jump = (event: React.PointerEvent) => {
    if (!camera.current || (event.type === "pointermove" && event.buttons === 0)) return;
    const box = event.currentTarget.getBoundingClientRect();
    const wx = (event.clientX - box.left - whole.dx) / whole.zoom;
    const wy = (event.clientY - box.top - whole.dy) / whole.zoom;
    const { zoom } = camera.current;
    look({ zoom, dx: size.width / 2 - wx * zoom, dy: size.height / 2 - wy * zoom });
  };

  return (
    <div className="tree-frame" ref={frame}>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: "application" hands the arrow keys to the tree */}
      <canvas
        ref={canvas}
        className="tree-canvas"
        role="application"
        tabIndex={0}
        aria-label={`Tree of ${shown} experiments. Arrow keys walk: left to the parent, right to a child, up and down to siblings. Enter opens, Space compares. The table view reads it line by line.`}
        aria-describedby="tree-said"
        onPointerDown={(event) => {
          drag.current = { x: event.clientX, y: event.clientY, moved: false };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={move}
        onPointerUp={up}
        onPointerLeave={() => !drag.current && setHovered(null)}
        onDoubleClick={() => focus !== null && onOpen(focus)}
        onKeyDown={press}
        style={{ cursor: hovered === null ? "grab" : "pointer" }}
      />
      <p className="hidden-text" id="tree-said" aria-live="polite">
        {focus === null ? "" : describe(focus)}
      </p>
      <div className="tree-zoom">
        <IconButton label="Zoom in" shortcut="+" onClick={() => by(1.4)}>
          <Plus size={16} />
        </IconButton>
        <IconButton label="Zoom out" shortcut="−" onClick={() => by(1 / 1.4)}>
          <Minus size={16} />
        </IconButton>
        <IconButton label="Show all" shortcut="0" onClick={all}>
          <Maximize size={16} />
        </IconButton>
      </div>
      <canvas ref={map} className="tree-map" style={MAP} onPointerDown={jump} onPointerMove={jump} />
    </div>
  );
}

const pixels = (): number => globalThis.devicePixelRatio || 1;

function inkOf(): Ink {
  const style = getComputedStyle(document.documentElement);
  const css = (token: string) => style.getPropertyValue(token).trim();
  return {
    edge: css("--line-strong"),
    best: css("--accent"),
    text: css("--text"),
    quiet: css("--text-3"),
    halo: css("--ground"),
    ring: css("--accent"),
    unmeasured: css("--line-strong"),
  };
}
