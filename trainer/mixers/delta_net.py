"""DeltaNet (Schlag et al. 2021; Yang et al. 2024): every write first erases what its key held. The baseline."""

import torch
from torch import nn

from trainer.mixers.common import l2norm
from trainer.mixers.delta_rule import chunk_delta_rule
from trainer.mixers.projections import Projections


class DeltaNet(nn.Module):
    """S_t = S_{t-1} - beta_t k_t (S_{t-1}^T k_t - v_t)^T, o_t = S_t^T q_t with q, k of unit length and beta = sigmoid(W x).

    `allow_neg_eigval` doubles beta, which lets the state flip signs (Grazzi et al. 2025). `expand` multiplies the size of
    the heads and with it the parameters; `width` chooses it by the multiple of the parameters that is wanted.
    """

    def __init__(
        self,
        hidden_size: int,
        num_heads: int,
        layer_idx: int | None = None,
        use_short_conv: bool = True,
        conv_size: int = 4,
        allow_neg_eigval: bool = False,
        expand: float = 1.0,
        width: float = 1.0,
        **kwargs,
    ):
        super().__init__()
        if width != 1:
            expand = widened_kwargs(width, hidden_size, num_heads)["expand"]
        head_dim = round(hidden_size * expand / num_heads)
        self.heads = Projections(hidden_size, num_heads, head_dim, use_short_conv, conv_size)
        self.b_proj = nn.Linear(hidden_size, num_heads, bias=False)
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
        o, _ = chunk_delta_rule(l2norm(q) * self.scale, l2norm(k), v, beta)
        return self.heads.out(o), None, past_key_values


def widened_kwargs(width: float, hidden_size: int, num_heads: int) -> dict:
    """Keywords that give DeltaNet about `width` times its parameters: within half of one channel a head."""
    with torch.device("meta"):
        one, two = (sum(p.numel() for p in DeltaNet(hidden_size, num_heads, expand=e).parameters()) for e in (1, 2))
    wanted = 1 + (width - 1) * one / (two - one)  # the count is affine in the head size
    head_dim = max(1, round(wanted * hidden_size / num_heads))
    return {"expand": head_dim * num_heads / hidden_size}


Mixer = DeltaNet
