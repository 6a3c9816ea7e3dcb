import { describe, expect, it } from "vitest";
import { jaccard, stem, tokenise } from "./text.ts";

describe("stem", () => {
  it.each([
    ["gates", "gated", "gating", "gate"],
    ["decay", "decays", "decayed", "decaying"],
    ["key", "keys"],
    ["memory", "memories"],
    ["normalise", "normalize", "normalisation", "normalization", "normalised", "normalizing"],
    ["saturate", "saturates", "saturated", "saturating", "saturation"],
    ["extrapolate", "extrapolation"],
    ["degrade", "degrades", "degradation"],
    ["plan", "planned", "planning"],
    ["fall", "falls", "falling"],
    ["exact", "exactly"],
    ["collapse", "collapses", "collapsed"],
    ["loss", "losses"],
    ["bias", "biases"],
    ["vanish", "vanishes", "vanishing"],
    ["write", "writes", "writing"],
  ])("gives the forms of %s one stem", (...forms) => {
    expect(new Set(forms.map(stem)).size).toBe(1);
  });

  it.each([
    ["loss", "lose"],
    ["string", "strange"],
    ["gate", "gap"],
    ["s4", "s5"],
    ["state", "static"],
  ])("keeps %s apart from %s", (a, b) => {
    expect(stem(a)).not.toBe(stem(b));
  });

  it.each(["bias", "loss", "focus", "analysis", "king", "red", "string"])(
    "leaves %s a word of its length",
    (word) => {
      expect(stem(word)).toBe(word);
    },
  );
});

describe("tokenise", () => {
  it.each([
    ["Gated DeltaNet", ["gat", "delta", "net", "deltanet"]],
    ["deltanet", ["deltanet"]],
    ["delta-net", ["delta", "net", "deltanet"]],
    ["RMSNorm", ["rms", "norm", "rmsnorm"]],
    ["Nyströmformer", ["nystromformer"]],
    ["the loss of a model", ["loss", "model"]],
    ["S_t = 3 x", []],
    ["", []],
    ["KV cache", ["kv", "key", "valu", "cach"]],
    ["S4 and Mamba2", ["s4", "mamba2"]],
  ])("%s", (text, expected) => {
    expect(tokenise(text)).toEqual(expected);
  });

  it("finds an abbreviation by its words, and the words by it", () => {
    const common = (a: string, b: string) => tokenise(a).filter((t) => tokenise(b).includes(t));
    expect(common("SSMs", "state space models")).toEqual(tokenise("state space model"));
    expect(common("rotary position embedding", "RoPE")).not.toEqual([]);
  });
});

describe("jaccard", () => {
  it.each([
    ["a b c", "a b c", 1],
    ["a b", "c d", 0],
    ["a b c", "b c d", 0.5],
    ["", "", 0],
  ])("of %j and %j is %d", (a, b, expected) => {
    const set = (text: string) => new Set(text.split(" ").filter(Boolean));
    expect(jaccard(set(a), set(b))).toBe(expected);
  });
});
