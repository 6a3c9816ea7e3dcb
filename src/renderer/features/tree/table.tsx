/* biome-ignore-all lint/a11y/useSemanticElements: rows are placed one by one, so the elements of a table cannot hold them */
/* biome-ignore-all lint/a11y/useFocusableInteractive: the row has the focus, not its cells */
/** The same tree line by line, for screen readers and for everybody who likes to read. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import type { TreeData } from "../../../shared/views.ts";
import { toExperiment } from "../../state/route.ts";
import { number } from "../../ui/format.ts";
import { Figure, StandingBadge } from "../../ui/measures.tsx";
import { type Lineage, preorder, walk } from "./model.ts";

const ROW = 32;
const INDENT = 16;
/** Deeper ones are not indented further: there would be no room for their names. */
const DEEPEST = 14;

export function TreeTable({
  archive,
  data,
  lineage,
  shown,
  selected,
  onSelect,
  onOpen,
  onCompare,
}: {
  archive: string;
  data: TreeData;
  lineage: Lineage;
  shown: number;
  selected: number | null;
  onSelect: (row: number | null) => void;
  onOpen: (row: number) => void;
  onCompare: (row: number) => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const order = useMemo(() => preorder(lineage).filter((row) => row < shown), [lineage, shown]);
  const place = useMemo(() => new Map(order.map((row, i) => [row, i])), [order]);
  const lines = useVirtualizer({
    count: order.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  // Only a selection moves the list and the focus, not a tree that grows.
  const places = useRef(place);
  places.current = place;
  useEffect(() => {
    const at = selected === null ? undefined : places.current.get(selected);
    if (at === undefined) return;
    lines.scrollToIndex(at);
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-row="${selected}"]`)?.focus(),
    );
  }, [selected, lines]);
  const press = (event: React.KeyboardEvent) => {
    const at = selected === null ? -1 : (place.get(selected) ?? -1);
    const row = order[Math.max(0, at)];
    if (row === undefined) return;
    if (event.key === "ArrowDown") onSelect(order[Math.min(order.length - 1, at + 1)]!);
    else if (event.key === "ArrowUp") onSelect(order[Math.max(0, at - 1)]!);
    else if (event.key === "ArrowLeft") onSelect(walk(lineage, row, "left", shown));
    else if (event.key === "ArrowRight") onSelect(walk(lineage, row, "right", shown));
    else if (event.key === "Enter") onOpen(row);
    else if (event.key === " ") onCompare(row);
    else return;
    event.preventDefault();
  };
  return (
    <div className="tree-table" ref={scroller}>
      <div
        role="treegrid"
        aria-label="Lineage"
        aria-rowcount={order.length + 1}
        onKeyDown={press}
        tabIndex={-1}
      >
        <div role="row" aria-rowindex={1} className="tree-line tree-head" tabIndex={-1}>
          <span role="columnheader">Experiment</span>
          <span role="columnheader">Standing</span>
          <span role="columnheader">Gain</span>
          <span role="columnheader">Fitness</span>
          <span role="columnheader">Children</span>
        </div>
        <div role="rowgroup" style={{ height: lines.getTotalSize(), position: "relative" }}>
          {lines.getVirtualItems().map((item) => {
            const row = order[item.index]!;
            const current = row === selected || (selected === null && item.index === 0);
            return (
              <div
                key={row}
                role="row"
                aria-level={lineage.generation[row]! + 1}
                aria-rowindex={item.index + 2}
                aria-selected={row === selected}
                data-row={row}
                tabIndex={current ? 0 : -1}
                className="tree-line"
                style={{
                  position: "absolute",
                  top: 0,
                  left: 0,
                  right: 0,
                  height: ROW,
                  transform: `translateY(${item.start}px)`,
                }}
                onFocus={(event) => event.target === event.currentTarget && row !== selected && onSelect(row)}
              >
                <span
                  role="gridcell"
                  className="clip"
                  style={{ paddingLeft: Math.min(DEEPEST, lineage.generation[row]!) * INDENT }}
                >
                  <a href={toExperiment(archive, data.ids[row]!)} tabIndex={-1}>
                    {data.names[row]}
                  </a>
                </span>
                <span role="gridcell">
                  <StandingBadge standing={data.standings[row]!} />
                </span>
                <span role="gridcell">
                  <Figure value={data.gain[row]} se={data.gainSe[row]} difference />
                </span>
                <span role="gridcell" className="num">
                  {number(data.fitness[row])}
                </span>
                <span role="gridcell" className="num">
                  {lineage.children[row]!.length}
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
