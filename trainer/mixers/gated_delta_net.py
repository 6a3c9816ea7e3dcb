"""Gated DeltaNet (Yang et al. 2025): the delta rule on a state that also decays."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from trainer.mixers.common import l2norm
from trainer.mixers.delta_rule import chunk_delta_rule
from trainer.mixers.projections import Projections


class GatedDeltaNet(nn.Module):
    """S_t = a_t (I - beta_t k_t k_t^T) S_{t-1} + beta_t k_t v_t^T (eq. 10), a_t = exp(-A softplus(W x + bias)) as in Mamba-2,
    with a SiLU gate on the output."""

    def __init__(
        self,
        hidden_size: int,
        num_heads: int,
        layer_idx: int | None = None,
        use_short_conv: bool = True,
        conv_size: int = 4,
        allow_neg_eigval: bool = False,
        **kwargs,
    ):
        super().__init__()
        head_dim = hidden_size // num_heads
        self.heads = Projections(hidden_size, num_heads, head_dim, use_short_conv, conv_size)
        self.g_proj = nn.Linear(hidden_size, num_heads * head_dim, bias=False)
        self.b_proj = nn.Linear(hidden_size, num_heads, bias=False)
        self.a_proj = nn.Linear(hidden_size, num_heads)
        self.A_log = nn.Parameter(torch.empty(num_heads).uniform_(1, 16).log())
        dt = torch.empty(num_heads).uniform_(math.log(1e-3), math.log(1e-1)).exp()
        with torch.no_grad():
            self.a_proj.bias.copy_(dt + torch.log(-torch.expm1(-dt)))  # softplus(bias) = dt
        self.largest_beta = 2.0 if allow_neg_eigval else 1.0
        self.scale = head_dim**-0.5

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
        beta = self.largest_beta * self.b_proj(hidden_states).sigmoid().transpose(1, 2)  # (B, H, T)
        g = -(self.A_log.exp() * F.softplus(self.a_proj(hidden_states))).transpose(1, 2)
        o, _ = chunk_delta_rule(l2norm(q) * self.scale, l2norm(k), v, beta, g)
        return self.heads.out(o, self.g_proj(hidden_states)), None, past_key_values


Mixer = GatedDeltaNet
