import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { extent, logTicks, scale, ticks } from "./scale.ts";

describe("ticks", () => {
  it.each([
    [0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [-0.13, 0.21, 4, [-0.1, 0, 0.1, 0.2]],
    [3, 3, 5, [3]],
    [980, 2040, 3, [1000, 1500, 2000]],
  ])("from %s to %s", (low, high, wanted, expected) => expect(ticks(low, high, wanted)).toEqual(expected));

  it("lie inside, go up, and are few", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        (low, width) => {
          const found = ticks(low, low + width);
          expect(found.length).toBeLessThan(14);
          for (const [i, t] of found.entries()) {
            expect(t).toBeGreaterThanOrEqual(low - width * 1e-6);
            expect(t).toBeLessThanOrEqual(low + width * (1 + 1e-6));
            if (i > 0) expect(t).toBeGreaterThan(found[i - 1]!);
          }
        },
      ),
    );
  });

  it("of a logarithm are powers, and their halves where there is room", () => {
    expect(logTicks(900, 12_000)).toEqual([1000, 2000, 5000, 10_000]);
    expect(logTicks(1, 1e6)).toEqual([1, 10, 100, 1000, 10_000, 100_000, 1_000_000]);
    expect(logTicks(0, 10)).toEqual([]);
  });
});

it("an extent leaves room, and survives nothing and not-a-number", () => {
  expect(extent([1, 3, null, Number.NaN], 0.5)).toEqual([0, 4]);
  expect(extent([])).toEqual([0, 1]);
  const [low, high] = extent([5, 5]);
  expect(low).toBeLessThan(5);
  expect(high).toBeGreaterThan(5);
});

it("a scale takes ends to ends, also by logarithm", () => {
  expect(scale([1, 100], [0, 10], true)(10)).toBeCloseTo(5);
  expect(scale([0, 2], [100, 0])(0.5)).toBeCloseTo(75);
});
