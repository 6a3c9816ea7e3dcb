import torch
import torch.nn.functional as F
from torch import Tensor

from fla.modules.layernorm import LayerNorm, RMSNorm

GATES = {"swish": F.silu, "silu": F.silu, "sigmoid": torch.sigmoid}


class Gated:
    """norm(x) * gate(g), the gate computed in fp32 at least."""

    def __init__(
        self,
        hidden_size: int,
        elementwise_affine: bool = True,
        eps: float = 1e-5,
        activation: str = "swish",
        device=None,
        dtype=None,
        **kwargs,
    ):
        super().__init__(hidden_size, elementwise_affine, eps=eps, device=device, dtype=dtype)
        if activation not in GATES:
            raise ValueError(f"Unsupported activation: {activation}")
        self.activation = activation

    def forward(
        self,
        x: Tensor,
        g: Tensor,
        residual: Tensor | None = None,
        prenorm: bool = False,
        residual_in_fp32: bool = False,
    ):
        found = super().forward(x, residual, prenorm, residual_in_fp32)
        y = found[0] if prenorm else found
        wide = torch.promote_types(g.dtype, torch.float32)
        y = (y.to(wide) * GATES[self.activation](g.to(wide))).to(x.dtype)
        return (y, found[1]) if prenorm else y


class FusedRMSNormGated(Gated, RMSNorm):
    pass


class FusedLayerNormGated(Gated, LayerNorm):
    pass


class FusedRMSNormSwishGate(FusedRMSNormGated):
    pass


class FusedLayerNormSwishGate(FusedLayerNormGated):
    pass
