/** Known designs written as trees: where the search starts. */
import type { Op } from "./productions.ts";
import type { Node } from "./tree.ts";

export const node = (op: Op, params: Node["params"] = {}, ...args: Node[]): Node => ({ op, params, args });

const x = node("x");
const W = (a: Node = x): Node => node("linear", {}, a);
const act = (fn: string, a: Node): Node => node("act", { fn }, a);
const conv = (kernel: number, a: Node, dilation = 1): Node => node("conv", { kernel, dilation }, a);
const shift = (a: Node = x): Node => node("shift", { steps: 1 }, a);
const sigmoid = (a: Node): Node => node("sigmoid", {}, a);
const gated = (g: Node, a: Node): Node => node("gated", {}, g, a);
const low = (a: Node = x, divisor = 4): Node => node("lowrank", { divisor }, a);
const qkv = (): Node => act("silu", conv(4, W()));
const linattn = (feature: string, q: Node, k: Node, v: Node, decay: Node): Node =>
  node("linattn", { feature }, q, k, v, decay);
const delta = (range: number, decay: Node): Node => node("delta", { range }, qkv(), qkv(), qkv(), x, decay);

export interface Seed {
  name: string;
  /** The design it restates, and where it comes from. */
  source: string;
  tree: Node;
}

export const SEEDS: readonly Seed[] = [
  { name: "ShortConv", source: "a short causal convolution between two projections", tree: conv(4, W()) },
  {
    name: "GatedConv",
    source: "gated convolution (Dauphin et al. 2017)",
    tree: gated(sigmoid(W()), conv(4, W())),
  },
  {
    name: "DilatedConv",
    source: "stacked dilated convolutions (WaveNet, van den Oord et al. 2016)",
    tree: node("add", {}, act("gelu", conv(4, act("gelu", conv(4, W())), 4)), x),
  },
  {
    name: "LinearAttention",
    source: "linear attention (Katharopoulos et al. 2020) with short convolutions",
    tree: linattn("elu", qkv(), qkv(), qkv(), node("noDecay")),
  },
  {
    name: "Retention",
    source: "RetNet (Sun et al. 2023)",
    tree: gated(sigmoid(low()), linattn("identity", conv(4, W()), conv(4, W()), W(), node("fixedDecay"))),
  },
  {
    name: "GatedLinearAttention",
    source: "GLA (Yang et al. 2024)",
    tree: node(
      "mul",
      {},
      act("silu", W()),
      linattn("identity", W(), W(), W(), node("channelDecay", {}, low())),
    ),
  },
  {
    name: "StateSpaceDuality",
    source: "Mamba-2 (Dao and Gu 2024)",
    tree: node(
      "mul",
      {},
      act("silu", W()),
      linattn("silu", conv(4, W()), conv(4, W()), qkv(), node("headDecay", {}, x)),
    ),
  },
  { name: "DeltaNet", source: "DeltaNet (Yang et al. 2024)", tree: delta(1, node("noDecay")) },
  {
    name: "NegativeDeltaNet",
    source: "DeltaNet with β up to 2 (Grazzi et al. 2025)",
    tree: delta(2, node("noDecay")),
  },
  {
    name: "GatedDeltaNet",
    source: "Gated DeltaNet (Yang et al. 2025)",
    tree: node("mul", {}, act("silu", W()), delta(1, node("headDecay", {}, x))),
  },
  {
    name: "HungryHippo",
    source: "H3 (Fu et al. 2023): shift, long convolution and two products",
    tree: node("mul", {}, W(), node("longconv", { modes: 4 }, node("mul", {}, conv(4, W()), W()))),
  },
  {
    name: "Hyena",
    source: "Hyena (Poli et al. 2023), order 2",
    tree: node(
      "mul",
      {},
      conv(3, W()),
      node("longconv", { modes: 8 }, node("mul", {}, conv(3, W()), conv(3, W()))),
    ),
  },
  {
    name: "MinGRU",
    source: "minGRU (Feng et al. 2024)",
    tree: node("scan", {}, sigmoid(W()), W()),
  },
  {
    name: "HierarchicalGatedScan",
    source: "HGRN (Qin et al. 2023): a scan with a lower-bounded forget gate and an output gate",
    tree: gated(sigmoid(W()), node("scan", {}, node("floor", {}, sigmoid(W())), act("silu", W()))),
  },
  {
    name: "GriffinScan",
    source: "the recurrent block of Griffin (De et al. 2024)",
    tree: node("mul", {}, act("gelu", W()), node("scan", {}, sigmoid(low()), conv(4, W()))),
  },
  {
    name: "ShiftMix",
    source: "RWKV (Peng et al. 2023): token shift, decay and a receptance gate",
    tree: gated(
      sigmoid(W(shift())),
      linattn("identity", W(shift()), W(shift()), W(shift()), node("fixedDecay")),
    ),
  },
  {
    name: "WindowAttention",
    source: "sliding-window attention (Beltagy et al. 2020)",
    tree: node("window", { width: 32 }, W(), W(), W()),
  },
  {
    name: "WindowLinearHybrid",
    source: "window plus linear attention (Based, Arora et al. 2024)",
    tree: node(
      "mix",
      {},
      node("window", { width: 16 }, W(), W(), W()),
      linattn("elu", W(), W(), W(), node("noDecay")),
    ),
  },
  {
    name: "ExponentialAverage",
    source: "moving average with gates (Mega, Ma et al. 2023)",
    tree: gated(sigmoid(W()), act("silu", W(node("scan", {}, node("constant"), conv(4, x))))),
  },
  {
    name: "MeanPool",
    source: "average attention (Zhang et al. 2018): the running mean, gated",
    tree: node("lerp", {}, sigmoid(W()), node("cummean", {}, act("silu", conv(4, W()))), W()),
  },
];
