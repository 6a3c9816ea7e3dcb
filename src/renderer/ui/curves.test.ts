import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plotData } from "./curve-plot.ts";
import { keyed, WHOLE, type Zoom } from "./curve-view.ts";
import {
  axis,
  bucketed,
  type Cell,
  extent,
  factsOf,
  lineOf,
  lonely,
  nearest,
  rowPlaces,
  smoothed,
  summary,
  tableRows,
  ticks,
  tickText,
} from "./curves.ts";

const line = axis(false);
const log = axis(true);
const finite = (rows: Cell[]) => rows.filter((r): r is number => typeof r === "number");

describe("points reduced to pixels", () => {
  it("never lose an extreme, whatever the curve", () => {
    const value = fc.oneof(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.constant(null));
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 400 }),
        fc.integer({ min: 1, max: 60 }),
        (y, buckets) => {
          const x = y.map((_, i) => i);
          const rows = bucketed(x, y, [0, Math.max(1, y.length - 1)], buckets, line, line);
          const numbers = y.filter((v) => v !== null);
          expect(rows).toHaveLength(rowPlaces([0, 1], buckets).length);
          expect(extent(rows, line)).toEqual(
            numbers.length > 0 ? [Math.min(...numbers), Math.max(...numbers)] : null,
          );
        },
      ),
    );
  });

  it("keep the peak of ten thousand points in a hundred pixels, in its place", () => {
    const x = Array.from({ length: 10_000 }, (_, i) => i);
    const y = x.map((i) => (i === 7777 ? 50 : Math.sin(i)));
    const rows = bucketed(x, y, [0, 9999], 100, line, line);
    const places = rowPlaces([0, 9999], 100);
    expect(Math.abs(places[rows.indexOf(50)]! - 7777)).toBeLessThan(100);
  });

  it("break the line from value to value where there is no number", () => {
    const rows = bucketed([0, 1, 2, 3, 4], [1, 2, Number.NaN, 4, 5], [0, 4], 5, line, line);
    const from = rows.indexOf(2);
    const to = rows.indexOf(4);
    expect(to - from).toBeGreaterThan(1);
    expect(rows.slice(from + 1, to).every((cell) => cell === null)).toBe(true);
    expect(rows.slice(0, from).includes(null)).toBe(false);
  });

  it("keep a gap that shares its pixel with values, and both values", () => {
    const rows = bucketed([0, 1, 2, 3], [5, null, 9, 7], [0, 3], 1, line, line);
    expect(rows).toEqual([undefined, 5, null, 9, undefined]);
  });

  it("let the line enter and leave at the edges of what is shown", () => {
    const rows = bucketed([0, 10, 20, 30], [0, 10, 20, 30], [5, 25], 4, line, line);
    expect([rows[0], rows.at(-1)]).toEqual([5, 25]);
    const far = bucketed([0, 100], [0, 100], [40, 60], 4, line, line);
    expect(finite(far)).toEqual([40, 60]);
  });

  it("leave out what a logarithmic axis cannot show", () => {
    const rows = bucketed([0, 1, 10, 100], [9, 1, 0, 100], [0, 2], 4, log, log);
    expect(finite(rows)).toEqual([0, 2]);
    expect(rows.slice(rows.indexOf(0) + 1, rows.indexOf(2)).every((cell) => cell === null)).toBe(true);
  });

  it("find values that no line reaches", () => {
    expect(lonely([1, undefined, null, 2, undefined, 3, null, 4])).toEqual([0, 7]);
    expect(lonely([undefined, 1, undefined, 2])).toEqual([]);
  });
});

describe("smoothing", () => {
  it("begins at the first value and leaves a constant as it is", () => {
    expect(smoothed([3, null, 3, Number.NaN, 3], 0.99).map((v) => v && Number(v.toFixed(9)))).toEqual([
      3,
      null,
      3,
      null,
      3,
    ]);
    expect(smoothed([1, 3], 0.5)[1]).toBeCloseTo((0.5 * 0.5 * 1 + 0.5 * 3) / 0.75);
    expect(smoothed([4, 8], 0)).toEqual([4, 8]);
  });
});

