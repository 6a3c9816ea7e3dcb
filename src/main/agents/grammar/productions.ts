/**
 * The grammar: every operation that a mixer may be built from, with its type, slots, settings and cost.
 * Every operation is causal, independent across the batch, stateless, and linear (or T log T) in the length.
 */

/** signal: (B, T, D) reals. gate: (B, T, D) in (0, 1). Decays: log decay of a matrix state, a head or a channel. */
export type Type = "signal" | "gate" | "headDecay" | "channelDecay";

/** How tokens are mixed, weakest memory first; a tree belongs to the strongest family in it. */
export const FAMILIES = ["shift", "conv", "pool", "scan", "longconv", "window", "linattn", "delta"] as const;
export type Family = (typeof FAMILIES)[number];

/** Hidden size D and number of heads H. */
export interface Dims {
  d: number;
  heads: number;
}

/** FLOPs a channel and token of three real transforms of length 256, 2.5 N log2 N each. */
const FFT = 3 * 2.5 * 2 * 8;

type Params = Record<string, number | string>;

export interface Slot {
  name: string;
  types: readonly Type[];
}

export interface Production {
  type: Type;
  slots: readonly Slot[];
  /** Allowed values of each setting, in order: mutation moves to a neighbour. */
  params: Readonly<Record<string, readonly (number | string)[]>>;
  /** Family when the operation mixes tokens. */
  mixes: Family | null;
  commutative: boolean;
  /** Relative chance in the sampler. */
  weight: number;
  /** Learned parameters. */
  size: (dims: Dims, p: Params) => number;
  /** FLOPs of products, convolutions and transforms, forward, a token; at length 128 where they depend on it. */
  flops: (dims: Dims, p: Params) => number;
  /** FLOPs of everything else, a channel and token. */
  pointwise: number;
  /** Time of forward and backward on one CPU core in units of one D × D projection; measured by bench.ts. */
  time: number;
  /** Polynomial degree in the input's scale, from the arguments' degrees: bounds growth for large inputs. */
  degree: (args: number[], p: Params) => number;
  formula: (args: string[], p: Params) => string;
  /** Word for it in names; empty when it is not worth a mention. */
  word: string;
}

/** Chunk length of the chunked forms; also in library.ts. */
export const CHUNK = 32;

const signal: readonly Type[] = ["signal"];
const gate: readonly Type[] = ["gate"];
const s = (...names: string[]): Slot[] => names.map((name) => ({ name, types: signal }));
const none = () => 0;
const first = (a: number[]) => a[0] ?? 0;
const most = (a: number[]) => Math.max(...a);
const head = (m: Dims) => m.d / m.heads;

const defaults = {
  params: {},
  mixes: null,
  commutative: false,
  weight: 1,
  size: none,
  flops: none,
  time: 0,
  pointwise: 0,
  degree: first,
  word: "",
};

