import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  benjaminiHochberg,
  incompleteBeta,
  logGamma,
  pairedT,
  pooledSd,
  quantile,
  ranks,
  spearman,
  spearmanInterval,
  spread,
  tCdf,
  tTail,
  welchT,
} from "./statistics.ts";

describe("spread", () => {
  it.each([
    { xs: [4], mean: 4, sd: 0 },
    { xs: [1, 2, 3, 4], mean: 2.5, sd: Math.sqrt(5 / 3) },
    { xs: [7, 7, 7], mean: 7, sd: 0 },
    { xs: [1e9 + 1, 1e9 + 2, 1e9 + 3], mean: 1e9 + 2, sd: 1 },
  ])("of $xs", ({ xs, mean, sd }) => {
    expect(spread(xs).mean).toBeCloseTo(mean, 9);
    expect(spread(xs).sd).toBeCloseTo(sd, 9);
    expect(spread(xs).n).toBe(xs.length);
  });

  it("of nothing is an error, not a number", () => expect(() => spread([])).toThrow(RangeError));

  it("pools within groups, whatever their means", () => {
    expect(pooledSd([[1, 3], [101, 103], [7]])).toBeCloseTo(Math.SQRT2, 12);
    expect(pooledSd([[1], [2]])).toBeNull();
    expect(pooledSd([])).toBeNull();
  });
});

describe("quantile", () => {
  it.each([
    { xs: [3], q: 0.5, is: 3 },
    { xs: [4, 1, 3, 2], q: 0.5, is: 2.5 },
    { xs: [5, 1, 4, 2, 3], q: 0.5, is: 3 },
    { xs: [1, 2, 3, 4, 5], q: 0.9, is: 4.6 },
    { xs: [1, 2, 3], q: 0, is: 1 },
    { xs: [1, 2, 3], q: 1, is: 3 },
  ])("$q of $xs", ({ xs, q, is }) => expect(quantile(xs, q)).toBeCloseTo(is, 12));

  it("of nothing is an error, not a number", () => expect(() => quantile([], 0.5)).toThrow(RangeError));
});

describe("ranks and correlation", () => {
  it("share the places of ties", () => {
    expect(ranks([10, 30, 20, 20])).toEqual([1, 4, 2.5, 2.5]);
    expect(ranks([5, 5, 5])).toEqual([2, 2, 2]);
    expect(ranks([])).toEqual([]);
  });

  it("agree with values worked out by hand", () => {
    expect(spearman([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(22.5), 12);
    expect(spearman([1, 2, 3], [30, 20, 10])).toBe(-1);
    expect(spearman([1, 2], [1, 2])).toBeNull();
    expect(spearman([1, 1, 1], [1, 2, 3])).toBeNull();
  });

  it("do not change under monotone maps", () => {
    const list = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })), {
      minLength: 3,
    });
    fc.assert(
      fc.property(list, (pairs) => {
        const [xs, ys] = [pairs.map((p) => p[0]), pairs.map((p) => p[1])];
        const rho = spearman(xs, ys);
        const mapped = spearman(
          xs.map((x) => Math.exp(x / 10)),
          ys.map((y) => y ** 3),
        );
        if (rho === null) expect(mapped).toBeNull();
        else expect(mapped).toBeCloseTo(rho, 9);
      }),
    );
  });

  it.each([
    // By hand: z = atanh(.5) = .5493, se = √(1.125/22) = .2261, tanh(.5493 ± .4432)
    { rho: 0.5, n: 25, low: 0.106, high: 0.759 },
    { rho: 0, n: 10, low: -0.63, high: 0.63 },
    // A perfect order of four says little, of forty much.
    { rho: 1, n: 4, low: -0.818, high: 1 },
    { rho: 1, n: 40, low: 0.999, high: 1 },
    { rho: -1, n: 4, low: -1, high: 0.818 },
    { rho: 1, n: 3, low: -1, high: 1 },
  ])("have an interval: $rho over $n pairs", ({ rho, n, low, high }) => {
    expect(spearmanInterval(rho, n).low).toBeCloseTo(low, 2);
    expect(spearmanInterval(rho, n).high).toBeCloseTo(high, 2);
  });
});

