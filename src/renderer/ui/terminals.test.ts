import { describe, expect, it } from "vitest";
import { bytesOf, inOrder, LEAST_HEIGHT, shownTerminal, stepHeight } from "./terminals.ts";

const terminal = (id: string, live: boolean, minute: number) => ({
  id,
  title: id,
  live,
  since: `2026-11-25T12:${String(minute).padStart(2, "0")}:00.000Z`,
});
const list = [terminal("old", false, 50), terminal("first", true, 10), terminal("second", true, 20)];

describe("the terminal that is shown", () => {
  it("is the newest live one until somebody chooses", () => {
    expect(inOrder(list).map((t) => t.id)).toEqual(["second", "first", "old"]);
    expect(shownTerminal(list, null, false)?.id).toBe("second");
    expect(shownTerminal(list, "old", false)?.id).toBe("old");
  });

  it("is the newest again when the chosen one is gone", () =>
    expect(shownTerminal(list, "gone", false)?.id).toBe("second"));

  it("is no other one where only one is asked for", () =>
    expect(shownTerminal(list, "setup", true)).toBeNull());

  it("stays within its heights", () => {
    expect(stepHeight(200, "ArrowUp", 500)).toBe(224);
    expect(stepHeight(100, "ArrowDown", 500)).toBe(LEAST_HEIGHT);
    expect(stepHeight(490, "ArrowUp", 500)).toBe(500);
    expect(stepHeight(200, "a", 500)).toBeNull();
  });

  it("takes every byte", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(bytesOf(Buffer.from(bytes).toString("base64"))).toEqual(bytes);
  });
});
