"""Gated linear attention (Yang et al. 2024): the state decays by a learned gate a channel."""

import torch.nn.functional as F
from torch import nn

from trainer.mixers.chunked import chunk_gla
from trainer.mixers.common import split_heads
from trainer.mixers.projections import Projections


class GLA(nn.Module):
    """S_t = diag(a_t) S_{t-1} + k_t v_t^T, a_t = sigmoid(W2 W1 x_t + b)^(1/16) (eq. 3 and sec. 4.4), with a SiLU gate on
    the output."""

    def __init__(
        self,
        hidden_size: int,
        num_heads: int,
        layer_idx: int | None = None,
        use_short_conv: bool = True,
        conv_size: int = 4,
        gate_low_rank_dim: int = 16,
        gate_logit_normalizer: float = 16.0,
        **kwargs,
    ):
        super().__init__()
        head_dim = hidden_size // num_heads
        self.heads = Projections(hidden_size, num_heads, head_dim, use_short_conv, conv_size, activation=False)
        self.gk_proj = nn.Sequential(
            nn.Linear(hidden_size, gate_low_rank_dim, bias=False), nn.Linear(gate_low_rank_dim, num_heads * head_dim)
        )
        self.g_proj = nn.Linear(hidden_size, num_heads * head_dim, bias=False)
        self.scale, self.normalizer = head_dim**-0.5, gate_logit_normalizer

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
        g = F.logsigmoid(split_heads(self.gk_proj(hidden_states), self.heads.num_heads)) / self.normalizer
        o, _ = chunk_gla(q * self.scale, k, v, g)
        return self.heads.out(o, self.g_proj(hidden_states)), None, past_key_values


Mixer = GLA