const table = {
  // ------------------------------------------------------------ signals, token by token
  x: { ...defaults, type: "signal", time: 0, slots: [], degree: () => 1, formula: () => "x" },
  linear: {
    ...defaults,
    type: "signal",
    time: 1,
    pointwise: 1,
    slots: s("in"),
    weight: 3,
    size: (m) => m.d ** 2,
    flops: (m) => 2 * m.d ** 2,
    formula: ([a]) => `W ${a}`,
  },
  lowrank: {
    ...defaults,
    type: "signal",
    time: 0.6,
    pointwise: 1,
    slots: s("in"),
    params: { divisor: [2, 4, 8] },
    size: (m, p) => 2 * m.d * Math.floor(m.d / Number(p.divisor)),
    flops: (m, p) => 4 * m.d * Math.floor(m.d / Number(p.divisor)),
    formula: ([a], p) => `U V${p.divisor} ${a}`,
    word: "LowRank",
  },
  headwise: {
    ...defaults,
    type: "signal",
    time: 0.85,
    pointwise: 3,
    slots: s("in"),
    size: (m) => m.d * head(m),
    flops: (m) => 2 * m.d * head(m),
    formula: ([a]) => `W_h ${a}`,
    word: "Headwise",
  },
  scale: {
    ...defaults,
    type: "signal",
    time: 0.1,
    pointwise: 1,
    slots: s("in"),
    weight: 0.5,
    size: (m) => m.d,
    formula: ([a]) => `c ⊙ ${a}`,
  },
  act: {
    ...defaults,
    type: "signal",
    time: 0.5,
    pointwise: 1,
    slots: s("in"),
    params: { fn: ["silu", "gelu", "tanh", "relu2"] },
    degree: ([a], p) => (p.fn === "tanh" ? 0 : p.fn === "relu2" ? 2 * a! : a!),
    formula: ([a], p) => `${p.fn}(${a})`,
  },
  norm: {
    ...defaults,
    type: "signal",
    time: 0.4,
    pointwise: 3,
    slots: s("in"),
    params: { over: ["token", "head"] },
    size: (m, p) => (p.over === "token" ? m.d : head(m)),
    degree: () => 0,
    formula: ([a], p) => (p.over === "token" ? `rms(${a})` : `rms_h(${a})`),
  },
  add: {
    ...defaults,
    type: "signal",
    time: 0.1,
    pointwise: 1,
    slots: s("a", "b"),
    commutative: true,
    degree: most,
    formula: ([a, b]) => `(${a} + ${b})`,
  },
  mul: {
    ...defaults,
    type: "signal",
    time: 0.1,
    pointwise: 1,
    slots: s("a", "b"),
    commutative: true,
    degree: ([a, b]) => a! + b!,
    formula: ([a, b]) => `(${a} ⊙ ${b})`,
    word: "Product",
  },
  gated: {
    ...defaults,
    type: "signal",
    time: 0.1,
    pointwise: 1,
    slots: [{ name: "gate", types: gate }, ...s("in")],
    weight: 1.5,
    degree: ([, a]) => a!,
    formula: ([g, a]) => `(${g} ⊙ ${a})`,
    word: "Gated",
  },
  lerp: {
    ...defaults,
    type: "signal",
    time: 0.5,
    pointwise: 4,
    slots: [{ name: "gate", types: gate }, ...s("a", "b")],
    degree: ([, a, b]) => Math.max(a!, b!),
    formula: ([g, a, b]) => `lerp(${g}; ${a}, ${b})`,
    word: "Lerp",
  },
  mix: {
    ...defaults,
    type: "signal",
    time: 0.25,
    pointwise: 3,
    slots: s("a", "b"),
    commutative: true,
    size: (m) => m.d,
    degree: most,
    formula: ([a, b]) => `mix(${a}, ${b})`,
    word: "Mix",
  },
  // ------------------------------------------------------------ signals that mix tokens
  shift: {
    ...defaults,
    type: "signal",
    time: 0.5,
    pointwise: 4,
    slots: s("in"),
    params: { steps: [1, 2, 4] },
    mixes: "shift",
    size: (m) => m.d,
    formula: ([a], p) => `shift${p.steps}(${a})`,
    word: "Shift",
  },
  conv: {
    ...defaults,
    type: "signal",
    time: 1,
    pointwise: 1,
    slots: s("in"),
    params: { kernel: [2, 3, 4, 6, 8], dilation: [1, 2, 4, 8] },
    mixes: "conv",
    weight: 2,
    size: (m, p) => m.d * Number(p.kernel),
    flops: (m, p) => 2 * m.d * Number(p.kernel),
    formula: ([a], p) => `conv${p.kernel}${p.dilation === 1 ? "" : `/${p.dilation}`}(${a})`,
    word: "Conv",
  },
  cummean: {
    ...defaults,
    type: "signal",
    time: 0.5,
    pointwise: 2,
    slots: s("in"),
    mixes: "pool",
    weight: 0.5,
    formula: ([a]) => `cummean(${a})`,
    word: "Mean",
  },
  cummax: {
    ...defaults,
    type: "signal",
    time: 0.9,
    pointwise: 2,
    slots: s("in"),
    mixes: "pool",
    weight: 0.5,
    formula: ([a]) => `cummax(${a})`,
    word: "Max",
  },
  scan: {
    ...defaults,
    type: "signal",
    time: 1.7,
    pointwise: 10,
    slots: [{ name: "forget", types: gate }, ...s("in")],
    mixes: "scan",
    weight: 1.5,
    degree: ([, a]) => a!,
    formula: ([g, a]) => `scan(${g}; ${a})`,
    word: "Scan",
  },
  longconv: {
    ...defaults,
    type: "signal",
    time: 5,
    pointwise: 1,
    slots: s("in"),
    params: { modes: [2, 4, 8] },
    mixes: "longconv",
    size: (m, p) => 3 * m.d * Number(p.modes),
    flops: (m, p) => m.d * (FFT + 6 * Number(p.modes)),
    formula: ([a], p) => `longconv${p.modes}(${a})`,
    word: "LongConv",
  },
  window: {
    ...defaults,
    type: "signal",
    time: 4.7,
    pointwise: 1,
    slots: s("q", "k", "v"),
    params: { width: [8, 16, 32] },
    mixes: "window",
    size: (m, p) => m.heads * Number(p.width),
    flops: (m, p) => 9.25 * m.d * Number(p.width),
    degree: ([, , v]) => v!,
    formula: ([q, k, v], p) => `window${p.width}(q: ${q}, k: ${k}, v: ${v})`,
    word: "Window",
  },
  linattn: {
    ...defaults,
    type: "signal",
    time: 6,
    pointwise: 28,
    slots: [...s("q", "k", "v"), { name: "decay", types: ["headDecay", "channelDecay"] }],
    params: { feature: ["identity", "l2", "silu", "elu", "relu"] },
    mixes: "linattn",
    weight: 1.5,
    size: (m) => head(m),
    flops: (m) => 4 * m.d * (CHUNK + head(m)),
    degree: () => 0,
    formula: ([q, k, v, g], p) =>
      `rms_h(linattn_${p.feature}(q: ${q}, k: ${k}, v: ${v}${g ? `, decay: ${g}` : ""}))`,
    word: "Linear",
  },
  delta: {
    ...defaults,
    type: "signal",
    time: 16.5,
    pointwise: 38,
    slots: [...s("q", "k", "v", "beta"), { name: "decay", types: ["headDecay"] }],
    params: { range: [1, 2] },
    mixes: "delta",
    weight: 1.5,
    size: (m) => head(m) + m.d * m.heads + m.heads,
    flops: (m) => 2 * m.d * (4 * CHUNK + 3 * head(m) + m.heads),
    degree: () => 0,
    formula: ([q, k, v, b, g], p) =>
      `rms_h(delta(q: ${q}, k: ${k}, v: ${v}, β: ${p.range === 2 ? "2" : ""}σ(w ${b})${g ? `, decay: ${g}` : ""}))`,
    word: "Delta",
  },
  // ------------------------------------------------------------ gates
  sigmoid: {
    ...defaults,
    type: "gate",
    time: 0.3,
    pointwise: 2,
    slots: s("in"),
    weight: 3,
    size: (m) => m.d,
    degree: () => 0,
    formula: ([a]) => `σ(${a} + b)`,
  },
  headGate: {
    ...defaults,
    type: "gate",
    time: 0.3,
    pointwise: 1,
    slots: s("in"),
    size: (m) => m.heads * m.d + m.heads,
    flops: (m) => 2 * m.heads * m.d,
    degree: () => 0,
    formula: ([a]) => `σ_h(w ${a})`,
  },
  constant: {
    ...defaults,
    type: "gate",
    time: 0.1,
    slots: [],
    size: (m) => m.d,
    degree: () => 0,
    formula: () => "σ(c)",
  },
  floor: {
    ...defaults,
    type: "gate",
    time: 0.2,
    pointwise: 2,
    slots: [{ name: "gate", types: gate }],
    weight: 0.7,
    size: (m) => m.d,
    degree: () => 0,
    formula: ([g]) => `floor(${g})`,
  },
  not: {
    ...defaults,
    type: "gate",
    time: 0.15,
    pointwise: 1,
    slots: [{ name: "gate", types: gate }],
    weight: 0.5,
    degree: () => 0,
    formula: ([g]) => `(1 − ${g})`,
  },
  gateMix: {
    ...defaults,
    type: "gate",
    time: 0.15,
    pointwise: 1,
    slots: [
      { name: "gate", types: gate },
      { name: "gate", types: gate },
    ],
    commutative: true,
    weight: 0.5,
    degree: () => 0,
    formula: ([a, b]) => `(${a} ⊙ ${b})`,
  },
  // ------------------------------------------------------------ decays of a matrix state
  noDecay: { ...defaults, type: "headDecay", time: 0, slots: [], degree: () => 0, formula: () => "" },
  fixedDecay: {
    ...defaults,
    type: "headDecay",
    time: 2,
    pointwise: 7,
    slots: [],
    size: (m) => m.heads,
    degree: () => 0,
    formula: () => "γ_h",
    word: "Retention",
  },
  headDecay: {
    ...defaults,
    type: "headDecay",
    time: 2.3,
    pointwise: 7,
    slots: s("in"),
    weight: 2,
    size: (m) => m.d * m.heads + m.heads,
    flops: (m) => 2 * m.d * m.heads,
    degree: () => 0,
    formula: ([a]) => `σ_h(w ${a})`,
    word: "Decay",
  },
  channelDecay: {
    ...defaults,
    type: "channelDecay",
    time: 3.5,
    pointwise: 14,
    slots: s("in"),
    size: (m) => m.d,
    degree: () => 0,
    formula: ([a]) => `exp(−σ(${a} + b))`,
    word: "Decay",
  },
} satisfies Record<string, Production>;

export type Op = keyof typeof table;
export const PRODUCTIONS: Readonly<Record<Op, Production>> = table;
export const OPS = Object.keys(table) as Op[];

/** Operations of a type, in the order of the table. */
export const opsOf = (types: readonly Type[]): Op[] =>
  OPS.filter((op) => types.includes(PRODUCTIONS[op].type));
