"""No mixing at all: the floor of every task."""

from torch import nn


class Identity(nn.Module):
    """W x: a linear map of every position on its own."""

    def __init__(self, hidden_size: int, num_heads: int = 1, layer_idx: int | None = None, **kwargs):
        super().__init__()
        self.proj = nn.Linear(hidden_size, hidden_size, bias=False)

    def forward(
        self,
        hidden_states,
        attention_mask=None,
        past_key_values=None,
        use_cache=False,
        output_attentions=False,
        **kwargs,
    ):
        return self.proj(hidden_states), None, past_key_values


Mixer = Identity
