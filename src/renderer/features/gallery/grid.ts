/** Places in a grid of equal cells that is longer than the window. */

/** Least width of a card and the gap between two, in px. */
export const CARD = { width: 228, gap: 12 };

/** Longest content in px: browsers cut off what is longer than 16.7 million (Chromium at 200 % zoom) or 17.9 (Firefox). */
export const LONGEST = 16_000_000;

/** How many cards stand side by side. */
export const columnsFor = (width: number): number =>
  Math.max(1, Math.floor((width + CARD.gap) / (CARD.width + CARD.gap)));

/** Rows that hold all cells, as far as a window can scroll. */
export const rowsFor = (cells: number, columns: number, rowHeight: number): number =>
  Math.min(Math.ceil(cells / columns), Math.floor(LONGEST / rowHeight));

export type Step =
  | "ArrowLeft"
  | "ArrowRight"
  | "ArrowUp"
  | "ArrowDown"
  | "PageUp"
  | "PageDown"
  | "Home"
  | "End";

/**
 * The cell that a key leads to. Left and right go on at the neighbouring row; up and down stay in their column, and where
 * there is none below, go to the last cell.
 * @param page rows of a screen
 */
export function walk(at: number, key: Step, columns: number, cells: number, page: number): number {
  const last = cells - 1;
  const down = (rows: number) =>
    at + rows * columns <= last ? at + rows * columns : rowOf(at) < rowOf(last) ? last : at;
  const rowOf = (cell: number) => Math.floor(cell / columns);
  const up = (rows: number) => (at - rows * columns >= 0 ? at - rows * columns : at % columns);
  const to = {
    ArrowLeft: () => at - 1,
    ArrowRight: () => at + 1,
    ArrowUp: () => up(1),
    ArrowDown: () => down(1),
    PageUp: () => up(Math.max(1, page)),
    PageDown: () => down(Math.max(1, page)),
    Home: () => 0,
    End: () => last,
  }[key]();
  return Math.max(0, Math.min(last, to));
}

/** A round number at or above the largest gain: 1, 2 or 5 times a power of ten. One range for all, so that they compare. */
export function gainRange(gains: readonly (number | null)[]): number {
  const sizes = gains.flatMap((g) => (g === null ? [] : [Math.abs(g)])).sort((a, b) => a - b);
  // A few that failed badly would leave all others without a visible interval: they stop at the edge.
  const usual = sizes[Math.floor(0.75 * (sizes.length - 1))] ?? 0;
  const largest = Math.min(sizes.at(-1) ?? 0, 1.5 * usual || Number.POSITIVE_INFINITY);
  if (!(largest > 0) || !Number.isFinite(largest)) return 0.1;
  const unit = 10 ** Math.floor(Math.log10(largest));
  return unit * ([1, 2, 5, 10].find((step) => step * unit >= largest * 0.999) ?? 10);
}
