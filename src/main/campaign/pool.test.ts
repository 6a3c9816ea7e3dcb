import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SearchSettings } from "../../shared/domain.ts";
import { deepestRung, draw, pool } from "./pool.ts";
import { archived, scored } from "./testing/records.ts";

const search = SearchSettings.parse({
  poolSize: 5,
  parentRanks: 2,
  references: 2,
  coldStart: 3,
  rungMinimum: 2,
});
const fit = (...fitness: number[]) =>
  fitness.map((f, rung) => scored(rung, { fitness: f, fitnessPaper: 1 - f }));

describe("the pool", () => {
  it("has ASI-Arch's constants as defaults", () => {
    expect(SearchSettings.parse({})).toMatchObject({
      poolSize: 50,
      parentRanks: 10,
      references: 4,
      coldStart: 200,
      updateEvery: 50,
    });
  });

  it("ranks by fitness, ties to the elder, and holds no more than its size", () => {
    const all = [0.3, 0.9, 0.5, 0.9, 0.1, 0.2, 0.8].map((f, i) => archived(i, fit(f)));
    expect(pool(all, search).map((e) => e.index)).toEqual([1, 3, 6, 2, 0]);
    expect(pool(all, { ...search, mode: "paper" }).map((e) => e.index)).toEqual([4, 5, 0, 2, 6]);
  });

  it("takes only archived experiments", () => {
    const others = (["failed", "rejected", "judge"] as const).map((status, i) =>
      archived(i, fit(0.9), { status }),
    );
    expect(pool([...others, archived(3, fit(0.1))], search).map((e) => e.index)).toEqual([3]);
    expect(pool(others, search)).toEqual([]);
  });

  it("ranks on the deepest rung that has enough experiments, and only those that are there", () => {
    const one = [archived(0, fit(0.1, 0.9)), archived(1, fit(0.9)), archived(2, fit(0.8))];
    expect(deepestRung(one, 2)).toBe(0);
    expect(pool(one, search).map((e) => e.index)).toEqual([1, 2, 0]);
    const two = [...one, archived(3, fit(0.2, 0.1, 0.9))];
    expect(deepestRung(two, 2)).toBe(1);
    expect(pool(two, search).map((e) => e.index)).toEqual([0, 3]);
    expect(deepestRung([], 2)).toBe(0);
  });
});

describe("drawing", () => {
  const ranked = [0, 1, 2, 3, 4].map((i) => archived(i, fit(1 - i / 10)));

  it("has no parent in the cold start, nor from an empty pool", () => {
    expect(draw(ranked, search, 1, 2)).toEqual({ parent: null, references: [] });
    expect(draw([], search, 1, 9)).toEqual({ parent: null, references: [] });
  });

  it("takes the parent from the first ranks, references from the rest, without replacement, by seed", () => {
    const parents = new Set<number>();
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 3, max: 1e6 }), (seed, index) => {
        const { parent, references } = draw(ranked, search, seed, index);
        parents.add(parent!.index);
        expect(parent!.index).toBeLessThan(2);
        expect(references).toHaveLength(2);
        expect(new Set(references).size).toBe(2);
        for (const r of references) expect(r.index).toBeGreaterThanOrEqual(2);
        expect(draw(ranked, search, seed, index)).toEqual({ parent, references });
      }),
    );
    expect(parents).toEqual(new Set([0, 1]));
  });

  it("draws parents uniformly", () => {
    const wide = { ...search, parentRanks: 4 };
    const counts = [0, 0, 0, 0];
    for (let k = 3; k < 4003; k++) counts[draw(ranked, wide, 7, k).parent!.index]!++;
    // Binomial, n = 4000, p = 1/4: sd 27; five of them.
    for (const n of counts) expect(Math.abs(n - 1000)).toBeLessThan(137);
  });

  it("makes do with a small pool", () => {
    expect(draw(ranked.slice(0, 1), search, 1, 9)).toEqual({ parent: ranked[0], references: [] });
  });
});
