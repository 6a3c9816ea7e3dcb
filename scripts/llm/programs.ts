/** Programs that a model might answer with: sound ones from the grammar, and one of each way to go wrong. */
import { emit } from "../../src/main/agents/grammar/emit.ts";
import { objection } from "../../src/main/agents/grammar/measure.ts";
import { randomTree } from "../../src/main/agents/grammar/sample.ts";
import { simplify } from "../../src/main/agents/grammar/tree.ts";
import type { Protocol } from "../../src/shared/protocol.ts";
import { random } from "../../src/shared/random.ts";

export interface Program {
  name: string;
  motivation: string;
  code: string;
}

const IDEAS = [
  "a decay for each head forgets what a longer context has made stale",
  "gating the output lets a channel keep silent where the past says nothing",
  "a short convolution binds neighbours, so that the state only has to carry what is far away",
  "erasing a key before it is written again should leave room for more pairs",
  "two time scales side by side divide the labour between syntax and topic",
  "normalising each head keeps the sum over a long past from growing",
];

/** Program number `n` of a seed; the same for the same arguments, and different from one n to the next. */
export function soundProgram(protocol: Protocol, seed: number, n: number): Program {
  const rng = random(seed, "program", n);
  for (;;) {
    const tree = simplify(randomTree(rng));
    if (objection(tree, protocol) !== null) continue;
    const name = `Played${n}`;
    return {
      name,
      motivation: `Idea ${n} [own]: ${rng.pick(IDEAS)}. Words that tell it apart: ${rng.int(1e9).toString(36)}.`,
      code: emit(tree, name),
    };
  }
}

const layer = (init: string, forward: string): string => `import time
import torch
import torch.nn.functional as F
from torch import nn


class Mixer(nn.Module):
    def __init__(self, hidden_size, num_heads=2, layer_idx=None, **kwargs):
        super().__init__()
        self.value = nn.Linear(hidden_size, hidden_size, bias=False)
        self.out = nn.Linear(hidden_size, hidden_size, bias=False)
${indent(init, 8)}

    def mix(self, v):
${indent(forward, 8)}

    def forward(self, hidden_states, attention_mask=None, past_key_values=None, use_cache=False,
                output_attentions=False, **kwargs):
        return self.out(self.mix(self.value(hidden_states))), None, past_key_values
`;

const indent = (text: string, by: number): string =>
  text
    .split("\n")
    .map((line) => (line ? " ".repeat(by) + line : line))
    .join("\n");

const count = "n = torch.arange(1, v.shape[1] + 1, device=v.device)[:, None]\n";

/** Code that a sandbox has to survive, by what is wrong with it. `n` keeps one from being a repeat of another. */
export const FAULTY: Record<string, (n: number) => string> = {
  import: (n) => `import flash_attention_of_tomorrow_${n}\n${layer("pass", "return v.cumsum(1)")}`,
  syntax: (n) => layer("pass", `return v.cumsum(1) * (${n}`),
  leak: (n) => layer("pass", `${count}return v.cumsum(1) / n + ${0.5 + n / 1000} * v.mean(1, keepdim=True)`),
  quadratic: (n) => layer("pass", `return (v @ v.mT).tril() @ v / ${100 + n}`),
  loop: (n) =>
    layer(
      "pass",
      `state, out = torch.zeros_like(v[:, 0]), []
for t in range(v.shape[1]):
    state = ${(0.5 + (n % 400) / 1000).toFixed(3)} * state + v[:, t]
    out.append(torch.tanh(state))
return torch.stack(out, 1)`,
    ),
  // Sound at first, then every step multiplies: the loss leaves for infinity after the gates have passed.
  diverges: (n) =>
    layer(
      `self.boost = nn.Parameter(torch.full((1,), ${1 + n / 1000}))\nself.calls = 0`,
      `${count}if self.training and torch.is_grad_enabled():
    self.calls += 1
scale = self.boost if self.calls < 20 else self.boost * float("inf")
return v.cumsum(1) / n * scale`,
    ),
  hangs: (n) => layer("pass", `while True:\n    time.sleep(${1 + n / 1000})\nreturn v`),
};
