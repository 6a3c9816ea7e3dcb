"""Linear attention (Katharopoulos et al. 2020): attention without the softmax, as a recurrence."""

import torch.nn.functional as F
from torch import nn

from trainer.mixers.chunked import chunk_linear
from trainer.mixers.projections import Projections


class LinearAttention(nn.Module):
    """S_t = S_{t-1} + phi(k_t) v_t^T, o_t = norm(S_t^T phi(q_t)) with phi = elu + 1. The output is normalised by RMS
    instead of by the sum of weights, which is unstable (Qin et al. 2022, "The devil in linear transformer")."""

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
        head_dim = hidden_size // num_heads
        self.heads = Projections(hidden_size, num_heads, head_dim, use_short_conv, conv_size, activation=False)
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
        o, _ = chunk_linear((F.elu(q) + 1) * self.scale, F.elu(k) + 1, v)
        return self.heads.out(o), None, past_key_values


Mixer = LinearAttention
