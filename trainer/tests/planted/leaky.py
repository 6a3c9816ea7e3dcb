"""Planted leaks: of the future, of the total length, of the batch, of earlier calls."""

import torch
import torch.nn.functional as F
from torch import nn

from trainer.tests.planted.sound import Sound, running_mean


def following(v):
    """The next token's values, zero at the end."""
    return F.pad(v[:, 1:], (0, 0, 0, 1))


def future_sum(v):
    return v.flip(1).cumsum(1).flip(1)


# --- the future


class NextToken(Sound):
    def mix(self, v):
        return running_mean(v) + following(v)


class FaintNextToken(Sound):
    def mix(self, v):
        return running_mean(v) + 1e-6 * following(v)


class NarrowFaintNextToken(Sound):
    """The same behind hand-written casts, where bfloat16 itself could not show it."""

    def mix(self, v):
        v = v.to(torch.bfloat16).float()
        return (running_mean(v) + 1e-6 * following(v)).to(self.out.weight.dtype)


class MeanOverTime(Sound):
    def mix(self, v):
        return running_mean(v) - v.mean(1, keepdim=True)


class DeviationOverTime(Sound):
    def mix(self, v):
        return running_mean(v) / (v.std(1, keepdim=True, correction=0) + 1)


class BidirectionalChunk(Sound):
    """Attention without a mask inside chunks of 16."""

    def mix(self, v):
        b, t, d = v.shape
        chunks = F.pad(v, (0, 0, 0, -t % 16)).view(b, -1, 16, d)
        return running_mean(v) + torch.softmax(chunks @ chunks.mT, -1).matmul(chunks).view(b, -1, d)[:, :t]


class ChunkBorder(Sound):
    """Right except that a chunk of 64 sees the first token of the next one."""

    def mix(self, v):
        at = torch.arange(v.shape[1], device=v.device)[:, None] % 64 == 63
        return running_mean(v) + at * following(v)


class CircularFFT(Sound):
    """A convolution by FFT without padding: the end wraps round to the beginning."""

    def mix(self, v):
        t = v.shape[1]
        kernel = torch.exp(-0.1 * torch.arange(t, device=v.device, dtype=v.dtype))[:, None]
        return torch.fft.irfft(torch.fft.rfft(v, dim=1) * torch.fft.rfft(kernel, dim=0), t, dim=1)


class ReversedCumsum(Sound):
    def mix(self, v):
        return future_sum(v) / v.shape[1]


class Detached(Sound):
    """No gradient flows through the leak."""

    def mix(self, v):
        return running_mean(v) + following(v).detach()


class ArgmaxOfFuture(Sound):
    """Only the place of the largest value leaks, as an integer."""

    def mix(self, v):
        return running_mean(v) + v.argmax(1, keepdim=True).to(v.dtype) / v.shape[1]


class ZeroGate(Sound):
    """Silent at initialisation; training opens the gate."""

    def __init__(self, hidden_size, **kwargs):
        super().__init__(hidden_size)
        self.peek = nn.Parameter(torch.zeros(1))

    def mix(self, v):
        return running_mean(v) + self.peek * following(v)


class TrainOnly(Sound):
    def mix(self, v):
        return running_mean(v) + (following(v) if self.training else 0)


class LongOnly(Sound):
    def mix(self, v):
        return running_mean(v) + (following(v) if v.shape[1] >= 128 else 0)


class DeepLayer(Sound):
    """Leaks in every layer but the first."""

    def __init__(self, hidden_size, num_heads=1, layer_idx=0, **kwargs):
        super().__init__(hidden_size)
        self.layer_idx = layer_idx

    def mix(self, v):
        return running_mean(v) + (following(v) if self.layer_idx > 0 else 0)


# --- the total length


class PositionOverLength(Sound):
    def mix(self, v):
        t = v.shape[1]
        return running_mean(v) + torch.arange(t, device=v.device)[:, None] / max(t - 1, 1)


class ScalesFromLength(Sound):
    """As many averaging windows as powers of two fit into the sequence."""

    def mix(self, v):
        out, window = running_mean(v), 2
        while window < v.shape[1]:
            out = out + v - F.pad(v, (0, 0, window, 0))[:, : v.shape[1]]
            window *= 2
        return out


# --- the batch


class BatchMean(Sound):
    def mix(self, v):
        return running_mean(v) + v.mean(0, keepdim=True)


class BatchNormed(Sound):
    """Statistics over batch and time in training: other samples and the future."""

    def __init__(self, hidden_size, **kwargs):
        super().__init__(hidden_size)
        self.norm = nn.BatchNorm1d(hidden_size)

    def mix(self, v):
        return running_mean(self.norm(v.mT).mT)


# --- earlier calls


class RemembersCall(Sound):
    def mix(self, v):
        before = getattr(self, "last", 0.0)
        self.last = v.detach().mean()
        return running_mean(v) + before


class RemembersInBuffer(Sound):
    """The same where the trainer's freezing of buffers between evaluations does not reach: within one."""

    def __init__(self, hidden_size, **kwargs):
        super().__init__(hidden_size)
        self.register_buffer("last", torch.zeros(()))

    def mix(self, v):
        before, self.last = self.last, v.detach().mean()
        return running_mean(v) + before


class CountsInAttribute(Sound):
    """An annealing counter that no checkpoint holds and no evaluation freezes."""

    calls = 0

    def mix(self, v):
        self.calls += 1
        return running_mean(v) / self.calls


class RandomEval(Sound):
    def mix(self, v):
        return F.dropout(running_mean(v), 0.1, training=True)


class CountsCalls(Sound):
    """A buffer counts calls in eval mode too, where the trainer freezes it: reported, not rejected."""

    def __init__(self, hidden_size, **kwargs):
        super().__init__(hidden_size)
        self.register_buffer("calls", torch.zeros(()))

    def mix(self, v):
        self.calls += 1
        return running_mean(v) * (1 + 1 / self.calls)


class Pointwise(Sound):
    """Mixes no tokens: reported, not rejected."""

    def mix(self, v):
        return v


class EditsInput(Sound):
    def forward(self, hidden_states, past_key_values=None, **kwargs):
        out, _, _ = super().forward(hidden_states)
        hidden_states.mul_(0.5)
        return out, None, past_key_values
