import { expect, it } from "vitest";
import { pieces } from "./snippet.tsx";

it("marks the words that were found", () => {
  expect(pieces("a \u0001gated\u0002 scan, \u0001gates\u0002")).toEqual([
    { text: "a ", hit: false },
    { text: "gated", hit: true },
    { text: " scan, ", hit: false },
    { text: "gates", hit: true },
  ]);
});

it("takes any text", () => {
  expect(pieces("x\u0002\u0001<b>")).toEqual([
    { text: "x", hit: false },
    { text: "<b>", hit: true },
  ]);
  expect(pieces("")).toEqual([]);
});
