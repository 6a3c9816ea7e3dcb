"""Sound mixers: the plain one that every planted defect departs from, and unusual ones that must pass."""

import torch
import torch.nn.functional as F
from torch import nn


class Sound(nn.Module):
    """out(silu(gate(x)) * running mean of value(x)). A defect overrides `mix`, or `forward` when it needs more."""

    def __init__(self, hidden_size, num_heads=1, layer_idx=0, **kwargs):
        super().__init__()
        self.value = nn.Linear(hidden_size, hidden_size)
        self.gate = nn.Linear(hidden_size, hidden_size)
        self.out = nn.Linear(hidden_size, hidden_size)

    def mix(self, v):  # (B, T, D) -> (B, T, D)
        return running_mean(v)

    def forward(
        self,
        hidden_states,
        attention_mask=None,
        past_key_values=None,
        use_cache=False,
        output_attentions=False,
        **kwargs,
    ):
        mixed = self.mix(self.value(hidden_states))
        return self.out(F.silu(self.gate(hidden_states)) * mixed), None, past_key_values


def running_mean(v):
    return v.cumsum(1) / torch.arange(1, v.shape[1] + 1, device=v.device)[:, None]


class Dropout(Sound):
    """Random in train mode."""

    def mix(self, v):
        return F.dropout(running_mean(v), 0.1, self.training)


class Auxiliary(Sound):
    """A loss with gradient as second return value in training, also kept as an attribute."""

    def forward(self, hidden_states, past_key_values=None, **kwargs):
        out, _, _ = super().forward(hidden_states)
        self.loss = 0.01 * out.pow(2).mean() if self.training else None
        return out, self.loss, past_key_values


class Annealed(Sound):
    """Counts its training steps in a non-persistent buffer and depends on the count."""

    def __init__(self, hidden_size, **kwargs):
        super().__init__(hidden_size)
        self.register_buffer("steps", torch.zeros((), dtype=torch.long), persistent=False)

    def mix(self, v):
        if self.training:
            self.steps += 1
        return running_mean(v) * (1 + torch.exp(-self.steps / 100))


class ChunkLoop(Sound):
    """A Python loop over chunks of 32 that carries the state."""

    def mix(self, v):
        total, out = torch.zeros_like(v[:, :1]), []
        for chunk in v.split(32, 1):
            sums = chunk.cumsum(1) + total
            total = sums[:, -1:]
            out.append(sums)
        return torch.cat(out, 1) / torch.arange(1, v.shape[1] + 1, device=v.device)[:, None]


class Narrow(Sound):
    """Casts to bfloat16 and back by hand, and normalises in float32."""

    def mix(self, v):
        v = v.to(torch.bfloat16)
        normal = v.float() * torch.rsqrt(v.float().pow(2).mean(-1, keepdim=True) + 1e-6)
        return running_mean(normal.to(torch.bfloat16)).to(self.out.weight.dtype)


class Fourier(Sound):
    """A long convolution by FFT, padded to twice the length: causal up to rounding, which depends on the future."""

    def __init__(self, hidden_size, **kwargs):
        super().__init__(hidden_size)
        self.decay = nn.Parameter(torch.linspace(-3, 0, hidden_size))

    def mix(self, v):
        t = v.shape[1]
        kernel = torch.exp(-self.decay.exp()[None] * torch.arange(t, device=v.device)[:, None])  # (T, D)
        return torch.fft.irfft(torch.fft.rfft(v, 2 * t, dim=1) * torch.fft.rfft(kernel, 2 * t, dim=0), 2 * t, dim=1)[
            :, :t
        ]
