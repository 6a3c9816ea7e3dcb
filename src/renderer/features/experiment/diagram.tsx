/** The graph as a picture that can be zoomed, moved and walked with the keyboard. */
import { Maximize, Minus, Plus } from "lucide-react";
import {
  type KeyboardEvent,
  type PointerEvent,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import type { GraphNode } from "../../../shared/graph.ts";
import type { Diagram } from "../../../shared/views.ts";
import { IconButton } from "../../ui/controls.tsx";
import { curve, kindOf, labelOf, nodeInWords } from "./drawing.ts";
import { walk } from "./walk.ts";
import { fit, opening, shown, type View, zoomed } from "./zoom.ts";

const STEP = 1.25;
const ARROWS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"];
interface Props {
  diagram: Diagram;
  /** Nodes of the line that is looked at. */
  marked: ReadonlySet<string>;
  active: string | null;
  onHover: (id: string | null) => void;
  onFocus: (id: string | null) => void;
}

export function DiagramPicture({ diagram: { graph, layout }, marked, active, onHover, onFocus }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<View | null>(null);
  const [current, setCurrent] = useState(() => walk(layout, "", "Home"));
  const drag = useRef<{ x: number; y: number; from: View } | null>(null);
  const arrow = useId();
  const nodes = new Map(graph.nodes.map((n) => [n.id, n]));

  const size = () => ({ width: frame.current!.clientWidth, height: frame.current!.clientHeight });
  // The picture keeps its place when the window grows; only a new one is fitted.
  useLayoutEffect(() => setView(opening(layout, size())), [layout]);
  const zoom = (factor: number, at?: { x: number; y: number }) =>
    setView((v) => v && zoomed(v, factor, at ?? { x: size().width / 2, y: size().height / 2 }));
  const fitted = () => setView(fit(layout, size()));

  // React listens to wheels passively, and the page would scroll as well.
  useEffect(() => {
    const element = frame.current!;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const at = { x: event.clientX - box.left, y: event.clientY - box.top };
      const pixels = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
      setView((v) => v && zoomed(v, Math.exp(-pixels / 400), at));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, []);

  const goTo = (id: string) => {
    setCurrent(id);
    onHover(null);
    const box = layout.nodes.find((n) => n.id === id);
    if (box) setView((v) => v && shown(v, box, size()));
    frame.current
      ?.querySelector<SVGGElement>(`[data-node="${CSS.escape(id)}"]`)
      ?.focus({ preventScroll: true });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (ARROWS.includes(event.key)) goTo(walk(layout, current, event.key));
    else if (event.key === "+" || event.key === "=") zoom(STEP);
    else if (event.key === "-" || event.key === "−") zoom(1 / STEP);
    else if (event.key === "0") fitted();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0 || !view || (event.target as Element).closest("button")) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX, y: event.clientY, from: view };
  };
  const onPointerMove = (event: PointerEvent) => {
    if (!drag.current) return;
    const { x, y, from } = drag.current;
    setView({ ...from, x: from.x + event.clientX - x, y: from.y + event.clientY - y });
  };
  const dropped = () => {
    drag.current = null;
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the nodes inside have the focus; this only hears their keys
    <div
      className="experiment-canvas"
      ref={frame}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={dropped}
      onPointerCancel={dropped}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot hold a picture's nodes */}
      <svg
        role="group"
        aria-label="Diagram of the program. Arrow keys walk along the data, plus and minus zoom, 0 fits."
      >
        <defs>
          <marker
            id={arrow}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto"
          >
            <path d="M0 0.5 7.5 4 0 7.5Z" fill="var(--line-strong)" />
          </marker>
        </defs>
        {view && (
          <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>
            {layout.edges.map(({ from, to, back, points }, i) => (
              <path
                key={i}
                className={`experiment-edge${back ? " back" : ""}${active === from || active === to ? " active" : ""}`}
                d={curve(points)}
                markerEnd={`url(#${arrow})`}
              />
            ))}
            {layout.nodes.map((box) => {
              const node = nodes.get(box.id);
              if (!node) return null;
              return (
                <Node
                  key={box.id}
                  box={box}
                  node={node}
                  state={active === box.id ? "active" : marked.has(box.id) ? "marked" : ""}
                  reachable={current === box.id}
                  onHover={() => !drag.current && onHover(box.id)}
                  onLeave={() => onHover(null)}
                  onBlur={() => onFocus(null)}
                  onFocus={() => {
                    setCurrent(box.id);
                    onFocus(box.id);
                  }}
                />
              );
            })}
          </g>
        )}
      </svg>
      <div className="experiment-zoom">
        <IconButton small label="Zoom in" shortcut="+" onClick={() => zoom(STEP)}>
          <Plus size={14} />
        </IconButton>
        <IconButton small label="Zoom out" shortcut="−" onClick={() => zoom(1 / STEP)}>
          <Minus size={14} />
        </IconButton>
        <IconButton small label="Fit" shortcut="0" onClick={fitted}>
          <Maximize size={14} />
        </IconButton>
      </div>
      <p className="experiment-legend" aria-hidden="true">
        <span className="holds">holds parameters</span>
        {layout.edges.some((e) => e.back) && <span className="back">state carried on</span>}
      </p>
    </div>
  );
}

function Node({
  box,
  node,
  state,
  reachable,
  onHover,
  onLeave,
  onFocus,
  onBlur,
}: {
  box: Diagram["layout"]["nodes"][number];
  node: GraphNode;
  state: "active" | "marked" | "";
  /** One node at a time is reached by Tab, the others from it. */
  reachable: boolean;
  onHover: () => void;
  onLeave: () => void;
  onFocus: () => void;
  onBlur: () => void;
}) {
  const words = nodeInWords(node);
  const { op, beside, below } = labelOf(node, box.times ?? 1);
  const { x, y, w, h } = box;
  return (
    // biome-ignore lint/a11y/useSemanticElements: there are no buttons inside of an SVG
    <g
      className={`experiment-node ${kindOf(node)} ${state}`}
      data-node={node.id}
      transform={`translate(${x} ${y})`}
      role="button"
      aria-label={words}
      tabIndex={reachable ? 0 : -1}
      // A picture that moves under a resting pointer is no hovering: browsers tell of it without any movement.
      onPointerMove={(event) => (event.movementX !== 0 || event.movementY !== 0) && onHover()}
      onPointerLeave={onLeave}
      onFocus={onFocus}
      onBlur={onBlur}
    >
      <title>{words}</title>
      {node.count > 1 && <rect x={3} y={3} width={w} height={h} rx={6} />}
      <rect width={w} height={h} rx={kindOf(node) === "end" ? h / 2 : 6} />
      <text x={12} y={below ? 15 : h / 2} dominantBaseline="central">
        <tspan className="op">{op}</tspan>
        {beside && (
          <tspan className="light" dx={8}>
            {beside}
          </tspan>
        )}
      </text>
      {below && (
        <text className="light" x={12} y={31} dominantBaseline="central">
          {below}
        </text>
      )}
    </g>
  );
}
