"""Reading held-out sequences leaves no trace from one batch to the next."""

import torch

from trainer.infer import hidden_states
from trainer.model import Backbone


class Ticking(torch.nn.Module):
    """Anneals by a step counter that a careless author advances in evaluation mode too."""

    def __init__(self, hidden_size, num_heads, layer_idx=None, **kwargs):
        super().__init__()
        self.proj = torch.nn.Linear(hidden_size, hidden_size)
        self.register_buffer("steps", torch.zeros(()), persistent=False)

    def forward(self, hidden_states, attention_mask=None, past_key_values=None, **kwargs):
        self.steps += 1
        return self.proj(hidden_states) * torch.exp(-self.steps), None, past_key_values


def test_a_counter_that_ticks_in_eval_mode_does_not_tell_batches_apart():
    torch.manual_seed(0)
    model = Backbone(Ticking, 16, 2, 1, 2, 32, 32, {})
    tokens = torch.randint(0, 32, (2, 8)).repeat(3, 1)  # the same two sequences in three batches
    hidden = hidden_states(model, tokens, 2, "cpu")
    assert torch.equal(hidden[:2], hidden[2:4]) and torch.equal(hidden[:2], hidden[4:])
    assert model.blocks[0].mixer.steps == 0
