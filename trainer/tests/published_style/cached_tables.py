"""Sample: tables kept by lru_cache for each device and dtype, an FFT filter, imports inside the constructor, a dilation that
depends on the layer, a gate that keeps its loss, casts to the weights' type – and names that are not ASCII: β, Δ."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import nn

if TYPE_CHECKING:
    from fla.models.utils import Cache
    from transformers.processing_utils import Unpack


@functools.lru_cache(maxsize=8)
def frequencies(dim: int, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    return 10000.0 ** (-torch.arange(0, dim, 2, device=device, dtype=dtype) / dim)


def turned(x: torch.Tensor) -> torch.Tensor:
    """Rotary positions, neighbouring channels as pairs; x (b, l, h, d)."""
    t = torch.arange(x.shape[1], device=x.device, dtype=x.dtype)
    angle = torch.einsum("i , j -> i j", t, frequencies(x.shape[-1], x.device, x.dtype))[None, :, None, :]
    even, odd = x[..., ::2], x[..., 1::2]
    pair = torch.stack((even * angle.cos() - odd * angle.sin(), even * angle.sin() + odd * angle.cos()), dim=-1)
    return rearrange(pair, "... d two -> ... (two d)")


class Echo(nn.Module):
    """Exponential filter a head, applied by FFT in fp32 (b, l, h, d)."""

    def __init__(self, num_heads: int):
        super().__init__()
        self.rate = nn.Parameter(torch.linspace(-2.0, 0.0, num_heads))

    def forward(self, x):
        length = x.shape[1]
        size = 1 << (2 * length - 1).bit_length()
        t = torch.arange(length, device=x.device, dtype=torch.float32)
        kernel = torch.fft.rfft(torch.exp(-F.softplus(self.rate).float()[:, None] * t), n=size)
        response = torch.polar(kernel.abs(), kernel.angle())[None, :, None]
        spectrum = torch.fft.rfft(rearrange(x, "b l h d -> b h d l").float(), n=size)
        y = torch.fft.irfft(spectrum * response.to(spectrum.dtype), n=size)[..., :length]
        return rearrange(y, "b h d l -> b l h d").to(x.dtype)


class HeadGate(nn.Module):
    """Weights of the paths, one head after the other through one MLP; keeps the loss that would balance them."""

    def __init__(self, hidden_size: int, head_dim: int, num_heads: int, paths: int):
        super().__init__()
        layers: list[nn.Module] = [nn.Linear(hidden_size + head_dim, head_dim), nn.GELU(), nn.Dropout(0.05)]
        self.mlp = nn.Sequential(*layers, nn.Linear(head_dim, paths))
        self.temp = nn.Parameter(torch.ones(num_heads))
        self.last_gate_loss: torch.Tensor | None = None

    def forward(self, x, o):
        found = []
        for i in range(o.shape[2]):
            logits = self.mlp(torch.cat([x, o[:, :, i]], dim=-1)) / torch.clamp(self.temp[i], min=0.2, max=10.0)
            found.append(torch.softmax(logits, dim=-1).unsqueeze(2))
        weights = torch.cat(found, dim=2)
        self.last_gate_loss = (weights * weights.clamp_min(1e-8).log()).sum(-1).mean() if self.training else None
        return weights


class DeltaNet(nn.Module):
    def __init__(
        self, mode: str = "tables", hidden_size: int = 1024, num_heads: int = 4, layer_idx: int | None = None, **kwargs
    ):
        super().__init__()
        from fla.modules import FusedRMSNormGated, ShortConvolution

        self.num_heads, self.dilation = num_heads, 2 ** ((layer_idx or 0) % 4)
        head_dim = hidden_size // num_heads
        self.qkv = nn.Linear(hidden_size, 3 * hidden_size, bias=False)
        self.β = nn.Linear(hidden_size, num_heads)
        self.conv = ShortConvolution(hidden_size=3 * hidden_size, kernel_size=4, activation="silu", bias=False)
        self.activation = lambda x, **_: (F.elu(x, 1.0, False) + 1.0).to(x)
        self.echo = Echo(num_heads)
        self.dilated = nn.Conv1d(hidden_size, hidden_size, 3, groups=hidden_size, dilation=self.dilation, bias=False)
        nn.init.zeros_(self.dilated.weight)
        self.gate = HeadGate(hidden_size, head_dim, num_heads, 4)
        self.g_proj = nn.Linear(hidden_size, hidden_size, bias=False)
        self.o_norm = FusedRMSNormGated(head_dim, eps=1e-5)
        self.o_proj = nn.Linear(hidden_size, hidden_size, bias=False)

    def forward(
        self,
        hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        past_key_values: Cache | None = None,
        use_cache: bool | None = False,
        **kwargs: Unpack[dict],
    ):
        from fla.ops.delta_rule import fused_recurrent_delta_rule

        dtype = self.o_proj.weight.dtype
        qkv, _ = self.conv(self.qkv(hidden_states), cache=None, output_final_state=use_cache, cu_seqlens=None)
        q, k, v = (rearrange(t.to(dtype), "b l (h d) -> b l h d", h=self.num_heads) for t in qkv.chunk(3, -1))
        q, k = turned(self.activation(q)), turned(F.normalize(k, dim=-1))
        Δ, _ = fused_recurrent_delta_rule(q, k, v, self.β(hidden_states).sigmoid())
        flat = rearrange(v, "b l h d -> b (h d) l")
        pooled = F.avg_pool1d(F.pad(flat, (3, 0)), kernel_size=4, stride=1, padding=0)
        wide = self.dilated(F.pad(flat, (2 * self.dilation, 0)))
        pooled, wide = (rearrange(t, "b (h d) l -> b l h d", h=self.num_heads) for t in (pooled, wide))
        weights = self.gate(hidden_states.to(dtype), Δ)
        o = sum(weights[..., i : i + 1] * path for i, path in enumerate((Δ, self.echo(v), pooled, wide)))
        g = rearrange(self.g_proj(hidden_states), "... (h d) -> ... h d", h=self.num_heads)
        return self.o_proj(rearrange(self.o_norm(o, g), "b l h d -> b l (h d)")), None, past_key_values
