"""Softmax attention (Vaswani et al. 2017) with rotary positions (Su et al. 2021): the quadratic reference."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainer.mixers.common import ShortConv, merge_heads, split_heads


def rotate(x: Tensor, base: float = 10000.0) -> Tensor:
    """Rotary embedding: the pairs (x_i, x_{i + D/2}) of position t turn by t / base^(2i / D). x: (B, H, T, D), D even."""
    length, half = x.shape[2], x.shape[3] // 2
    wide = torch.promote_types(x.dtype, torch.float32)
    frequency = base ** (-torch.arange(half, device=x.device, dtype=wide) / half)
    angle = torch.arange(length, device=x.device, dtype=wide)[:, None] * frequency  # (T, D / 2)
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class SoftmaxAttention(nn.Module):
    """o_t = sum_{s <= t} softmax_s(q_t . k_s / sqrt(D)) v_s"""

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
        self.num_heads = num_heads
        self.qkv_proj = nn.Linear(hidden_size, 3 * hidden_size, bias=False)
        self.conv = ShortConv(3 * hidden_size, conv_size) if use_short_conv else None
        self.o_proj = nn.Linear(hidden_size, hidden_size, bias=False)

    def forward(
        self,
        hidden_states,
        attention_mask=None,
        past_key_values=None,
        use_cache=False,
        output_attentions=False,
        **kwargs,
    ):
        qkv = self.qkv_proj(hidden_states)
        if self.conv is not None:
            qkv = self.conv(qkv)
        q, k, v = (split_heads(x, self.num_heads) for x in qkv.chunk(3, -1))  # (B, H, T, D)
        o = F.scaled_dot_product_attention(rotate(q), rotate(k), v, is_causal=True)
        return self.o_proj(merge_heads(o)), None, past_key_values


Mixer = SoftmaxAttention
