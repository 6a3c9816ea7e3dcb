/** Trees to readable PyTorch: one class `Mixer` with the field's signature, and only the helpers it uses. */
import { type HelperName, LIBRARY } from "./library.ts";
import { PRODUCTIONS } from "./productions.ts";
import type { Node } from "./tree.ts";

/** What the operators in a docstring's formula mean. */
const MEANING: Partial<Record<Node["op"], (p: Node["params"]) => string>> = {
  linear: () => "W a: a learned D × D projection, another one at each place",
  lowrank: (p) => `U V${p.divisor} a: a projection of rank D / ${p.divisor}`,
  headwise: () => "W_h a: a projection within each head",
  scale: () => "c ⊙ a: a learned scale for each channel",
  mix: () => "mix(a, b) = σ(c) ⊙ a + (1 − σ(c)) ⊙ b, c learned for each channel",
  lerp: () => "lerp(g; a, b) = g ⊙ a + (1 − g) ⊙ b",
  shift: (p) => `shift${p.steps}(a)_t = a_t + μ ⊙ (a_{t−${p.steps}} − a_t), μ learned for each channel`,
  conv: (p) =>
    `conv${p.kernel}${p.dilation === 1 ? "" : `/${p.dilation}`}: causal depthwise convolution, kernel ${p.kernel}, dilation ${p.dilation}`,
  cummean: () => "cummean(a)_t = mean of a_1 … a_t",
  cummax: () => "cummax(a)_t = max of a_1 … a_t",
  scan: () => "scan(g; a)_t = g_t ⊙ scan_{t−1} + (1 − g_t) ⊙ a_t",
  longconv: (p) => `longconv${p.modes}: convolution with the whole past, filter of ${p.modes} damped cosines`,
  window: (p) => `window${p.width}: softmax attention over the last ${p.width} tokens`,
  linattn: (p) =>
    `linattn_${p.feature}: S_t = decay_t S_{t−1} + φ(k_t) v_tᵀ, o_t = S_tᵀ φ(q_t), φ = ${p.feature}, then a norm per head`,
  delta: () =>
    "delta: S_t = decay_t S_{t−1} + β_t k_t (v_t − decay_t S_{t−1}ᵀ k_t)ᵀ, o_t = S_tᵀ q_t, |k| = |q| = 1",
  floor: () => "floor(g) = l + (1 − l) ⊙ g, a learned lower bound l for each channel (HGRN)",
  fixedDecay: () => "γ_h: a decay learned for each head",
};

const ACTS: Record<string, (a: string) => string> = {
  silu: (a) => `F.silu(${a})`,
  gelu: (a) => `F.gelu(${a})`,
  tanh: (a) => `torch.tanh(${a})`,
  relu2: (a) => `F.relu(${a}).square()`,
};

/** Variables for expressions that are too long to nest. */
const VARIABLE: Partial<Record<Node["op"], string>> = {
  add: "total",
  mul: "product",
  gated: "gated",
  lerp: "blend",
  mix: "mixed",
  sigmoid: "gate",
  headGate: "gate",
  floor: "gate",
  gateMix: "gate",
  not: "gate",
};

const FEATURES: Record<string, (a: string) => string> = {
  identity: (a) => a,
  l2: (a) => `unit(${a})`,
  silu: (a) => `F.silu(${a})`,
  elu: (a) => `(F.elu(${a}) + 1)`,
  relu: (a) => `F.relu(${a})`,
};

/** The whole mixer as one line of mathematics. */
export const formula = (tree: Node): string => {
  const go = (n: Node): string => PRODUCTIONS[n.op].formula(n.args.map(go), n.params);
  return `W_o ${go(tree)}`;
};

const bare = (e: string): string => {
  if (!e.startsWith("(") || !e.endsWith(")")) return e;
  let open = 0;
  for (let i = 0; i < e.length - 1; i++) {
    open += e[i] === "(" ? 1 : e[i] === ")" ? -1 : 0;
    if (open === 0) return e;
  }
  return e.slice(1, -1);
};

