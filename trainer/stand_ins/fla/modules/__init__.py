from fla.modules.convolution import ShortConvolution
from fla.modules.fused_norm_gate import (
    FusedLayerNormGated,
    FusedLayerNormSwishGate,
    FusedRMSNormGated,
    FusedRMSNormSwishGate,
)
from fla.modules.l2norm import L2Norm
from fla.modules.layernorm import LayerNorm, RMSNorm
from fla.modules.rotary import RotaryEmbedding

__all__ = [
    "FusedLayerNormGated",
    "FusedLayerNormSwishGate",
    "FusedRMSNormGated",
    "FusedRMSNormSwishGate",
    "L2Norm",
    "LayerNorm",
    "RMSNorm",
    "RotaryEmbedding",
    "ShortConvolution",
]
