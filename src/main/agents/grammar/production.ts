/** What an operation of the grammar is: its type, slots, settings, cost. The operations are in productions.ts. */

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

export type Params = Record<string, number | string>;

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
