import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { front, meanInterval, originsIn, welchInterval } from "./insights.ts";

describe("intervals", () => {
  it("of a mean are Student's t", () => {
    expect(meanInterval([1, 2, 3])).toEqual({
      mean: 2,
      low: expect.closeTo(2 - 4.303 / Math.sqrt(3), 9),
      high: expect.closeTo(2 + 4.303 / Math.sqrt(3), 9),
      n: 3,
    });
    expect(meanInterval([1])).toBeNull();
  });

  it("of a difference are Welch's, with whole degrees of freedom: 4.08 become 4", () => {
    expect(welchInterval([1, 2, 3], [2, 4, 6, 8])).toEqual({
      mean: -3,
      low: expect.closeTo(-3 - 2.776 * Math.SQRT2, 9),
      high: expect.closeTo(-3 + 2.776 * Math.SQRT2, 9),
      n: 7,
    });
    expect([welchInterval([1], [1, 2]), welchInterval([1, 1], [2, 2])]).toEqual([null, null]);
  });
});

describe("the front", () => {
  it("is what no other dominates", () => {
    const points = fc.array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 8 })), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(points, (given) => {
        const items = given.map((at) => ({ at }));
        const found = front(items, (i) => i.at);
        for (const { at } of items) {
          const dominated = items.some(
            ({ at: [x, y] }) => x <= at[0] && y <= at[1] && (x < at[0] || y < at[1]),
          );
          expect([...found].some((f) => f.at === at)).toBe(!dominated);
        }
      }),
    );
  });
});

describe("where a proposal came from", () => {
  const drewOn = (cited: string[], overlap: string[]) => ({
    how: "llm",
    drewOn: {
      cited: cited.map((kind) => ({ kind })),
      overlap: overlap.map((kind) => ({ kind })),
      own: false,
    },
  });
  it.each([
    [{ how: "seed" }, ["seed"]],
    [drewOn(["parent", "cognition", "parent"], ["analysis"]), ["parent", "cognition"]],
    [drewOn([], ["analysis"]), ["analysis"]],
    [drewOn([], []), ["own"]],
    [{ how: null, drewOn: null }, ["unknown"]],
    [{ how: "llm", drewOn: { cited: "x", overlap: [null, 3, { kind: 4 }] } }, ["own"]],
  ])("%j", (provenance, origins) => {
    expect(originsIn(provenance)).toEqual(origins);
  });
});
