"""Sample in the style of published FLA mixers: keywords only, compiled chunk function, hand casts to bfloat16, router with
biases set by hand, Unpack in the signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from einops import rearrange
from fla.layers.utils import get_unpad_data, index_first_axis, pad_input
from fla.modules import FusedRMSNormGated, RMSNorm, ShortConvolution
from fla.modules.l2norm import l2norm
from torch import nn

if TYPE_CHECKING:
    from fla.models.utils import Cache
    from transformers.processing_utils import Unpack


@torch.compile
def chunked_memory(q, k, v, beta, *, chunk_size: int = 32):
    """Delta rule in chunks, q, k, v (b, h, l, d)."""
    length = q.shape[2]
    pad = (chunk_size - length % chunk_size) % chunk_size
    if pad:
        q, k, v = (F.pad(t, (0, 0, 0, pad)) for t in (q, k, v))
        beta = F.pad(beta, (0, pad))
    q, k, v = l2norm(q), l2norm(k), v * beta[..., None]
    k_beta = k * beta[..., None]
    q, k, v, k_beta = (rearrange(t, "b h (n c) d -> b h n c d", c=chunk_size) for t in (q, k, v, k_beta))
    mask = torch.triu(torch.ones(chunk_size, chunk_size, dtype=torch.bool, device=q.device), 0)
    inverse = -(k_beta @ k.transpose(-1, -2)).masked_fill(mask, 0)
    for i in range(1, chunk_size):
        inverse[..., i, :i] += (inverse[..., i, :, None].clone() * inverse[..., :, :i].clone()).sum(-2)
    inverse = inverse + torch.eye(chunk_size, dtype=inverse.dtype, device=q.device)
    inverse = inverse.to(torch.bfloat16)
    u, w = inverse @ v, inverse @ k_beta
    state, out = k.new_zeros(*k.shape[:2], k.shape[-1], v.shape[-1]), torch.zeros_like(v)
    above = torch.triu(mask, 1)
    for n in range(k.shape[2]):
        local = (q[:, :, n] @ k[:, :, n].transpose(-1, -2)).masked_fill_(above, 0)
        written = u[:, :, n] - w[:, :, n] @ state
        out[:, :, n] = q[:, :, n] @ state + local @ written
        state = state + k[:, :, n].transpose(-1, -2) @ written
    return rearrange(out, "b h n c d -> b h (n c) d")[:, :, :length], state


class CausalFilter(nn.Module):
    """Depthwise causal convolution a head, the identity at first."""

    def __init__(self, num_heads: int, head_dim: int, kernel_size: int):
        super().__init__()
        self.kernel_size = kernel_size
        filters = torch.zeros(num_heads, head_dim, kernel_size)
        filters[..., -1] = 1.0
        self.filters = nn.Parameter(filters + 0.01 * torch.randn_like(filters))

    def forward(self, x):  # (b, l, h, d)
        h, d = x.shape[2:]
        y = F.pad(rearrange(x, "b l h d -> b (h d) l"), (self.kernel_size - 1, 0))
        y = F.conv1d(y, rearrange(self.filters, "h d k -> (h d) 1 k"), groups=h * d)
        return rearrange(y, "b (h d) l -> b l h d", h=h)


class DeltaNet(nn.Module):
    def __init__(
        self,
        *,
        mode: str = "fusion",
        d_model: int | None = None,
        hidden_size: int = 1024,
        expand_k: float = 1.0,
        expand_v: float = 1.0,
        num_heads: int = 4,
        use_beta: bool = True,
        use_gate: bool = True,
        use_short_conv: bool = True,
        conv_size: int = 4,
        conv_bias: bool = True,
        allow_neg_eigval: bool = False,
        layer_idx: int | None = None,
        qk_activation: str = "silu",
        qk_norm: str = "l2",
        norm_eps: float = 1e-5,
        **kwargs: dict,
    ) -> None:
        super().__init__()
        hidden_size = d_model or hidden_size
        self.num_heads, self.layer_idx, self.use_gate = num_heads, layer_idx, use_gate
        key_dim, value_dim = int(hidden_size * expand_k), int(hidden_size * expand_v)
        self.head_dim = value_dim // num_heads
        self.q_proj = nn.Linear(hidden_size, key_dim, bias=False)
        self.k_proj = nn.Linear(hidden_size, key_dim, bias=False)
        self.v_proj = nn.Linear(hidden_size, value_dim, bias=False)
        self.b_proj = nn.Linear(hidden_size, num_heads, bias=False)
        self.q_conv1d = ShortConvolution(key_dim, kernel_size=conv_size, activation="silu", bias=conv_bias)
        self.k_conv1d = ShortConvolution(key_dim, kernel_size=conv_size, activation="silu", bias=conv_bias)
        self.v_conv1d = ShortConvolution(value_dim, kernel_size=conv_size, activation="silu", bias=conv_bias)
        self.filters = nn.ModuleList(CausalFilter(num_heads, self.head_dim, k) for k in (3, 7))
        self.router = nn.Linear(hidden_size, num_heads * 3)
        with torch.no_grad():
            self.router.weight.zero_()
            self.router.bias.copy_(torch.tensor([0.5, -0.5, 2.0]).repeat(num_heads))
        if use_gate:
            self.g_proj = nn.Linear(hidden_size, value_dim, bias=False)
            self.o_norm = FusedRMSNormGated(self.head_dim, eps=norm_eps)
        else:
            self.o_norm = RMSNorm(self.head_dim, eps=norm_eps)
        self.o_proj = nn.Linear(value_dim, hidden_size, bias=False)

    def forward(
        self,
        hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        past_key_values: Cache | None = None,
        use_cache: bool | None = False,
        output_attentions: bool | None = False,
        **kwargs: Unpack[dict],
    ) -> tuple[torch.Tensor, None, Cache | None]:
        batch, length, _ = hidden_states.shape
        last_state = None
        if past_key_values is not None and self.layer_idx < len(past_key_values):
            last_state = past_key_values[self.layer_idx]
        cu_seqlens, indices = kwargs.get("cu_seqlens"), None
        if attention_mask is not None:
            indices, cu_seqlens, _ = get_unpad_data(attention_mask[:, -length:])
            hidden_states = index_first_axis(rearrange(hidden_states, "b s d -> (b s) d"), indices).unsqueeze(0)
        conv = last_state["conv_state"] if last_state is not None else (None, None, None)
        q, conv_q = self.q_conv1d(
            x=self.q_proj(hidden_states), cache=conv[0], output_final_state=use_cache, cu_seqlens=cu_seqlens
        )
        k, conv_k = self.k_conv1d(
            x=self.k_proj(hidden_states), cache=conv[1], output_final_state=use_cache, cu_seqlens=cu_seqlens
        )
        v, conv_v = self.v_conv1d(
            x=self.v_proj(hidden_states), cache=conv[2], output_final_state=use_cache, cu_seqlens=cu_seqlens
        )
        q, k, v = (rearrange(t, "b l (h d) -> b l h d", h=self.num_heads) for t in (q, k, v))
        beta = rearrange(self.b_proj(hidden_states).sigmoid(), "b l h -> b h l")
        q_, k_, v_ = (rearrange(t, "b l h d -> b h l d").to(torch.bfloat16) for t in (q, k, v))
        memory, state = chunked_memory(q_, k_, v_, beta.to(torch.bfloat16))
        paths = [f(v) for f in self.filters] + [rearrange(memory, "b h l d -> b l h d")]
        weights = rearrange(self.router(hidden_states), "b l (h p) -> b l h p", h=self.num_heads).softmax(-1)
        o = sum(weights[..., i : i + 1] * p for i, p in enumerate(paths)).to(torch.bfloat16)
        if past_key_values is not None and use_cache:
            past_key_values.update(
                recurrent_state=state, conv_state=(conv_q, conv_k, conv_v), layer_idx=self.layer_idx, offset=length
            )
        if self.use_gate:
            o = self.o_norm(o, rearrange(self.g_proj(hidden_states), "b l (h d) -> b l h d", h=self.num_heads))
        else:
            o = self.o_norm(o)
        o = self.o_proj(rearrange(o, "b l h d -> b l (h d)"))
        if attention_mask is not None:
            o = pad_input(o.squeeze(0), indices, batch, length)
        return o, None, past_key_values
