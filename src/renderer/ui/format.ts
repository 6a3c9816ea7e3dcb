/** Figures and times as text. A figure that was measured is shown with its uncertainty; a missing one is an en dash. */

export const NONE = "–";
const MINUS = "−";

const sign = (text: string): string => text.replace("-", MINUS);

/** Decimals that the uncertainty deserves: two significant digits of it, at most 4 decimals. */
export function decimalsFor(uncertainty: number | null | undefined, otherwise = 3): number {
  if (!uncertainty || !Number.isFinite(uncertainty)) return otherwise;
  const digits = 1 - Math.floor(Math.log10(Math.abs(uncertainty)));
  return Math.min(4, Math.max(0, digits));
}

export function number(value: number | null | undefined, decimals = 3): string {
  if (value === null || value === undefined) return NONE;
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  const text = value.toFixed(decimals);
  return sign(Number(text) === 0 ? text.replace("-", "") : text);
}

/** With its sign, as differences are shown: "+0.041". */
export function signed(value: number | null | undefined, decimals = 3): string {
  const text = number(value, decimals);
  return value !== null && value !== undefined && Number(value.toFixed(decimals)) > 0 ? `+${text}` : text;
}

/** "25.3k", "1.24M", "340M". */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  const size = Math.abs(value);
  for (const [unit, letter] of [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const) {
    if (size >= unit * 0.99995) {
      const scaled = value / unit;
      return sign(`${Math.abs(scaled) >= 100 ? scaled.toFixed(0) : scaled.toPrecision(3)}${letter}`);
    }
  }
  return sign(Number.isInteger(value) ? String(value) : value.toPrecision(3));
}

export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1000 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  return `${unit === 0 ? scaled : scaled.toPrecision(3)} ${units[unit]}`;
}

/** "8 s", "3 min 20 s", "3 h 12 min", "2 d 4 h". */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return NONE;
  const s = Math.round(seconds);
  if (s < 1) return "under 1 s";
  if (s < 60) return `${s} s`;
  if (s < 600) return s % 60 === 0 ? `${s / 60} min` : `${Math.floor(s / 60)} min ${s % 60} s`;
  const minutes = Math.round(s / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function percent(share: number | null | undefined, decimals = 0): string {
  if (share === null || share === undefined || Number.isNaN(share)) return NONE;
  return `${(100 * share).toFixed(decimals)} %`;
}

export function money(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  return value.toFixed(value > 0 && value < 1 ? 4 : 2);
}

/** "14:03:20" today, else "25 Nov 14:03", with the year where it is another one. */
export function time(iso: string | null | undefined, now: Date = new Date()): string {
  if (!iso) return NONE;
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const clock = at.toTimeString().slice(0, 8);
  if (at.toDateString() === now.toDateString()) return clock;
  const day = `${at.getDate()} ${at.toLocaleString("en", { month: "short" })}`;
  return `${day}${at.getFullYear() === now.getFullYear() ? "" : ` ${at.getFullYear()}`} ${clock.slice(0, 5)}`;
}

export const ago = (iso: string, now: number = Date.now()): string =>
  `${duration(Math.max(0, (now - new Date(iso).getTime()) / 1000))} ago`;

/** "1 experiment", "3 experiments". */
export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
