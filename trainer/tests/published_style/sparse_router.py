"""Sample: a sparsemax router under hand casts to bfloat16, filters in a ParameterList, a frozen and an absent parameter, a
temperature shared by groups of heads, floors added in place, keyword-only arguments of forward."""

import math
from typing import TYPE_CHECKING, Optional

import torch
import torch.nn.functional as F
from einops import rearrange
from fla.modules import RMSNorm, ShortConvolution
from fla.modules.l2norm import l2norm
from torch import nn

if TYPE_CHECKING:
    from fla.models.utils import Cache

__all__ = ["DeltaNet"]


@torch.compile()  # type: ignore[misc]
# pylint: disable=too-many-locals


def decayed_sum(q, k, v, decay, chunk_size: int = 16):
    """Linear attention with a decay a head, in chunks; q, k, v (b, h, l, d), decay (h,) in (0, 1)."""
    length = q.shape[2]
    pad = -length % chunk_size
    q, k, v = (F.pad(t, (0, 0, 0, pad)) for t in (l2norm(q), l2norm(k), v))
    q, k, v = (rearrange(t, "b h (n c) d -> b h n c d", c=chunk_size) for t in (q, k, v))
    at = torch.arange(chunk_size, device=q.device)
    inner = (decay.log()[:, None, None] * (at[:, None] - at).clamp(min=0)).exp().tril()
    local = (q @ k.transpose(-1, -2)) * inner[:, None]
    out, state = torch.empty_like(v), k.new_zeros(*k.shape[:2], k.shape[-1], v.shape[-1])
    entering = (decay.log()[:, None] * (at + 1)).exp()[:, :, None]
    leaving = (decay.log()[:, None] * (chunk_size - 1 - at)).exp()[:, :, None]
    local = local.to(torch.bfloat16)
    for i in range(q.shape[2]):
        out[:, :, i] = local[:, :, i] @ v[:, :, i] + (q[:, :, i] * entering) @ state
        state = state * (decay**chunk_size)[:, None, None] + (k[:, :, i] * leaving).transpose(-1, -2) @ v[:, :, i]
    return rearrange(out, "b h n c d -> b h (n c) d")[:, :, :length], state.detach()


def sparsemax(z):
    """Projection on the simplex (Martins & Astudillo 2016, algorithm 1)."""
    z = z - z.amax(dim=-1, keepdim=True)
    ordered, _ = torch.sort(z, dim=-1, descending=True)
    rank = torch.arange(1, z.size(-1) + 1, device=z.device, dtype=z.dtype)
    total = ordered.cumsum(-1)
    support = ((1 + rank * ordered) > total).type(z.dtype).mul(rank).amax(dim=-1, keepdim=True)
    return torch.clamp(z - (total.gather(-1, support.long() - 1) - 1) / support, min=0.0)


class HeadRouter(nn.Module):
    """Logits (b, l, h, p), with a weight of its own for each head."""

    def __init__(self, hidden_size: int, num_heads: int, paths: int) -> None:
        super().__init__()
        weight = torch.empty(num_heads, paths, hidden_size)
        weight.uniform_(-(hidden_size**-0.5), hidden_size**-0.5)
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.zeros(num_heads, paths))

    def forward(self, x):
        return torch.einsum("b l d, h p d -> b l h p", x, self.weight) + self.bias


