import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COMPONENTS, componentLabel, componentsOf, withoutComments } from "../../shared/components.ts";
import { emit } from "../agents/grammar/emit.ts";
import { SEEDS } from "../agents/grammar/seeds.ts";

const mixer = (name: string) =>
  readFileSync(new URL(`../../../trainer/mixers/${name}.py`, import.meta.url), "utf8");
const seed = (name: string) => {
  const found = SEEDS.find((s) => s.name === name)!;
  return emit(found.tree, found.name);
};

describe("components", () => {
  it.each([
    ["delta_net", "delta-rule normalised-keys short-conv head-gate", "softmax-attention decay rotary router"],
    ["gated_delta_net", "delta-rule decay data-decay output-gate", "softmax-attention multi-scale"],
    ["gla", "linear-attention data-decay low-rank", "delta-rule normalised-keys"],
    ["mamba2", "data-decay head-gate short-conv", "delta-rule softmax-attention"],
    ["retnet", "linear-attention decay rotary", "data-decay delta-rule"],
    ["softmax_attention", "softmax-attention rotary", "delta-rule decay linear-attention chunking"],
    ["linear_attention", "linear-attention feature-map", "delta-rule decay"],
    ["short_conv", "short-conv", "delta-rule linear-attention softmax-attention"],
    ["identity", "", COMPONENTS.map((c) => c.name).join(" ")],
  ])("of the reference mixer %s", (name, has, lacks) => {
    const found = componentsOf(mixer(name));
    expect(found).toEqual(expect.arrayContaining(has.split(" ").filter(Boolean)));
    expect(found.filter((c) => lacks.split(" ").includes(c))).toEqual([]);
  });

  it.each([
    ["GatedDeltaNet", "delta-rule decay data-decay normalised-keys", "softmax-attention"],
    [
      "WindowLinearHybrid",
      "sliding-window softmax-attention linear-attention learned-mix",
      "delta-rule decay",
    ],
    ["DilatedConv", "short-conv multi-scale", "delta-rule decay"],
    ["ShortConv", "short-conv", "multi-scale chunking"],
    ["Hyena", "long-conv", "delta-rule softmax-attention"],
    ["MinGRU", "scan channel-gate", "delta-rule short-conv"],
    ["ShiftMix", "token-shift decay", "delta-rule data-decay"],
    ["MeanPool", "cumulative learned-mix", "decay"],
  ])("of the grammar's %s", (name, has, lacks) => {
    const found = componentsOf(seed(name));
    expect(found).toEqual(expect.arrayContaining(has.split(" ")));
    expect(found.filter((c) => lacks.split(" ").includes(c))).toEqual([]);
  });

  it("are found in code, not in what is said about it", () => {
    expect(componentsOf('"""The delta rule: delta_rule(k)."""\nx = 1  # rotary\n')).toEqual([]);
    expect(componentsOf('raise ValueError("# not a comment"); delta_rule(k)')).toEqual(["delta-rule"]);
    expect(withoutComments("a = \"#1\"  # b\n'''c\n'''\nd")).toBe('a = "#1"  \n\n\nd');
  });

  it("have names of their own, labels, and patterns that keep no state", () => {
    expect(new Set(COMPONENTS.map((c) => c.name)).size).toBe(COMPONENTS.length);
    expect(COMPONENTS.filter((c) => c.pattern.global || c.pattern.sticky)).toEqual([]);
    expect(componentLabel("delta-rule")).toBe("Delta rule");
    expect(componentLabel("unheard-of")).toBe("unheard-of");
  });

  it("are found in any text, however long its lines", () => {
    fc.assert(fc.property(fc.string({ maxLength: 400 }), (text) => void componentsOf(text)));
    for (const part of ["scores ", "Linear(", "gate ", '"', "'''", "forget_", "decay_a"])
      expect(componentsOf(part.repeat(20_000))).toBeInstanceOf(Array);
  }, 20_000);
});
