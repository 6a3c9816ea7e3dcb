"""Mamba-2-style state space layer (Dao & Gu 2024): one decay a head, from a learned step size."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from trainer.mixers.chunked import chunk_linear
from trainer.mixers.projections import Projections


class Mamba2(nn.Module):
    """h_t = exp(-dt_t A) h_{t-1} + dt_t B_t x_t^T, y_t = h_t^T C_t + d x_t, dt = softplus(W x + bias) (sec. 6 and 7).

    "Style": heads as in attention (C, B, x are q, k, v, each of the head's size), no expansion of the width, so that it
    compares with the others at equal size.
    """

    def __init__(
        self,
        hidden_size: int,
        num_heads: int,
        layer_idx: int | None = None,
        use_short_conv: bool = True,
        conv_size: int = 4,
        **kwargs,
    ):
        super().__init__()
        head_dim = hidden_size // num_heads
        self.heads = Projections(hidden_size, num_heads, head_dim, use_short_conv, conv_size)
        self.g_proj = nn.Linear(hidden_size, num_heads * head_dim, bias=False)
        self.dt_proj = nn.Linear(hidden_size, num_heads)
        self.A_log = nn.Parameter(torch.empty(num_heads).uniform_(1, 16).log())
        self.d = nn.Parameter(torch.ones(num_heads))
        dt = torch.empty(num_heads).uniform_(math.log(1e-3), math.log(1e-1)).exp()
        with torch.no_grad():
            self.dt_proj.bias.copy_(dt + torch.log(-torch.expm1(-dt)))  # softplus(bias) = dt

    def forward(
        self,
        hidden_states,
        attention_mask=None,
        past_key_values=None,
        use_cache=False,
        output_attentions=False,
        **kwargs,
    ):
        q, k, v = self.heads.qkv(hidden_states)  # (B, H, T, D)
        dt = F.softplus(self.dt_proj(hidden_states)).transpose(1, 2)  # (B, H, T)
        g = -self.A_log.exp().unsqueeze(-1) * dt
        o, _ = chunk_linear(q, k * dt.unsqueeze(-1), v, g)
        o = o + self.d[:, None, None] * v
        return self.heads.out(o, self.g_proj(hidden_states)), None, past_key_values


Mixer = Mamba2
