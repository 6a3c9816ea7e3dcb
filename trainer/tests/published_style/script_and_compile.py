"""Sample: torch.compile with arguments, torch.jit.script, a dataclass, attention weights as second value in eval, no cache."""

from dataclasses import dataclass

import torch
from torch import nn


@torch.jit.script
def elu_plus_one(x):
    return torch.nn.functional.elu(x) + 1.0


@torch.compile(dynamic=True, fullgraph=False)
def linear_attention(q, k, v):
    """(b, h, l, d), without a loop: sums of outer products."""
    return torch.einsum("bhld,bhlde->bhle", q, torch.einsum("bhld,bhle->bhlde", k, v).cumsum(2))


@dataclass
class Sizes:
    hidden: int
    heads: int


class DeltaNet(nn.Module):
    def __init__(self, hidden_size: int = 64, num_heads: int = 2, layer_idx: int = 0, **kwargs):
        super().__init__()
        self.sizes = Sizes(hidden_size, num_heads)
        self.qkv = nn.Linear(hidden_size, 3 * hidden_size, bias=False)
        self.out = torch.compile(nn.Linear(hidden_size, hidden_size))

    def forward(self, hidden_states, **kwargs):
        q, k, v = (
            x.unflatten(-1, (self.sizes.heads, -1)).transpose(1, 2) for x in self.qkv(hidden_states).chunk(3, -1)
        )
        o = linear_attention(elu_plus_one(q), elu_plus_one(k), v)
        count = torch.arange(1, o.shape[2] + 1, device=o.device)[:, None]
        return self.out((o / count).transpose(1, 2).flatten(-2)), q
