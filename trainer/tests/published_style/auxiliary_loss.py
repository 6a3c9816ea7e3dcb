"""Sample: a gate over two paths whose negative entropy is returned as second value, weighted, while training."""

import torch
from fla.models.utils import Cache
from fla.modules import RMSNorm, ShortConvolution
from fla.ops.delta_rule import chunk_delta_rule
from torch import nn
from transformers.processing_utils import Unpack


class DeltaNet(nn.Module):
    def __init__(self, d_model=None, hidden_size=1024, num_heads=4, layer_idx=None, entropy_weight=0.02, **kwargs):
        super().__init__()
        hidden_size = d_model or hidden_size
        self.num_heads, self.entropy_weight = num_heads, entropy_weight
        self.qkv = nn.Linear(hidden_size, 3 * hidden_size, bias=False)
        self.conv = ShortConvolution(3 * hidden_size, kernel_size=4, activation="silu")
        self.beta = nn.Linear(hidden_size, num_heads)
        self.gate = nn.Linear(hidden_size, 2 * num_heads)
        nn.init.constant_(self.gate.bias, 0.25)
        self.norm = RMSNorm(hidden_size // num_heads, eps=1e-5)
        self.out = nn.Linear(hidden_size, hidden_size, bias=False)

    def forward(
        self,
        hidden_states,
        attention_mask: torch.Tensor | None = None,
        past_key_values: Cache | None = None,
        use_cache=False,
        output_attentions=False,
        **kwargs: Unpack[dict],
    ):
        qkv, _ = self.conv(self.qkv(hidden_states))
        q, k, v = (x.unflatten(-1, (self.num_heads, -1)) for x in qkv.chunk(3, -1))
        o, _ = chunk_delta_rule(q, k, v, self.beta(hidden_states).sigmoid(), use_qk_l2norm_in_kernel=True)
        weights = self.gate(hidden_states).unflatten(-1, (self.num_heads, 2)).softmax(-1)
        mixed = weights[..., :1] * o + weights[..., 1:] * v
        loss = None
        if self.training:
            loss = self.entropy_weight * (weights * weights.clamp_min(1e-8).log()).sum(-1).mean()
        return self.out(self.norm(mixed).flatten(-2)), loss, past_key_values
