"""Sample: a regulariser kept as an attribute, where a trainer may or may not look, and a class named Mixer."""

import torch
from fla.layers.utils import get_unpad_data  # noqa: F401
from fla.modules.l2norm import l2_norm
from fla.ops import chunk_gla
from torch import nn


class Mixer(nn.Module):
    def __init__(self, hidden_size, num_heads, layer_idx=None, **kwargs):
        super().__init__()
        self.num_heads = num_heads
        self.proj = nn.Linear(hidden_size, 4 * hidden_size)
        self.out = nn.Linear(hidden_size, hidden_size)
        with torch.no_grad():
            self.proj.bias[:hidden_size].fill_(3.0)
        self.reg_loss = None

    def forward(self, hidden_states, attention_mask=None, past_key_values=None, **kwargs):
        g, q, k, v = (x.unflatten(-1, (self.num_heads, -1)) for x in self.proj(hidden_states).chunk(4, -1))
        self.reg_loss = g.square().mean()
        o, _ = chunk_gla(l2_norm(q), l2_norm(k), v, nn.functional.logsigmoid(g) / 16)
        return self.out(o.flatten(-2)), None, past_key_values


class DeltaNet(nn.Module):
    """Not the one: Mixer comes first."""