describe("axes", () => {
  it.each([
    [[0, 300], false, 6, [0, 50, 100, 150, 200, 250, 300]],
    [[2.1, 2.3], false, 4, [2.1, 2.15, 2.2, 2.25, 2.3]],
    [[0, 3], true, 5, [1, 10, 100, 1000]],
    [[0, 2], true, 12, [1, 2, 5, 10, 20, 50, 100]],
  ] as const)("marks of %j (log %s)", (range, isLog, most, marks) =>
    expect(ticks([...range], isLog, most).map((v) => Number(v.toFixed(6)))).toEqual([...marks]),
  );

  it("marks within one decade are those of a plain axis", () => {
    const marks = ticks([Math.log10(2), Math.log10(6)], true, 5);
    expect(marks.map((v) => Number(v.toFixed(6)))).toEqual([2, 3, 4, 5, 6]);
  });

  it("names marks with the decimals that tell them apart", () => {
    expect([2.1, 2.15, 2.2].map((v, _, all) => tickText(v, all))).toEqual(["2.10", "2.15", "2.20"]);
    expect([0, 100, 200].map((v, _, all) => tickText(v, all))).toEqual(["0", "100", "200"]);
    expect(tickText(100_000, [1, 100_000])).toBe("1e5");
    expect(tickText(-0.5, [-0.5, 0])).toBe("−0.5");
  });
});

describe("words for the picture", () => {
  const a = { name: "GatedScanNet", x: [1, 2, 3], y: [5, null, 2] };

  it("say where a curve begins, ends and is lowest", () => {
    expect(factsOf(a)).toEqual({ name: "GatedScanNet", points: 3, first: 5, last: 2, min: 2, minAt: 3 });
    expect(summary([a], "step", "loss")).toContain("first 5.000, last 2.000, lowest 2.000 at step 3");
    expect(
      summary(
        Array.from({ length: 11 }, () => a),
        "step",
        "loss",
      ),
    ).toContain("And 3 more.");
    expect(summary([{ ...a, y: [null, null, Number.NaN] }], "step", "loss")).toContain("no values");
  });

  it("a table has each curve's own values", () => {
    const b = { name: "b", x: [1, 2, 3, 4], y: [1, 2, 3, 4] };
    expect(tableRows([a, b])).toEqual([
      { x: 1, values: [5, 1] },
      { x: 2, values: [null, 2] },
      { x: 3, values: [2, 3] },
      { x: 4, values: [2, 4] },
    ]);
    const long = { name: "l", x: Array.from({ length: 5000 }, (_, i) => i), y: new Array(5000).fill(1) };
    expect(tableRows([long])).toHaveLength(60);
  });

  it("the value at a place is that of the nearest point, and none beyond the end", () => {
    expect(nearest([0, 10, 20], 14)).toBe(1);
    expect(nearest([0, 10, 20], 16)).toBe(2);
    expect(nearest([0, 10, 20], 45)).toBeNull();
    expect(nearest([], 1)).toBeNull();
  });

  it("no two of twenty curves look the same", () => {
    const looks = Array.from({ length: 20 }, (_, i) => JSON.stringify(lineOf(a, i, 20)));
    expect(new Set(looks).size).toBe(20);
    expect(lineOf(a, 99, 100).dash).toEqual([]);
  });
});

it("all is shown again at 0 and Escape, also where a zoom shows nothing", () => {
  const press = (key: string) => keyed({ key } as Parameters<typeof keyed>[0], zoomed, nothing);
  const zoomed: Zoom = { x: [900, 1000], y: null };
  const nothing = plotData({
    ...{ series: [{ name: "a", x: [0, 1], y: [2, 1] }], hidden: new Set<string>(), smoothing: 0 },
    ...{ xAxis: axis(false), yAxis: axis(false), zoom: zoomed, pixels: 100 },
  });
  expect(nothing.whole).toBeNull();
  expect([press("0"), press("Escape")]).toEqual([WHOLE, WHOLE]);
  expect(press("+")).toBeNull();
});
