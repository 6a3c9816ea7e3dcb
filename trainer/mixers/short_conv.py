"""Short convolution only: how far local mixing alone gets (it ranks first on a byte LM, and last on recall)."""

import torch.nn.functional as F
from torch import nn

from trainer.mixers.common import ShortConv


class ShortConvolution(nn.Module):
    """W_o (conv(W_v x) * silu(W_g x)): a gated causal depthwise convolution, as in H3's and Hyena's local part."""

    def __init__(
        self,
        hidden_size: int,
        num_heads: int = 1,
        layer_idx: int | None = None,
        conv_size: int = 4,
        **kwargs,
    ):
        super().__init__()
        self.v_proj = nn.Linear(hidden_size, hidden_size, bias=False)
        self.g_proj = nn.Linear(hidden_size, hidden_size, bias=False)
        self.conv = ShortConv(hidden_size, conv_size)
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
        y = self.conv(self.v_proj(hidden_states)) * F.silu(self.g_proj(hidden_states))
        return self.o_proj(y), None, past_key_values


Mixer = ShortConvolution
