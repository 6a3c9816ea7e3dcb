/** Parallel coordinates as a picture: dragging along an axis keeps what is inside, pointing at a line brings it out. */
import { type PointerEvent, useRef, useState } from "react";
import { Button } from "../../ui/controls.tsx";
import { useWidth } from "../../ui/use-width.ts";
import { type Axis, type Brushes, isKept, pieces, placeOn, valueAt } from "./parallel.ts";
import type { Subject } from "./subjects.ts";

const HEIGHT = 260;
const TOP = 44;
const BOTTOM = 24;
const SIDE = 56;
/** Drags shorter than this, in px, are clicks: they take the brush away. */
const CLICK = 4;
/** Width of an axis that takes the pointer. */
const GRIP = 28;

interface Props {
  axes: readonly Axis[];
  subjects: readonly Subject[];
  highlight: string | null;
  onHighlight: (key: string | null) => void;
}

export function ParallelPlot({ axes, subjects, highlight, onHighlight }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box, 800);
  const [brushes, setBrushes] = useState<Brushes>({});
  const drag = useRef<{ axis: Axis; from: number } | null>(null);
  const inner = HEIGHT - TOP - BOTTOM;
  const x = (i: number) =>
    axes.length === 1 ? width / 2 : SIDE + (i * (width - 2 * SIDE)) / (axes.length - 1);
  const y = (place: number) => TOP + (1 - place) * inner;
  const kept = subjects.map((_, i) => isKept(axes, i, brushes));

  const placeOf = (event: PointerEvent<SVGElement>) => {
    const { top } = event.currentTarget.ownerSVGElement!.getBoundingClientRect();
    return 1 - (event.clientY - top - TOP) / inner;
  };
  const start = (axis: Axis) => (event: PointerEvent<SVGElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { axis, from: placeOf(event) };
  };
  const moved = (event: PointerEvent<SVGElement>) => {
    if (!drag.current) return;
    const { axis, from } = drag.current;
    const to = placeOf(event);
    const { [axis.name]: _, ...others } = brushes;
    const ends = [valueAt(axis, Math.min(from, to)), valueAt(axis, Math.max(from, to))] as const;
    setBrushes(Math.abs(to - from) * inner < CLICK ? others : { ...others, [axis.name]: ends });
  };
  const end = (event: PointerEvent<SVGElement>) => {
    moved(event);
    drag.current = null;
  };

  const brushed = Object.keys(brushes).length > 0;
  return (
    <div ref={box} className="compare-parallel">
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`Parallel coordinates of ${subjects.length} experiments over ${axes.map((a) => a.name).join(", ")}. The same figures are in the table above.`}
      >
        {subjects.map(({ key, line, name }, i) => {
          const faded = !kept[i] || (highlight !== null && highlight !== key);
          return (
            <g
              key={key}
              className="compare-line"
              data-faded={faded || undefined}
              stroke={line.colour}
              fill={line.colour}
              strokeDasharray={line.dash.join(" ")}
              onPointerEnter={() => onHighlight(key)}
              onPointerLeave={() => onHighlight(null)}
            >
              <title>{name}</title>
              {pieces(axes, i).map((piece) => {
                const points = piece.map(([axis, place]) => `${x(axis)},${y(place)}`);
                return (
                  <g key={piece[0]![0]}>
                    {/* Wider than it is seen, so that it can be pointed at. */}
                    <polyline points={points.join(" ")} fill="none" stroke="transparent" strokeWidth={12} />
                    <polyline
                      points={points.join(" ")}
                      fill="none"
                      strokeWidth={highlight === key ? 3 : 1.5}
                    />
                    {piece.map(([axis, place]) => (
                      <circle key={axis} cx={x(axis)} cy={y(place)} r={3} stroke="none" />
                    ))}
                  </g>
                );
              })}
            </g>
          );
        })}
        {axes.map((axis, i) => {
          const brush = brushes[axis.name];
          const ends = brush?.map((v) => y(placeOn(axis, v)));
          return (
            <g key={axis.name} className="compare-axis">
              <line x1={x(i)} x2={x(i)} y1={TOP} y2={TOP + inner} />
              <text x={x(i)} y={14} className="strong">
                {axis.name}
              </text>
              <text x={x(i)} y={TOP - 10}>
                {axis.high > axis.low ? axis.format(axis.high) : ""}
              </text>
              <text x={x(i)} y={HEIGHT - 8}>
                {axis.format(axis.low)}
              </text>
              {ends && (
                <rect
                  className="compare-brush"
                  x={x(i) - 6}
                  width={12}
                  y={ends[1]}
                  height={ends[0]! - ends[1]!}
                />
              )}
              <rect
                className="compare-grip"
                x={x(i) - GRIP / 2}
                width={GRIP}
                y={TOP}
                height={inner}
                onPointerDown={start(axis)}
                onPointerMove={moved}
                onPointerUp={end}
              />
            </g>
          );
        })}
      </svg>
      <p className="muted small row">
        {brushed
          ? `${kept.filter(Boolean).length} of ${subjects.length} inside.`
          : "Drag along an axis to keep what is inside."}
        {brushed && (
          <Button small onClick={() => setBrushes({})}>
            Show all
          </Button>
        )}
      </p>
    </div>
  );
}
