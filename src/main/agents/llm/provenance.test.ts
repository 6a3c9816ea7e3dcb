import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drewOn, type Input, THRESHOLD } from "./provenance.ts";

const inputs: Input[] = [
  {
    label: "P",
    kind: "parent",
    id: "p",
    text: "Linear attention with decay of every head and normalised queries.",
  },
  {
    label: "A",
    kind: "analysis",
    id: "p",
    text: "Recall saturates because overwriting never erases stale bindings.",
  },
  {
    label: "R1",
    kind: "reference",
    id: "r",
    text: "Dilated convolution pyramid with pointwise gates of every head.",
  },
  {
    label: "K1",
    kind: "cognition",
    id: "k",
    text: "Householder products erase stale bindings before writing.",
  },
];
const labelsOf = (list: readonly { label: string }[]) => list.map((x) => x.label);

describe("what a proposal drew on", () => {
  it.each([
    ["[P] forgets; [K1] erases.", ["P", "K1"], false],
    ["Combines [R1, K1] with [p].", ["P", "R1", "K1"], false],
    ["Both [P/A] say so, and some is [own].", ["P", "A"], true],
    ["See [R9] and [1].", [], true],
    ["An idea [own].", [], true],
    ["No labels at all.", [], true],
  ])("is cited in %j", (motivation, cited, own) => {
    const found = drewOn(motivation, inputs);
    expect(labelsOf(found.cited)).toEqual(cited);
    expect(found.own).toBe(own);
  });

  it("shows in rare words where nothing is cited", () => {
    const found = drewOn("Householder products erase what the head has written before.", inputs);
    expect(found.cited).toEqual([]);
    expect(found.overlap[0]).toMatchObject({ label: "K1", kind: "cognition", id: "k" });
    expect(found.own).toBe(false);
  });

  it("does not show in words that every input has", () => {
    const all = inputs.map((i) => ({ ...i, text: `${i.text} mixer mixer` }));
    const found = drewOn("mixer quantum banana turbulence", all);
    expect(found).toEqual({ cited: [], overlap: [], own: true });
  });

  it("never throws; shares are in [threshold, 1], best first", () => {
    const text = fc.array(fc.constantFrom("gate", "decay", "erase", "[P]", "[", "R1]", "state", "ß", "😀"), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 5 }), (motivation, texts) => {
        const list = texts.map(
          (t, i): Input => ({ label: `R${i}`, kind: "reference", id: String(i), text: t.join(" ") }),
        );
        const { overlap, own, cited } = drewOn(motivation.join(" "), list);
        const shares = overlap.map((o) => o.share);
        expect(shares).toEqual(shares.toSorted((a, b) => b - a));
        for (const s of shares) expect(s >= THRESHOLD && s <= 1 + 1e-12).toBe(true);
        if (cited.length + overlap.length === 0) expect(own).toBe(true);
      }),
    );
  });
});
