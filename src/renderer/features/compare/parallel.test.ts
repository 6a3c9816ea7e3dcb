import { expect, it } from "vitest";
import { type Axis, isKept, pieces, placeOn, valueAt } from "./parallel.ts";

const axis = (name: string, values: (number | null)[], low = 0, high = 10): Axis => ({
  name,
  values,
  low,
  high,
  format: String,
});
const axes = [axis("a", [0, 5, 10]), axis("b", [10, null, 0]), axis("c", [3, 4, 5])];

it("a value and its height on the axis go both ways", () => {
  expect(placeOn({ low: 2, high: 4 }, 3)).toBe(0.5);
  expect(placeOn({ low: 2, high: 2 }, 2)).toBe(0.5);
  expect(valueAt({ low: 2, high: 4 }, 0.25)).toBe(2.5);
  expect(valueAt({ low: 2, high: 4 }, 7)).toBe(4);
});

it("a line breaks where nothing was measured", () => {
  expect(pieces(axes, 0)).toEqual([
    [
      [0, 0],
      [1, 1],
      [2, 0.3],
    ],
  ]);
  expect(pieces(axes, 1)).toEqual([[[0, 0.5]], [[2, 0.4]]]);
});

it("a line is kept where it is inside of every brush", () => {
  expect([0, 1, 2].map((i) => isKept(axes, i, {}))).toEqual([true, true, true]);
  expect([0, 1, 2].map((i) => isKept(axes, i, { a: [4, 10] }))).toEqual([false, true, true]);
  expect([0, 1, 2].map((i) => isKept(axes, i, { a: [4, 10], b: [0, 1] }))).toEqual([false, false, true]);
});
