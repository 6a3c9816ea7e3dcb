"""The frame that the linear mixers share: projections to heads, optional short convolutions, output norm, output projection."""

import torch.nn.functional as F
from torch import Tensor, nn

from trainer.mixers.common import RMSNorm, ShortConv, merge_heads, split_heads


class Projections(nn.Module):
    """q, k, v (B, H, T, head_dim) from x (B, T, D), and the way back. `activation` follows the convolution, or takes its
    place without one; each head of the output is normalised before the output projection, as in RetNet and FLA."""

    def __init__(
        self,
        hidden_size: int,
        num_heads: int,
        head_dim: int,
        use_short_conv: bool,
        conv_size: int,
        activation: bool = True,
        norm_eps: float = 1e-5,
    ):
        super().__init__()
        self.num_heads, self.activation = num_heads, activation
        inner = num_heads * head_dim
        self.q_proj = nn.Linear(hidden_size, inner, bias=False)
        self.k_proj = nn.Linear(hidden_size, inner, bias=False)
        self.v_proj = nn.Linear(hidden_size, inner, bias=False)
        self.convs = (
            nn.ModuleList(ShortConv(inner, conv_size, activation) for _ in range(3)) if use_short_conv else None
        )
        self.o_norm = RMSNorm(head_dim, norm_eps)
        self.o_proj = nn.Linear(inner, hidden_size, bias=False)

    def qkv(self, x: Tensor) -> list[Tensor]:
        rows = [self.q_proj(x), self.k_proj(x), self.v_proj(x)]
        if self.convs is not None:
            rows = [conv(r) for conv, r in zip(self.convs, rows)]
        elif self.activation:
            rows = [F.silu(r) for r in rows]
        return [split_heads(r, self.num_heads) for r in rows]

    def out(self, o: Tensor, gate: Tensor | None = None) -> Tensor:
        """o (B, H, T, head_dim), gate (B, T, H * head_dim) before its SiLU -> (B, T, D)"""
        y = merge_heads(self.o_norm(o))
        return self.o_proj(y if gate is None else y * F.silu(gate))
