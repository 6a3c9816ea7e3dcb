import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnsFor, gainRange, LONGEST, rowsFor, type Step, walk } from "./grid.ts";

describe("walking through a grid", () => {
  // 0 1 2 3
  // 4 5 6 7
  // 8 9
  const steps: [number, Step, number][] = [
    [3, "ArrowRight", 4],
    [4, "ArrowLeft", 3],
    [0, "ArrowLeft", 0],
    [9, "ArrowRight", 9],
    [1, "ArrowDown", 5],
    [5, "ArrowDown", 9],
    [6, "ArrowDown", 9],
    [8, "ArrowDown", 8],
    [9, "ArrowUp", 5],
    [2, "ArrowUp", 2],
    [1, "PageDown", 9],
    [9, "PageUp", 1],
    [5, "Home", 0],
    [5, "End", 9],
  ];
  it.each(steps)("from %i, %s leads to %i", (from, key, to) => expect(walk(from, key, 4, 10, 2)).toBe(to));

  it("never leaves it", () => {
    const keys = fc.constantFrom(...new Set(steps.map(([, key]) => key)));
    fc.assert(
      fc.property(
        fc.nat(500),
        fc.nat(),
        keys,
        fc.integer({ min: 1, max: 9 }),
        fc.nat(20),
        (n, at, key, columns, page) => {
          const to = walk(at % (n + 1), key, columns, n + 1, page);
          expect(to).toBeGreaterThanOrEqual(0);
          expect(to).toBeLessThanOrEqual(n);
        },
      ),
    );
  });
});

it("columns fill the width, and there is always one", () => {
  expect([100, 228, 467, 468, 1200].map(columnsFor)).toEqual([1, 1, 1, 2, 5]);
});

it("rows stop where a browser cannot scroll any more", () => {
  expect(rowsFor(10, 4, 200)).toBe(3);
  expect(rowsFor(100_000, 4, 220)).toBe(25_000);
  expect(rowsFor(100_000, 1, 220) * 220).toBeLessThanOrEqual(LONGEST);
});

it("the range of gains is round and holds them all, but for a few that lie far outside", () => {
  expect(gainRange([0.03, -0.041, null])).toBe(0.05);
  expect(gainRange([0.05])).toBe(0.05);
  expect(gainRange([-1.2])).toBe(2);
  expect(gainRange([null, 0])).toBe(0.1);
  expect(gainRange([0.02, -0.03, 0.05, 0.04, -0.06, -9])).toBe(0.1);
});