describe("Student's t", () => {
  it("rests on exact special functions", () => {
    expect(logGamma(5)).toBeCloseTo(Math.log(24), 12);
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 12);
    expect(incompleteBeta(0.5, 2, 3)).toBeCloseTo(0.6875, 12);
    expect(incompleteBeta(0.3, 1, 1)).toBeCloseTo(0.3, 12);
  });

  it.each([
    { t: 0, freedom: 3, p: 0.5 },
    { t: 1, freedom: 1, p: 0.75 },
    { t: 1, freedom: 2, p: 0.5 + 1 / (2 * Math.sqrt(3)) },
    { t: 12.706204736, freedom: 1, p: 0.975 },
    { t: 2.015048373, freedom: 5, p: 0.95 },
    { t: 2.570581836, freedom: 5, p: 0.975 },
    { t: 2.0422724563, freedom: 30, p: 0.975 },
    { t: -4.032142984, freedom: 5, p: 0.005 },
    { t: 1.959963985, freedom: 1e7, p: 0.975 },
  ])("P(T ≤ $t) with $freedom degrees is $p", ({ t, freedom, p }) => {
    expect(tCdf(t, freedom)).toBeCloseTo(p, 7);
    expect(tTail(-t, freedom)).toBeCloseTo(p, 7);
  });

  it("keeps the digits of small tails", () => {
    // P(T > t) for 2 degrees is (1 − t/√(2 + t²))/2, about 1/(2t²).
    expect(tTail(1e6, 2) * 2e12).toBeCloseTo(1, 5);
  });

  it("tests pairs and groups, one-sided", () => {
    // Differences 1, 2, 3: mean 2, se 1/√3, t = 3.4641 with 2 degrees.
    expect(pairedT([1, 2, 3])).toMatchObject({ difference: 2, freedom: 2 });
    expect(pairedT([1, 2, 3])!.t).toBeCloseTo(Math.sqrt(12), 9);
    expect(pairedT([1, 2, 3])!.p).toBeCloseTo((1 - Math.sqrt(12) / Math.sqrt(14)) / 2, 9);
    expect(pairedT([1])).toBeNull();
    const w = welchT([1, 2, 3], [2, 4, 6])!;
    expect(w.t).toBeCloseTo(-2 / Math.sqrt(5 / 3), 9);
    expect(w.freedom).toBeCloseTo(25 / 9 / (1 / 18 + 16 / 18), 9);
    expect(w.p + welchT([2, 4, 6], [1, 2, 3])!.p).toBeCloseTo(1, 12);
    expect(welchT([1], [1, 2])).toBeNull();
  });

  it("finds nothing significant in a spread of exactly zero", () => {
    expect(pairedT([0.5, 0.5, 0.5])).toMatchObject({ difference: 0.5, se: 0, p: 1 });
    expect(welchT([2, 2], [1, 1])).toMatchObject({ difference: 1, p: 1 });
  });
});

describe("Benjamini–Hochberg", () => {
  it("agrees with values worked out by hand", () => {
    const q = benjaminiHochberg([0.01, 0.04, 0.03, 0.005]);
    [0.02, 0.04, 0.04, 0.02].forEach((v, i) => {
      expect(q[i]).toBeCloseTo(v, 12);
    });
    expect(benjaminiHochberg([])).toEqual([]);
    expect(benjaminiHochberg([0.2])).toEqual([0.2]);
  });

  it("never lowers a p-value, keeps their order, and stays within 1", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (ps) => {
        const qs = benjaminiHochberg(ps);
        qs.forEach((q, i) => {
          expect(q).toBeGreaterThanOrEqual(ps[i]!);
          expect(q).toBeLessThanOrEqual(1);
          ps.forEach((p, j) => {
            if (p < ps[i]!) expect(qs[j]!).toBeLessThanOrEqual(q);
          });
        });
      }),
    );
  });
});
