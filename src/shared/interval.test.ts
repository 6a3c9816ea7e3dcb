import { describe, expect, it } from "vitest";
import { half95, t95, verdict } from "./interval.ts";

describe("intervals from few seeds", () => {
  it.each([
    [1, 12.706],
    [4, 2.776],
    [30, 2.0423],
    [31, 2.0395],
    [40, 2.0211],
    [120, 1.9799],
    [1e6, 1.96],
  ])("t(.975) with %i degrees of freedom is %f", (freedom, t) =>
    expect(Math.abs(t95(freedom) - t)).toBeLessThan(0.001),
  );

  it("are infinite when no spread was measured", () => {
    expect(t95(0)).toBe(Number.POSITIVE_INFINITY);
    expect(half95(0, 8)).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    { gain: 0.3, se: 0.1, freedom: 8, says: "better" },
    { gain: -0.3, se: 0.1, freedom: 8, says: "worse" },
    { gain: 0.2, se: 0.1, freedom: 8, says: "within noise" },
    // Two seeds: a gain of ten standard errors is still within what such an estimate of noise allows.
    { gain: 1, se: 0.1, freedom: 1, says: "within noise" },
    { gain: 1, se: 0.1, freedom: 0, says: "noise unknown" },
  ])("a gain of $gain ± $se ($freedom degrees of freedom) is $says", ({ gain, se, freedom, says }) =>
    expect(verdict(gain, se, freedom)).toBe(says),
  );
});
