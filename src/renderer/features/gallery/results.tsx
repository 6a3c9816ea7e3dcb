/** The list itself: cards or rows of a table, of which only those in view are made. Walked through with the keys. */
// biome-ignore-all lint/a11y/useSemanticElements: rows are placed one by one, which table elements cannot be
import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type MouseEvent,
  type RefObject,
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import type { GallerySort } from "../../../shared/settings.ts";
import { useApp } from "../../state/app.ts";
import { go, toExperiment } from "../../state/route.ts";
import { isTyping } from "../../state/shortcuts.ts";
import { Skeleton } from "../../ui/states.tsx";
import type { Layout } from "./address.ts";
import { Card, type CardActions } from "./card.tsx";
import { CARD, columnsFor, gainRange, rowsFor, type Step, walk } from "./grid.ts";
import { PAGE, type Pages, type Snapshot } from "./pages.ts";
import { columnCount, TableCells, TableHead, template } from "./table.tsx";

/** Heights in px; those of the parts are in gallery.css. */
const HEIGHTS = {
  card: { comfortable: 226, compact: 190 },
  hit: 38,
  row: { comfortable: 36, compact: 28 },
  head: 28,
};
/** Rows made beyond the edges: cards are tall, rows are not. */
const OVERSCAN = { cards: 2, table: 8 };

export interface ResultsProps {
  pages: Pages;
  state: Snapshot;
  layout: Layout;
  sort: GallerySort;
  onSort: (sort: GallerySort) => void;
  actions: CardActions;
  searching: boolean;
  label: string;
  grid: RefObject<HTMLDivElement | null>;
  /** Names the list over leaving and coming back. */
  place: string;
}

/** Where lists were left, for the way back from an experiment. */
const left = new Map<string, { top: number; active: number }>();

export function Results(props: ResultsProps) {
  const { pages, state, layout, actions, searching, grid, place } = props;
  const density = useApp((s) => s.settings?.density ?? "comfortable");
  const compared = useApp((s) => s.compared);
  const id = useId();
  const width = useWidth(grid);
  const total = state.total ?? 0;
  const table = layout === "table";
  const columns = table ? 1 : columnsFor(width);
  const height = table
    ? HEIGHTS.row[density]
    : HEIGHTS.card[density] + (searching ? HEIGHTS.hit : 0) + CARD.gap;
  const rows = width === 0 ? 0 : rowsFor(total, columns, height);
  const cells = Math.min(total, rows * columns);
  const [active, setActive] = useActive(pages, state, place);
  const activeRow = active < 0 ? -1 : Math.floor(active / columns);

  const virtual = useVirtualizer({
    count: rows,
    getScrollElement: () => grid.current,
    estimateSize: () => height,
    overscan: OVERSCAN[layout],
    scrollMargin: table ? HEIGHTS.head : CARD.gap,
    scrollPaddingStart: table ? HEIGHTS.head : CARD.gap,
    scrollPaddingEnd: table ? 0 : CARD.gap,
    // The selected row stays, out of view too: the focus may be in it.
    rangeExtractor: useCallback(
      (range: Range) => {
        const inView = defaultRangeExtractor(range);
        if (activeRow < 0 || activeRow >= range.count || inView.includes(activeRow)) return inView;
        return [...inView, activeRow].sort((a, b) => a - b);
      },
      [activeRow],
    ),
  });
  // Sizes are taken anew when the height of a row changes
  useLayoutEffect(() => virtual.measure(), [height]);

  const first = (virtual.range?.startIndex ?? 0) * columns;
  const last = Math.max(first, ((virtual.range?.endIndex ?? 0) + 1) * columns - 1);
  useEffect(() => pages.want(first, last), [pages, first, last]);
  usePlace(props, active, rows > 0);

  const range = useRange(pages, state);
  const isCompared = useCallback(
    (card: string) => compared.some((c) => c.id === card && c.archive === actions.archive),
    [compared, actions.archive],
  );

  const move = (to: number) => {
    setActive(to);
    virtual.scrollToIndex(Math.floor(to / columns), { align: "auto" });
    grid.current?.focus({ preventScroll: true });
  };
  const press = (event: KeyboardEvent) => {
    const { key, target } = event;
    // A popover's keys come here too, through React's tree.
    if (!grid.current?.contains(target as Node) || isTyping(target)) return;
    if (event.ctrlKey || event.metaKey || event.altKey || cells === 0) return;
    if (STEPS.has(key)) {
      event.preventDefault();
      const page = Math.floor((grid.current.clientHeight - HEIGHTS.head) / height);
      move(active < 0 ? Math.min(first, cells - 1) : walk(active, key as Step, columns, cells, page));
      return;
    }
    const card = active < 0 ? undefined : pages.card(active);
    if (!card) return;
    // A button or link that has the focus does its own work.
    if ((key === "Enter" || key === " ") && (target as Element).closest("a, button")) return;
    if (key === "Enter") go(toExperiment(actions.archive, card.id));
    else if (key === " ") actions.compare(card);
    else if (key === "s") actions.star(card);
    else return;
    event.preventDefault();
  };
  const choose = (event: MouseEvent) => {
    const cell = (event.target as Element).closest<HTMLElement>("[data-cell]");
    if (!cell || !grid.current?.contains(cell)) return;
    setActive(Number(cell.dataset.cell));
    if (!(event.target as Element).closest("a, button")) grid.current.focus({ preventScroll: true });
  };
  const seen = () => {
    if (active < 0 && cells > 0) setActive(Math.min(first, cells - 1));
  };

  const cell = (index: number) => {
    if (index >= total) return null;
    const card = pages.card(index);
    const isActive = index === active;
    const shared = { active: isActive, actions, range, searching };
    if (table)
      return card ? (
        <TableCells key={index} card={card} compared={isCompared(card.id)} {...shared} />
      ) : (
        <EmptyRow key={index} />
      );
    return (
      <div
        key={index}
        role="gridcell"
        tabIndex={-1}
        id={`${id}-${index}`}
        data-cell={index}
        aria-selected={isActive}
        aria-busy={card ? undefined : true}
        className="gallery-cell"
      >
        {card ? <Card card={card} compared={isCompared(card.id)} {...shared} /> : <EmptyCard />}
      </div>
    );
  };

  return (
    <div
      ref={grid}
      className={`gallery-scroll ${layout}`}
      role="grid"
      aria-label={props.label}
      aria-rowcount={Math.ceil(total / columns) + (table ? 1 : 0)}
      aria-colcount={table ? columnCount(searching) : columns}
      aria-activedescendant={active >= 0 && active < cells ? `${id}-${active}` : undefined}
      tabIndex={0}
      onKeyDown={press}
      onClick={choose}
      onFocus={(event) => event.target === grid.current && seen()}
    >
      {table && (
        <div role="rowgroup" className="gallery-head-group">
          <TableHead sort={props.sort} onSort={props.onSort} searching={searching} />
        </div>
      )}
      <div role="rowgroup" className="gallery-rows" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.key}
            role="row"
            tabIndex={-1}
            aria-rowindex={item.index + (table ? 2 : 1)}
            className="gallery-row"
            style={{
              height: table ? height : height - CARD.gap,
              transform: `translateY(${item.start - virtual.options.scrollMargin}px)`,
              gridTemplateColumns: table ? template(searching) : `repeat(${columns}, minmax(0, 1fr))`,
            }}
            {...(table && {
              id: `${id}-${item.index}`,
              "data-cell": item.index,
              "aria-selected": item.index === active,
            })}
          >
            {Array.from({ length: columns }, (_, column) => cell(item.index * columns + column))}
          </div>
        ))}
      </div>
      {total > cells && rows > 0 && (
        <p className="gallery-end muted small">
          The list ends here, after {cells.toLocaleString("en")} of {total.toLocaleString("en")}: a window
          cannot scroll further. Narrow it down with the filters, or show it as a table.
        </p>
      )}
    </div>
  );
}