/** Breaks text at spaces to lines of at most `width`, later lines indented by two. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const next = line ? `${line} ${word}` : word;
    if (next.length > width && line) {
      lines.push(line);
      line = `  ${word}`;
    } else line = next;
  }
  return [...lines, line];
}

/**
 * Python source of a tree. Raises no errors for a valid tree: whatever `readGenome` accepts can be written.
 * Sub-modules are named after the slot they serve (q_proj, forget_bias …).
 */
export function emit(tree: Node, name: string): string {
  const modules: string[] = [];
  const body: string[] = [];
  const helpers = new Set<HelperName>();
  const taken = new Set<string>(["num_heads", "out_proj", "x"]);

  const unique = (base: string): string => {
    let n = base;
    for (let i = 2; taken.has(n); i++) n = `${base}${i}`;
    taken.add(n);
    return n;
  };
  const use = (helper: HelperName): HelperName => {
    for (const need of LIBRARY[helper].needs) helpers.add(need as HelperName);
    helpers.add(helper);
    return helper;
  };
  const module = (role: string, kind: string, init: string, comment = ""): string => {
    const n = unique(role ? `${role}_${kind}` : kind);
    modules.push(`self.${n} = ${init}${comment && `  # ${comment}`}`);
    return `self.${n}`;
  };
  const assign = (base: string, expression: string, shape = ""): string => {
    const n = unique(base);
    const line = `${n} = ${bare(expression)}`;
    if (line.length + shape.length <= 106) body.push(`${line}${shape && `  # ${shape}`}`);
    else body.push(`# ${n}: ${shape}`, line);
    return n;
  };

  /** Bias whose sigmoid spreads over the channels from fast to slow forgetting. */
  const spread = (size: string, low: number, high: number) =>
    `nn.Parameter(torch.linspace(${low}.0, ${high}.0, ${size}))`;

  const heads = (node: Node, role: string): string =>
    `${use("split_heads")}(${bare(go(node, role))}, self.num_heads)`;

  /** Log decay of a matrix state as a variable, or null for none. */
  const decay = (node: Node): string | null => {
    switch (node.op) {
      case "fixedDecay": {
        const b = module("decay", "bias", spread("num_heads", 2, 5), "(H,)");
        return assign(
          "log_decay",
          `F.logsigmoid(${b}).view(1, -1, 1).expand(x.shape[0], -1, x.shape[1])`,
          "(B, H, T)",
        );
      }
      case "headDecay": {
        const p = module("decay", "head_proj", "nn.Linear(hidden_size, num_heads)");
        modules.push(`nn.init.constant_(${p}.bias, 3.0)  # remembers about 20 tokens at the start`);
        return assign("log_decay", `F.logsigmoid(${p}(${bare(go(node.args[0]!, "decay"))})).mT`, "(B, H, T)");
      }
      case "channelDecay": {
        const b = module("decay", "bias", spread("hidden_size", -6, -1), "(D,)");
        const signal = go(node.args[0]!, "decay");
        const split = `${use("split_heads")}(${signal} + ${b}, self.num_heads)`;
        return assign("log_decay", `-torch.sigmoid(${split})`, "(B, H, T, E), in (-1, 0)");
      }
      default:
        return null;
    }
  };

  /** The node as an expression; a long one becomes a variable first. */
  const go = (node: Node, role: string, limit = 44): string => {
    const expression = write(node, role);
    return expression.length > limit ? assign(VARIABLE[node.op] ?? "h", expression, "(B, T, D)") : expression;
  };

  const write = (node: Node, role: string): string => {
    const p = node.params;
    const limit = node.args.length > 1 ? 30 : 44;
    const arg = (i: number, r = role): string => go(node.args[i]!, r, limit);
    switch (node.op) {
      case "x":
        return "x";
      case "linear":
        return `${module(role, "proj", "nn.Linear(hidden_size, hidden_size, bias=False)")}(${bare(arg(0))})`;
      case "lowrank": {
        const rank = `hidden_size // ${p.divisor}`;
        const down = module(role, "down", `nn.Linear(hidden_size, ${rank}, bias=False)`);
        const up = module(role, "up", `nn.Linear(${rank}, hidden_size, bias=False)`);
        return `${up}(${down}(${bare(arg(0))}))`;
      }
      case "headwise":
        return `${module(role, "head_proj", `${use("HeadLinear")}(hidden_size, num_heads)`)}(${bare(arg(0))})`;
      case "scale":
        return `(${module(role, "scale", "nn.Parameter(torch.ones(hidden_size))")} * ${arg(0)})`;
      case "act":
        return ACTS[String(p.fn)]!(bare(arg(0)));
      case "norm": {
        const init =
          p.over === "token"
            ? "nn.RMSNorm(hidden_size, eps=1e-5)"
            : `${use("HeadNorm")}(hidden_size, num_heads)`;
        return `${module(role, "norm", init)}(${bare(arg(0))})`;
      }
      case "add":
        return `(${arg(0)} + ${arg(1)})`;
      case "mul":
        return `(${arg(0)} * ${arg(1)})`;
      case "gated":
        return `(${arg(0, "gate")} * ${arg(1)})`;
      case "lerp": {
        const g = assign("gate", go(node.args[0]!, "gate"), "(B, T, D)");
        return `(${g} * ${arg(1)} + (1 - ${g}) * ${arg(2)})`;
      }
      case "mix": {
        const c = module(role, "mix", "nn.Parameter(torch.zeros(hidden_size))");
        const weight = assign("weight", `torch.sigmoid(${c})`, "(D,)");
        return `(${weight} * ${arg(0)} + (1 - ${weight}) * ${arg(1)})`;
      }
      case "shift":
        return `${module(role, "shift", `${use("TokenShift")}(hidden_size, steps=${p.steps})`)}(${bare(arg(0))})`;
      case "conv": {
        const init = `${use("ShortConv")}(hidden_size, kernel=${p.kernel}${p.dilation === 1 ? "" : `, dilation=${p.dilation}`})`;
        return `${module(role, "conv", init)}(${bare(arg(0))})`;
      }
      case "cummean":
        return `${use("cummean")}(${bare(arg(0))})`;
      case "cummax":
        return `torch.cummax(${arg(0)}, dim=1).values`;
      case "scan": {
        const g = assign("forget", go(node.args[0]!, "forget"), "(B, T, D)");
        return assign("scanned", `${use("linear_scan")}(${g}, (1 - ${g}) * ${arg(1)})`, "(B, T, D)");
      }
      case "longconv":
        return `${module(role, "long_conv", `${use("LongConv")}(hidden_size, modes=${p.modes})`)}(${bare(arg(0))})`;
      case "window": {
        const attend = module(role, "window", `${use("WindowAttention")}(num_heads, width=${p.width})`);
        const [q, k, v] = ["q", "k", "v"].map((r, i) => assign(r, heads(node.args[i]!, r), "(B, H, T, E)"));
        return assign("local", `${use("merge_heads")}(${attend}(${q}, ${k}, ${v}))`, "(B, T, D)");
      }
      case "linattn": {
        const feature = FEATURES[String(p.feature)]!;
        if (p.feature === "l2") use("unit");
        const [q, k] = ["q", "k"].map((r, i) => assign(r, feature(heads(node.args[i]!, r)), "(B, H, T, E)"));
        const v = assign("v", heads(node.args[2]!, "v"), "(B, H, T, E)");
        const g = decay(node.args[3]!);
        const kernel =
          g === null
            ? "linear_attention"
            : node.args[3]!.op === "channelDecay"
              ? "gated_linear_attention"
              : "decayed_linear_attention";
        const norm = module("attn", "norm", `${use("HeadNorm")}(hidden_size, num_heads)`);
        const out = `${use("merge_heads")}(${use(kernel)}(${q}, ${k}, ${v}${g === null ? "" : `, ${g}`}))`;
        return `${norm}(${assign("attended", out, "(B, T, D)")})`;
      }
      case "delta": {
        const unit = (i: number, r: string) =>
          assign(r, `${use("unit")}(${heads(node.args[i]!, r)})`, "(B, H, T, E)");
        const [q, k] = [unit(0, "q"), unit(1, "k")];
        const v = assign("v", heads(node.args[2]!, "v"), "(B, H, T, E)");
        const proj = module("beta", "head_proj", "nn.Linear(hidden_size, num_heads)");
        const rate = `torch.sigmoid(${proj}(${bare(go(node.args[3]!, "beta"))}))`;
        const beta = assign("beta", `${p.range === 2 ? "2 * " : ""}${rate}.mT.unsqueeze(-1)`, "(B, H, T, 1)");
        const g = decay(node.args[4]!);
        const norm = module("delta", "norm", `${use("HeadNorm")}(hidden_size, num_heads)`);
        const rule =
          g === null
            ? `${use("delta_rule")}(${q}, ${k}, ${v}, ${beta})`
            : `${use("gated_delta_rule")}(${q}, ${k}, ${v}, ${beta}, ${g})`;
        return `${norm}(${assign("recalled", `${use("merge_heads")}(${rule})`, "(B, T, D)")})`;
      }
      case "sigmoid": {
        const low = role === "forget" ? 0 : -1;
        const b = module(role, "bias", spread("hidden_size", low, role === "forget" ? 5 : 1), "(D,)");
        return `torch.sigmoid(${arg(0)} + ${b})`;
      }
      case "headGate": {
        const proj = module(role, "head_gate", "nn.Linear(hidden_size, num_heads)");
        if (role === "forget")
          modules.push(`nn.init.constant_(${proj}.bias, 3.0)  # forgets slowly at the start`);
        const perHead = assign("gate", `torch.sigmoid(${proj}(${bare(arg(0))}))`, "(B, T, H)");
        return `${perHead}.repeat_interleave(x.shape[-1] // self.num_heads, -1)`;
      }
      case "constant": {
        const init = role === "forget" ? spread("hidden_size", 0, 6) : spread("hidden_size", -2, 2);
        return `torch.sigmoid(${module(role, "level", init, "(D,)")}).expand_as(x)`;
      }
      case "floor": {
        const low = assign(
          "low",
          `torch.sigmoid(${module(role, "floor", "nn.Parameter(torch.zeros(hidden_size))")})`,
          "(D,)",
        );
        return `(${low} + (1 - ${low}) * ${arg(0)})`;
      }
      case "not":
        return `(1 - ${arg(0)})`;
      case "gateMix":
        return `(${arg(0)} * ${arg(1)})`;
      default:
        throw new Error(`${node.op} is a decay and stands only in the decay slot of an attention`);
    }
  };

  const result = bare(go(tree, ""));
  const meanings = new Set<string>();
  const explain = (n: Node): void => {
    const text = MEANING[n.op]?.(n.params);
    if (text) meanings.add(text);
    n.args.forEach(explain);
  };
  explain(tree);

  const doc = [
    ...wrap(`out = ${formula(tree)}`, 104),
    "",
    "where x is the input, W_o the output projection, ⊙ and σ act on each element, rms is a per-token norm, and",
    ...[...meanings].flatMap((m) => wrap(m, 104)),
  ];
  const text = body.join("\n") + result;
  const defs = (Object.keys(LIBRARY) as HelperName[])
    .filter((h) => helpers.has(h))
    .map((h) => LIBRARY[h].source.trim());
  const functional = /\bF\./.test(text + defs.join("\n"));
  const indent = (lines: string[], by: number) => lines.map((l) => (l ? " ".repeat(by) + l : "")).join("\n");

  return `"""${name}: a token mixer written by Cambrian's grammar. Needs PyTorch only.

Shapes: B batch, T tokens, D hidden size, H heads, E = D / H channels a head.
"""

import torch
from torch import nn
${functional ? "from torch.nn import functional as F\n" : ""}${defs.map((d) => `\n\n${d}\n`).join("")}

class Mixer(nn.Module):
    """${name}

${indent(doc, 4)}
    """

    def __init__(self, hidden_size, num_heads=1, layer_idx=None, **kwargs):
        super().__init__()
        self.num_heads = num_heads
${indent(modules, 8)}${modules.length ? "\n" : ""}        self.out_proj = nn.Linear(hidden_size, hidden_size, bias=False)

    def forward(
        self,
        hidden_states,  # (B, T, D)
        attention_mask=None,  # (B, T), 0 for padding
        past_key_values=None,
        use_cache=False,
        output_attentions=False,
        **kwargs,
    ):
        x = hidden_states if attention_mask is None else hidden_states * attention_mask.unsqueeze(-1)
${indent(body, 8)}${body.length ? "\n" : ""}        return self.out_proj(${result}), None, past_key_values
`;
}
