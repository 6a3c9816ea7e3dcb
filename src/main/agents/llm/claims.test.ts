import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Comparison, constants, figures, overclaims, prose, unsupported } from "./claims.ts";

const measured = {
  text: "loss 2.1649 (sd 0.0102, n = 5), gain +0.0351 ± 0.0290 (better); 1.62 % of it; parameters 1310720 (limit 2)",
  derived: [-0.4471, 0.02],
};

describe("figures", () => {
  it.each([
    ["2.16", 2.16, 0.005],
    [".05", 0.05, 0.005],
    ["12 %", 0.12, 0.005],
    ["12.5%", 0.125, 0.0005],
    ["1,310.5", 1310.5, 0.05],
    ["1.31M", 1.31e6, 5000],
    ["1.5e-3", 0.0015, 0.00005],
    ["1.5 × 10^{-3}", 0.0015, 0.00005],
    ["1.5 × 10⁻³", 0.0015, 0.00005],
  ])("reads %s", (text, value, half) => {
    const [found, ...more] = figures(`It is ${text}, they say.`);
    expect(more).toEqual([]);
    expect(found!.value).toBeCloseTo(value, 12);
    expect(found!.half).toBeCloseTo(half, 12);
    expect(found!.precise).toBe(true);
  });

  it.each(["Qwen2.5", "Llama-3.1", "version 1.2.3", "v1.5", "layer_0.5"])("takes %s for a name", (text) => {
    expect(figures(text).filter((f) => f.precise)).toEqual([]);
  });
});

describe("figures that nobody measured", () => {
  it.each([
    ["The loss is 2.165.", []],
    ["The loss is 2.16, or 2.2, ± 0.01.", []],
    ["Gains +0.035, which is −0.035 in loss.", []],
    ["1.6 % less loss, or 0.016 of it.", []],
    ["1.31M parameters", []],
    ["a difference of 0.447", []],
    ["The loss is 2.154.", ["2.154"]],
    ["It gains 12 % over the baseline.", ["12 %"]],
    ["12 % and again 12 %", ["12 %"]],
    ["It falls by −0.44.", ["−0.44"]],
    ["five of 7 runs in 3 steps", []],
    ["as `x * 0.93 + y` says", []],
    ["it is `0.93`", ["0.93"]],
    ["```python\nalpha = 0.93\n```\nand then", []],
    ["```\n9.99", []],
    ["see [the paper](https://example.org/9.99) and https://example.org/8.88", []],
    ["arXiv:2412.06464 and 2406.06484v2", []],
    ["GPT-4.5 and Mamba2.1 in 1.2.3", []],
  ])("%s", (report, wrong) => {
    expect(unsupported(report, measured)).toEqual(wrong);
  });

  it("are told from a program's constants by its code alone", () => {
    const code = 'x = 0.5  # loss 1.11\n"""score 2.22"""\ny = "3.33" + \'4.44\'\n';
    expect(constants(code)).toContain("0.5");
    for (const hidden of ["1.11", "2.22", "3.33", "4.44"]) expect(constants(code)).not.toContain(hidden);
  });
});

const compared = (
  loss: Comparison["verdict"],
  benchmark: Comparison["verdict"],
  more: Comparison[] = [],
): Comparison[] => [
  { with: "baseline", quantity: "loss", verdict: loss },
  { with: "baseline", quantity: "benchmark", verdict: benchmark },
  ...more,
];

describe("claims that the noise does not carry", () => {
  const noise = compared("within noise", "noise unknown");
  it.each([
    "It beats the baseline.",
    "The loss improves through the gate.",
    "It significantly outperforms DeltaNet.",
    "The loss improves beyond the noise floor.",
    "It has a lower loss and a higher benchmark.",
    "The gate reduces the loss.",
    "Quality degrades against the baseline.",
    "- **Better** recall in all tasks",
  ])("are found: %s", (text) => {
    expect(overclaims(text, noise)).toHaveLength(1);
  });

  it.each([
    "It does not beat the baseline.",
    "The loss improves by a little, within noise.",
    "The gain is positive, but not significant.",
    "The gain is not beyond noise, so it is no better.",
    "It could improve recall.",
    "The gate was meant to improve recall.",
    "Whether it is better than the baseline is open.",
    "The loss gain is +0.01.",
    "The state decays before each write.",
    "`better` is a name",
  ])("are not seen in: %s", (text) => {
    expect(overclaims(text, noise)).toEqual([]);
  });

  it("hold where the quantity that they name was better", () => {
    const half = compared("better", "within noise");
    expect(overclaims("It beats the baseline.", half)).toEqual([]);
    expect(overclaims("The loss improves beyond noise.", half)).toEqual([]);
    expect(overclaims("The benchmark improves.", half)).toHaveLength(1);
    expect(overclaims("It improves loss and benchmark.", half)).toHaveLength(1);
    expect(overclaims("It is worse than the baseline.", half)).toHaveLength(1);
    expect(overclaims("It is worse than the baseline.", compared("worse", "better"))).toEqual([]);
  });

  it("are held against the program that they name", () => {
    const all = compared("better", "better", [
      { with: "parent", quantity: "loss", verdict: "within noise" },
      { with: "parent", quantity: "icr", verdict: "better" },
    ]);
    expect(overclaims("It improves on its parent in loss.", all)).toHaveLength(1);
    expect(overclaims("It improves on its parent in icr.", all)).toEqual([]);
    expect(overclaims("It is better than all siblings.", all)).toHaveLength(1);
    expect(overclaims("It is better than the baseline.", all)).toEqual([]);
  });

  it("are counted once each, sentence by sentence", () => {
    const text = "It beats the baseline. The loss is 2.1. It beats the baseline.\n| the loss improves | x |";
    expect(overclaims(text, noise)).toEqual(["It beats the baseline.", "the loss improves"]);
  });
});

describe("any text", () => {
  const words = fc.constantFrom(
    "better ",
    "0.5",
    " %",
    "1e9999",
    "`",
    "```",
    "\n",
    "|",
    "](",
    "$",
    "−",
    ".",
    "⁻³",
    " × 10^",
    "loss ",
    "not ",
    "1,000",
    "\\%",
    "https://",
    "### ",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.array(words, { maxLength: 60 }).map((w) => w.join("")),
  );
  it("is read without an error", () => {
    fc.assert(
      fc.property(text, text, fc.array(fc.double()), (report, facts, derived) => {
        expect(Array.isArray(unsupported(report, { text: facts, derived }))).toBe(true);
        expect(Array.isArray(overclaims(report, compared("better", "within noise")))).toBe(true);
        expect(typeof constants(report) + typeof prose(report)).toBe("stringstring");
      }),
      { numRuns: 500 },
    );
  });

  it("supports every figure that it quotes from the facts", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.integer({ min: 1, max: 6 }),
        (value, digits) => {
          const facts = { text: `loss ${value.toFixed(6)}.` };
          expect(unsupported(`It is ${value.toFixed(digits)}, and so on.`, facts)).toEqual([]);
        },
      ),
    );
  });

  it("has a figure that is off by two units of its last digit found", () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 99_999 }), (n) => {
        const facts = { text: `loss ${(n / 1000).toFixed(3)}` };
        expect(unsupported(`It is ${((n + 2) / 1000).toFixed(3)}.`, facts)).toHaveLength(1);
      }),
    );
  });
});
