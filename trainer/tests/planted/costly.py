"""Planted costs: quadratic in disguise, loops over time, too large, too slow, too much memory."""

import torch
import torch.nn.functional as F
from torch import nn

from trainer.tests.planted.sound import Sound, running_mean


class MaskedScores(Sound):
    """Linear attention in its quadratic form: all T x T scores, masked."""

    def mix(self, v):
        return (v @ v.mT).tril() @ v / 100


class Attention(Sound):
    """The fused kernel, whose FLOPs a counter of matrix products does not see."""

    def mix(self, v):
        return F.scaled_dot_product_attention(v[:, None], v[:, None], v[:, None], is_causal=True)[:, 0]


class PairwiseProducts(Sound):
    """No matrix product at all: a cumulative sum over a T x T table of differences."""

    def mix(self, v):
        s = v.mean(-1)  # (B, T)
        table = torch.sigmoid(s[:, :, None] - s[:, None, :]).tril()  # (B, T, T)
        weight = table.cumsum(-1)[..., -1:] / torch.arange(1, v.shape[1] + 1, device=v.device)[:, None]
        return running_mean(v) * weight


class ChunkPairs(Sound):
    """Attention of every chunk of 4 to all earlier chunks: quadratic with a smaller factor."""

    def mix(self, v):
        b, t, d = v.shape
        chunks = F.pad(v, (0, 0, 0, -t % 4)).view(b, -1, 4, d).mean(2)  # (B, N, D)
        earlier = torch.softmax((chunks @ chunks.mT).masked_fill(self.later(chunks), -1e9), -1) @ chunks
        shifted = F.pad(earlier, (0, 0, 1, 0))[:, :-1]  # a chunk reads what was complete before it
        return running_mean(v) + shifted.repeat_interleave(4, 1)[:, :t]

    def later(self, chunks):
        n = chunks.shape[1]
        return torch.ones(n, n, dtype=torch.bool, device=chunks.device).triu(1)


class LoopOverTime(Sound):
    """A gated recurrence, one token a turn."""

    def mix(self, v):
        state, out = torch.zeros_like(v[:, 0]), []
        for t in range(v.shape[1]):
            keep = torch.sigmoid(v[:, t] - 1)
            write = torch.tanh(v[:, t] + 0.1 * state)
            state = keep * state + (1 - keep) * write
            out.append(state)
        return torch.stack(out, 1)


class ManyParameters(Sound):
    def __init__(self, hidden_size, **kwargs):
        super().__init__(hidden_size)
        self.table = nn.Parameter(torch.zeros(64, hidden_size, hidden_size))

    def mix(self, v):
        return running_mean(v) @ self.table.mean(0)


class ManyFlops(Sound):
    """The same weights applied again and again."""

    def mix(self, v):
        for _ in range(40):
            v = torch.tanh(self.value(v))
        return running_mean(v)


class MemoryHog(Sound):
    """Linear in T, with a state of D x D kept at every position."""

    def mix(self, v):
        return running_mean(v) + torch.tanh(v[:, :, :, None] * v[:, :, None, :]).mean(-1)


class ManySavedTensors(Sound):
    """Small enough for every single tensor, too much in all."""

    def mix(self, v):
        outer = v[:, :, :, None] * v[:, :, None, :]  # (B, T, D, D)
        for _ in range(3):
            outer = torch.tanh(outer)
        return running_mean(v) + outer.mean(-1)
