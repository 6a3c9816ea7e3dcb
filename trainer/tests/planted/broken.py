"""Planted failures of the interface and of the numbers."""

import torch

from trainer.tests.planted.sound import Sound, running_mean


class WrongShape(Sound):
    def forward(self, hidden_states, **kwargs):
        out, _, _ = super().forward(hidden_states)
        return out.mean(1), None, None


class WrongDtype(Sound):
    def forward(self, hidden_states, **kwargs):
        out, _, _ = super().forward(hidden_states)
        return out.half(), None, None


class NoTensor(Sound):
    def forward(self, hidden_states, **kwargs):
        return {"out": hidden_states}


class RaisesInConstructor(Sound):
    def __init__(self, hidden_size, **kwargs):
        raise ValueError("hidden_size must be a prime number")


class PositionalOnly(Sound):
    def __init__(self, size, /):
        super().__init__(size)


class MultiplesOfSixteen(Sound):
    """Fails at lengths that are no multiple of its chunk."""

    def mix(self, v):
        return running_mean(v.view(v.shape[0], -1, 16, v.shape[2]).flatten(1, 2))


class SqueezesBatch(Sound):
    """Loses the batch axis when it is 1."""

    def forward(self, hidden_states, **kwargs):
        out, _, _ = super().forward(hidden_states)
        return out.squeeze(0), None, None


class NanAtLength(Sound):
    def mix(self, v):
        return running_mean(v) * (float("nan") if v.shape[1] >= 512 else 1)


class ExpCumsum(Sound):
    """A decay divided out: exp(cumsum) overflows float32 in long sequences."""

    def mix(self, v):
        decay = torch.cumsum(torch.nn.functional.softplus(v), 1)
        return (v * torch.exp(decay)).cumsum(1) * torch.exp(-decay)


class NanGradient(Sound):
    """Finite values, but the branch that `where` drops has a NaN gradient."""

    def mix(self, v):
        return running_mean(torch.where(v > 0, torch.sqrt(v), 0.0))


class Unused(Sound):
    """A parameter that nothing reads: reported, not rejected."""

    def __init__(self, hidden_size, **kwargs):
        super().__init__(hidden_size)
        self.spare = torch.nn.Linear(hidden_size, hidden_size)
