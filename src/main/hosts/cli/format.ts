/** Numbers, durations, colours and tables for a terminal. Pure, but for `paint`, which honours NO_COLOR and pipes. */
import { stripVTControlCharacters, styleText } from "node:util";

export type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

/** Colours for one stream: none when it is not a terminal, or NO_COLOR is set. */
export const paintFor =
  (stream: NodeJS.WriteStream | undefined): Paint =>
  (style, text) =>
    stream ? styleText(style, text, { stream }) : text;

export const plain: Paint = (_, text) => text;

/**
 * Text for a terminal: nothing of it moves the cursor, rings, or sets a title. Colours stay, because they are ours; names
 * and reports come from models and programs.
 */
export const harmless = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it takes out
  text.replace(/\x1b(?!\[[\d;]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]/g, "");

export interface Column<T> {
  head: string;
  cell: (row: T, index: number) => string;
  align?: "left" | "right";
  /** Gives way, down to this width, when the table is too wide. */
  min?: number;
}

const widthOf = (text: string) => [...stripVTControlCharacters(text)].length;

/** Cuts to `width` characters, with an ellipsis. Only for text without colours. */
export function cut(text: string, width: number): string {
  const chars = [...text];
  return chars.length <= width ? text : `${chars.slice(0, Math.max(0, width - 1)).join("")}…`;
}

/** A line that may hold colours, no wider than `width`; where it is cut, it loses them. */
export const fit = (line: string, width: number): string =>
  widthOf(line) <= width ? line : cut(stripVTControlCharacters(line), width);

/** A table as lines: a heading, then the rows. Columns with `min` shrink until it fits `width`. */
export function table<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  width = 120,
  paint: Paint = plain,
): string[] {
  const cells = rows.map((row, i) => columns.map((c) => c.cell(row, i).replace(/\s+/g, " ")));
  const widths = columns.map((c, i) => Math.max(widthOf(c.head), ...cells.map((row) => widthOf(row[i]!))));
  let excess = widths.reduce((a, b) => a + b, 0) + 2 * (columns.length - 1) - width;
  columns.forEach((c, i) => {
    if (excess <= 0 || c.min === undefined) return;
    const give = Math.min(excess, Math.max(0, widths[i]! - c.min));
    widths[i]! -= give;
    excess -= give;
  });
  const line = (texts: readonly string[]) =>
    texts
      .map((text, i) => {
        const fitted = fit(text, widths[i]!);
        const space = " ".repeat(widths[i]! - widthOf(fitted));
        return columns[i]!.align === "right" ? space + fitted : fitted + space;
      })
      .join("  ")
      .trimEnd();
  return [paint("dim", line(columns.map((c) => c.head))), ...cells.map(line)];
}

const none = "–";

export const fixed = (value: number | null | undefined, digits: number): string =>
  value === null || value === undefined || !Number.isFinite(value) ? none : value.toFixed(digits);

/** With a sign, as gains are shown. */
export function signed(value: number | null | undefined, digits: number): string {
  const text = fixed(value, digits);
  if (text === none) return none;
  return value! >= 0 ? `+${text}` : text.replace("-", "−");
}

/** 12345 → "12.3k". */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined) return none;
  for (const [unit, size] of [
    ["G", 1e9],
    ["M", 1e6],
    ["k", 1e3],
  ] as const) {
    if (Math.abs(value) >= size) return `${(value / size).toFixed(1)}${unit}`;
  }
  return String(Math.round(value));
}

export function bytes(value: number): string {
  for (const [unit, size] of [
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3],
  ] as const) {
    if (value >= size) return `${(value / size).toFixed(1)} ${unit}`;
  }
  return `${value} B`;
}

/** 3725 → "1 h 02 min", 75 → "1 min 15 s", 8.2 → "8 s". */
export function duration(seconds: number): string {
  const s = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  if (s >= 3600) return `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))} min`;
  if (s >= 60) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  return `${s} s`;
}

/** A measured value as a gate prints it: few digits, whatever the size. */
export function measured(value: number | null): string {
  if (value === null) return none;
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-3)) return value.toExponential(1);
  return String(Number(value.toPrecision(4)));
}

export const percent = (fraction: number | null | undefined): string =>
  fraction === null || fraction === undefined ? none : `${(100 * fraction).toFixed(1)} %`;
