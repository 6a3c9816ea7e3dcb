/** Where the window was, kept for the next start. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";

const Rectangle = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
export type Rectangle = z.infer<typeof Rectangle>;
const WindowState = Rectangle.extend({ maximised: z.boolean() });
export type WindowState = z.infer<typeof WindowState>;

export const SMALLEST = { width: 900, height: 600 };
const USUAL = { width: 1440, height: 900 };
/** Of the title bar at least so much must be in sight, in px, to drag it by. */
const VISIBLE = 80;

/** What was kept, or null. */
export function readWindowState(file: string): WindowState | null {
  try {
    return WindowState.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return null;
  }
}

/** Not being able to keep it is no reason to bother anyone. */
export function keepWindowState(file: string, state: WindowState): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(state));
  } catch {
    // as said
  }
}

/** Where to open: as it was, unless the display that it was on is gone; then the usual size, placed by the system. */
export function placed(
  kept: WindowState | null,
  displays: readonly Rectangle[],
): Partial<Rectangle> & { width: number; height: number } {
  if (kept === null) return USUAL;
  const width = Math.max(SMALLEST.width, Math.round(kept.width));
  const height = Math.max(SMALLEST.height, Math.round(kept.height));
  const [x, y] = [Math.round(kept.x), Math.round(kept.y)];
  const inSight = displays.some(
    (d) =>
      Math.min(x + width, d.x + d.width) - Math.max(x, d.x) >= VISIBLE &&
      y >= d.y &&
      y <= d.y + d.height - VISIBLE,
  );
  return inSight ? { x, y, width, height } : { width, height };
}
