"""Sample: a floor under the gate that is annealed by a step counter in a buffer that no state_dict holds."""

import torch
from fla.modules import ShortConvolution
from fla.ops.simple_gla import chunk_simple_gla
from torch import nn


class DeltaNet(nn.Module):
    def __init__(
        self, hidden_size: int = 1024, num_heads: int = 4, layer_idx: int = 0, anneal_steps: int = 20, **kwargs
    ):
        super().__init__()
        self.num_heads, self.anneal_steps = num_heads, anneal_steps
        self.qkv = nn.Linear(hidden_size, 3 * hidden_size, bias=False)
        self.conv = ShortConvolution(3 * hidden_size, kernel_size=4)
        self.decay = nn.Linear(hidden_size, num_heads)
        self.gate = nn.Linear(hidden_size, num_heads)
        self.out = nn.Linear(hidden_size, hidden_size, bias=False)
        self.register_buffer("step", torch.zeros((), dtype=torch.long), persistent=False)

    def forward(self, hidden_states, attention_mask=None, past_key_values=None, use_cache=False, **kwargs):
        floor = 0.5 * max(0.0, 1.0 - self.step.item() / self.anneal_steps)
        self.step += 1  # in eval mode too, as many published programs do
        q, k, v = (x.unflatten(-1, (self.num_heads, -1)) for x in self.conv(self.qkv(hidden_states))[0].chunk(3, -1))
        o, _ = chunk_simple_gla(q, k, v, nn.functional.logsigmoid(self.decay(hidden_states)))
        gate = floor + (1 - floor) * self.gate(hidden_states).sigmoid().unsqueeze(-1)
        return self.out((gate * o + (1 - gate) * v).flatten(-2)), None, past_key_values
