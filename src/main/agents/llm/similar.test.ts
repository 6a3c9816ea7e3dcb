import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byVectors, byWords, cosine } from "./similar.ts";

const ideas = [
  "A decay gate for each head forgets old associations of the delta rule.",
  "Long convolutions by FFT with exponential windows replace recurrence.",
  "Two delta rules of different learning rates share one state.",
];

describe("ideas that are alike", () => {
  it.each([
    ["Forgetting through a decaying gate on every head, before the delta rule", 0],
    ["FFT convolution over long windows", 1],
    ["one state, two learning rates", 2],
  ])("are found by their words: %s", (query, index) => {
    expect(byWords(query, ideas, 3)[0]!.index).toBe(index);
  });

  it("are none where no word of substance is shared", () => {
    expect(byWords("Of the and with for!", ideas, 3)).toEqual([]);
    expect(byWords("quantum chromodynamics", ideas, 3)).toEqual([]);
    expect(byWords("gate", [], 3)).toEqual([]);
  });

  it("weigh a rare word more than a frequent one, and a short text more than a long one", () => {
    const texts = ["gate gate gate", "gate spectral", "gate"];
    expect(byWords("gate spectral", texts, 3)[0]!.index).toBe(1);
    const padded = `spectral ${"filler ".repeat(60)}`;
    expect(byWords("spectral", [padded, "spectral filter"], 2).map((s) => s.index)).toEqual([1, 0]);
  });

  it("score as computed by hand", () => {
    // N = 2, n = 1, tf = 1, both texts of mean length: ln(1 + 1.5 / 1.5) · 2.2 / 2.2 = ln 2.
    const [found] = byWords("alpha", ["alpha beta", "gamma delta"], 5);
    expect(found!.score).toBeCloseTo(Math.log(2), 12);
  });

  it("are found by the angle of their vectors", () => {
    const vectors = [
      [1, 0],
      [0.9, 0.1],
      [-1, 0],
      [0, 0],
    ];
    expect(byVectors([1, 0.05], vectors, 5).map((s) => s.index)).toEqual([0, 1]);
    expect(byVectors([1, 0.05], vectors, 1)).toHaveLength(1);
    expect(cosine([3, 0], [2, 2])).toBeCloseTo(Math.SQRT1_2, 12);
    expect(cosine([0, 0], [1, 1])).toBe(0);
  });

  it("come for any text without an error, best first", () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string(), { maxLength: 8 }), (query, texts) => {
        const found = byWords(query, texts, 5);
        expect(found.length).toBeLessThanOrEqual(5);
        for (const [i, f] of found.entries()) {
          expect(f.score).toBeGreaterThan(0);
          if (i > 0) expect(f.score).toBeLessThanOrEqual(found[i - 1]!.score);
        }
      }),
    );
  });
});
