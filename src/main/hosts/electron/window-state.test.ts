import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { keepWindowState, placed, readWindowState } from "./window-state.ts";

const screen = { x: 0, y: 0, width: 1920, height: 1080 };
const state = { x: 100, y: 50, width: 1200, height: 800, maximised: false };

it.each([
  ["as it was", state, [screen], { x: 100, y: 50, width: 1200, height: 800 }],
  [
    "on the second display",
    { ...state, x: 2000 },
    [screen, { ...screen, x: 1920 }],
    { x: 2000, y: 50, width: 1200, height: 800 },
  ],
  ["where the display is gone", { ...state, x: 2000 }, [screen], { width: 1200, height: 800 }],
  [
    "where its title bar would be out of sight",
    { ...state, y: -500 },
    [screen],
    { width: 1200, height: 800 },
  ],
  [
    "no smaller than it can be",
    { ...state, width: 10, height: 10 },
    [screen],
    { x: 100, y: 50, width: 900, height: 600 },
  ],
  ["at the first start", null, [screen], { width: 1440, height: 900 }],
])("a window opens %s", (_how, kept, displays, expected) => {
  expect(placed(kept, displays)).toEqual(expected);
});

it("what was kept is read again, unless it is nonsense", () => {
  const folder = mkdtempSync(join(tmpdir(), "cambrian-window-"));
  const file = join(folder, "deep", "window.json");
  expect(readWindowState(file)).toBeNull();
  keepWindowState(file, state);
  expect(readWindowState(file)).toEqual(state);
  writeFileSync(file, '{"x": "left"}');
  expect(readWindowState(file)).toBeNull();
  rmSync(folder, { recursive: true });
});