class DeltaNet(nn.Module):
    def __init__(
        self,
        *,
        d_model: int | None = None,
        hidden_size: int = 1024,
        num_heads: int = 4,
        layer_idx: int | None = None,
        kernel_sizes: tuple[int, ...] = (1, 3, 7),
        temp_init: float = 0.7,
        floor: float = 0.02,
        **kwargs: "dict",
    ) -> "DeltaNet":
        super().__init__()
        hidden_size = d_model or hidden_size
        self.num_heads, self.floor, self.layer_idx = num_heads, floor, layer_idx or 0
        self.qkv = nn.ModuleList([nn.Linear(hidden_size, hidden_size, bias=False) for _ in range(3)])
        self.convs = nn.ModuleList([ShortConvolution(hidden_size, 4, activation=a) for a in ("silu", None, "silu")])
        self.keep_proj = nn.Linear(hidden_size, num_heads)
        self.keep_conv = ShortConvolution(num_heads, kernel_size=4, activation="silu")
        self.filters: nn.ParameterList = nn.ParameterList()
        for size in kernel_sizes:
            taps = nn.Parameter(torch.zeros(hidden_size, 1, size))
            with torch.no_grad():
                taps[:, 0, -1] = 1.0
                taps.add_((torch.randint(0, 2, taps.shape) * 2 - 1) * 0.02)
            self.filters.append(taps)
        self.router = HeadRouter(hidden_size, num_heads, len(kernel_sizes) + 2)
        self.log_temp = nn.Parameter(torch.full((num_heads,), math.log(math.expm1(temp_init))))
        self.decay_logit = nn.Parameter(torch.linspace(1.0, 3.0, num_heads))
        self.register_buffer("group", torch.arange(num_heads) // 2, persistent=False)
        self.register_parameter("old_mix", nn.Parameter(torch.zeros(1), requires_grad=False))
        self.register_parameter("old_scale", None)
        self.norm = RMSNorm(hidden_size // num_heads, eps=1e-5)
        self.out = nn.Linear(hidden_size, hidden_size, bias=False)

    def shared(self, x: torch.Tensor) -> torch.Tensor:
        """Each head's value replaced by its group's mean."""
        groups = int(self.group.max().item()) + 1
        total = torch.zeros(groups, dtype=x.dtype, device=x.device)
        count = torch.zeros(groups, dtype=x.dtype, device=x.device)
        total.scatter_add_(0, self.group, x)
        count.scatter_add_(0, self.group, torch.ones_like(x))
        return (total / count)[self.group]

    def forward(
        self,
        hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        past_key_values: Optional["Cache"] = None,
        *,
        use_cache: bool = False,
        output_attentions: bool = False,
        step: int | None = None,
        **kwargs,
    ) -> tuple[torch.Tensor, None, Optional["Cache"]]:
        cu_seqlens = kwargs.get("cu_seqlens", None)
        q, k, v = (
            rearrange(
                conv(x=proj(hidden_states), cache=None, output_final_state=use_cache, cu_seqlens=cu_seqlens)[0],
                "... (h d) -> ... h d",
                h=self.num_heads,
            )
            for proj, conv in zip(self.qkv, self.convs)
        )
        heads_first = (rearrange(t, "b l h d -> b h l d") for t in (q, k, v))
        memory, _ = decayed_sum(*heads_first, decay=self.decay_logit.sigmoid())
        flat = rearrange(v, "b l h d -> b (h d) l")
        local = [F.conv1d(F.pad(flat, (f.shape[-1] - 1, 0)), weight=f, groups=flat.shape[1]) for f in self.filters]
        local = [rearrange(y, "b (h d) l -> b l h d", h=self.num_heads) for y in local]
        paths = torch.stack([*local, rearrange(memory, "b h l d -> b l h d"), v], dim=-2)
        weights = sparsemax(self.router(hidden_states) / F.softplus(self.shared(self.log_temp)).view(1, 1, -1, 1))
        weights = weights * (1.0 - 2 * self.floor)
        weights[..., -2] += self.floor
        weights[..., -1] = weights[..., -1] + self.floor
        weights = torch.max(weights, torch.full((1, 1, 1, 1), 1e-3, dtype=weights.dtype, device=weights.device))
        keep, _ = self.keep_conv(self.keep_proj(hidden_states), cache=None, output_final_state=False, cu_seqlens=None)
        o = (paths * weights.unsqueeze(-1)).sum(dim=-2)
        o = o + rearrange(keep.sigmoid(), "b l h -> b l h 1") * o.mean(dim=2, keepdim=True)
        return self.out(rearrange(self.norm(o), "b l h d -> b l (h d)")), None, past_key_values
