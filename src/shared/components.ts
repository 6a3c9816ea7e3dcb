/**
 * What a mixer is made of, as far as its text tells: each component is a pattern that is searched in the code without
 * comments and docstrings. A hint for filters and comparisons, never proof: a program may name a thing and not use it.
 */

export interface Component {
  /** Stored, and used in filters. */
  name: string;
  /** Shown. */
  label: string;
  /** Every repeat in it is bounded: the text is hostile, and may be one endless line. */
  pattern: RegExp;
}

/** In the order in which they are listed: memory, decay and gates, token mixing, structure. */
export const COMPONENTS: readonly Component[] = [
  // S ← S + β k (v − Sᵀk)ᵀ, by name or by the triangular system of its chunked form.
  { name: "delta-rule", label: "Delta rule", pattern: /delta_?rule|solve_triangular/i },
  {
    name: "linear-attention",
    label: "Linear attention",
    pattern: /linear_?att(?:entio)?n|chunk_(?:linear|gla)|\bk\.mT @ v\b|k\.transpose\(-1, -2\) @ v\b/i,
  },
  { name: "feature-map", label: "Feature map", pattern: /feature_map|\belu\(|taylor/i },
  // A softmax over scores of queries and keys; one over branches is a router.
  {
    name: "softmax-attention",
    label: "Softmax attention",
    pattern: /scaled_dot_product_attention|MultiheadAttention|flash_attn|scores[^\n]{0,200}softmax/,
  },
  { name: "sliding-window", label: "Sliding window", pattern: /window|local_att/i },
  { name: "scan", label: "Gated scan", pattern: /(?:linear|associative|selective|parallel)_scan|cumprod/i },
  { name: "cumulative", label: "Cumulative sum or mean", pattern: /\bcum(?:sum|mean|max)\b/ },
  { name: "decay", label: "Decaying state", pattern: /decay|gamma|forget|A_log|gk_proj/i },
  {
    name: "data-decay",
    label: "Data-dependent decay",
    pattern:
      /A_log|gk_proj|\bdt_proj|decay_\w{0,30}proj|forget_\w{0,30}(?:proj|gate)|log_decay = -torch\.sigmoid/,
  },
  {
    name: "head-gate",
    label: "Gate or rate per head",
    pattern: /head_gate|Linear\([^\n()]{0,80}\bnum_heads\b(?! ?\*)/,
  },
  {
    name: "channel-gate",
    label: "Gate per channel",
    pattern: /gate_\w{0,30}proj|\bgate\b[^\n]{0,40}sigmoid|\bg_proj|gate_bias|fc_gate/,
  },
  { name: "output-gate", label: "Output gate", pattern: /\bg_proj|out(?:put)?_gate|o_gate|use_gate/ },
  // Eigenvalues of the state's update down to −1: it can flip, not only fade.
  {
    name: "negative-eigenvalues",
    label: "Negative eigenvalues",
    pattern: /neg_eigval|\b2(?:\.0)? \* torch\.sigmoid/,
  },
  {
    name: "normalised-keys",
    label: "Normalised keys",
    pattern: /l2_?norm|\bF\.normalize\b|\bunit\(|qk_?norm/,
  },
  {
    name: "norm",
    label: "Norm of heads or output",
    pattern: /RMSNorm|rms_norm|GroupNorm|LayerNorm|HeadNorm|o_norm/,
  },
  { name: "short-conv", label: "Short convolution", pattern: /short_?conv|causal_conv|\bconv1d\b/i },
  { name: "long-conv", label: "Long convolution", pattern: /\bfft\b|rfft|long_?conv/i },
  { name: "token-shift", label: "Token shift", pattern: /token_?shift|time_?shift|torch\.roll/i },
  { name: "rotary", label: "Rotary positions", pattern: /rotary|\brope\b|\brotate\(/i },
  {
    name: "multi-scale",
    label: "Several scales",
    pattern: /multi_?scale|dilation=(?!1\b)\d|kernel_sizes|\bscales\b|pyramid|hierarch/i,
  },
  {
    name: "router",
    label: "Mixture or router",
    pattern: /rout(?:er|ing|e_)|expert|mixture|branch|fusion|top_?k/i,
  },
  {
    name: "learned-mix",
    label: "Learned mix of two paths",
    pattern: /\blerp\b|\(1 - (?:gate|weight|alpha|mix|g)\w{0,30}\) \*/,
  },
  { name: "low-rank", label: "Low-rank projection", pattern: /low_?rank|hidden_size \/\/ \d/i },
  { name: "chunking", label: "Chunked in time", pattern: /chunk_|_chunks?\b|chunkwise|chunk=\d/i },
  { name: "loop", label: "Loop", pattern: /\bfor \w{1,40} in range\(/ },
];

const LABELS = new Map(COMPONENTS.map((c) => [c.name, c.label]));

/** What a component is called on a screen; its own name where it is not known. */
export const componentLabel = (name: string): string => LABELS.get(name) ?? name;

const NOT_CODE =
  /^[ \t]*[rRuU]?(?:"""[\s\S]*?"""|'''[\s\S]*?''')|("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|#[^\n]*/gm;

/** Python source without comments and docstrings; the lines stay. */
export const withoutComments = (code: string): string =>
  code.replace(NOT_CODE, (text, literal?: string) => literal ?? text.replace(/[^\n]/g, ""));

/** Names of the components found in Python source, in the order of COMPONENTS. */
export function componentsOf(code: string): string[] {
  const text = withoutComments(code);
  return COMPONENTS.filter(({ pattern }) => pattern.test(text)).map(({ name }) => name);
}