const STEPS: ReadonlySet<string> = new Set<Step>([
  "ArrowLeft",
  "ArrowRight",
  "ArrowUp",
  "ArrowDown",
  "PageUp",
  "PageDown",
  "Home",
  "End",
]);

const EmptyCard = () => (
  <div className="gallery-card">
    <div className="gallery-picture" />
    <div className="gallery-body">
      <Skeleton width="70%" />
      <Skeleton width="40%" />
      <Skeleton width="85%" />
    </div>
  </div>
);
const EmptyRow = () => (
  <div role="gridcell" tabIndex={-1} className="gallery-row-busy" aria-busy="true">
    <Skeleton width="60%" />
  </div>
);

/** Inner width of the list, as it is resized; 0 until it is known. */
function useWidth(grid: RefObject<HTMLDivElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = grid.current;
    if (!element) return;
    const read = () => {
      const style = getComputedStyle(element);
      setWidth(
        element.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight),
      );
    };
    read();
    const observer = new ResizeObserver(read);
    observer.observe(element);
    return () => observer.disconnect();
  }, [grid]);
  return width;
}

/** The selected cell; it goes with its experiment when the list changes under it. */
function useActive(pages: Pages, state: Snapshot, place: string) {
  const [active, setActive] = useState(() => left.get(place)?.active ?? -1);
  const id = useRef<string | null>(null);
  const shown = useRef(pages);
  // The version says that cards have changed
  useEffect(() => {
    if (shown.current !== pages) {
      shown.current = pages;
      id.current = null;
      setActive(-1);
      return;
    }
    const card = active < 0 ? undefined : pages.card(active);
    if (!card) return;
    const moved = id.current !== null && card.id !== id.current ? pages.find(id.current) : -1;
    if (moved >= 0) setActive(moved);
    else id.current = card.id;
  }, [pages, state.version]);
  const choose = useCallback(
    (index: number) => {
      id.current = pages.card(index)?.id ?? null;
      setActive(index);
    },
    [pages],
  );
  return [active, choose] as const;
}

/** Another list begins at its top; one that was left is shown where it was left. */
function usePlace({ pages, grid, place }: ResultsProps, active: number, ready: boolean): void {
  const shown = useRef<Pages | null>(null);
  useLayoutEffect(() => {
    if (!ready || !grid.current || shown.current === pages) return;
    grid.current.scrollTop = shown.current === null ? (left.get(place)?.top ?? 0) : 0;
    shown.current = pages;
  }, [pages, grid, place, ready]);
  const now = useRef({ place, active });
  now.current = { place, active };
  useEffect(() => {
    const element = grid.current;
    if (!element) return;
    let top = element.scrollTop;
    const keep = () => {
      top = element.scrollTop;
    };
    element.addEventListener("scroll", keep, { passive: true });
    return () => {
      element.removeEventListener("scroll", keep);
      left.set(now.current.place, { top, active: now.current.active });
    };
  }, [grid]);
}

/** One scale for all whiskers of a list: of its first page, so that it does not change while scrolling. */
function useRange(pages: Pages, state: Snapshot): number {
  const kept = useRef<{ pages: Pages; range: number } | null>(null);
  if (kept.current?.pages !== pages && state.total !== null && (pages.card(0) || state.total === 0)) {
    const first = Array.from({ length: PAGE }, (_, i) => pages.card(i)?.gain?.value ?? null);
    kept.current = { pages, range: gainRange(first) };
  }
  return kept.current?.range ?? 0.1;
}
