"""RetNet (Sun et al. 2023): linear attention whose state decays by a constant a head."""

import torch
from torch import nn

from trainer.mixers.chunked import chunk_linear
from trainer.mixers.projections import Projections
from trainer.mixers.softmax_attention import rotate


class RetNet(nn.Module):
    """S_t = gamma_h S_{t-1} + k_t v_t^T with gamma_h = 1 - 2^(-5-h) (eq. 8), rotated q and k (xPos without its scale, as
    FLA does), a norm a head and a SiLU gate."""

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
        if hidden_size % (2 * num_heads):
            raise ValueError(f"rotary positions need an even head size: {hidden_size} channels, {num_heads} heads")
        head_dim = hidden_size // num_heads
        self.heads = Projections(hidden_size, num_heads, head_dim, use_short_conv, conv_size, activation=False)
        self.g_proj = nn.Linear(hidden_size, hidden_size, bias=False)
        self.scale = head_dim**-0.5
        decay = torch.log1p(-(2.0 ** (-5 - torch.arange(num_heads, dtype=torch.float64)))).float()
        self.register_buffer("log_decay", decay, persistent=False)

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
        g = self.log_decay.view(1, -1, 1).expand(q.shape[:3])
        o, _ = chunk_linear(rotate(q) * self.scale, rotate(k), v, g)
        return self.heads.out(o, self.g_proj(hidden_states)), None, past_key_values


Mixer = RetNet
