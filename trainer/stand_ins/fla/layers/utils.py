"""Sequences of different lengths, padded in a batch or packed one after the other."""

import torch
import torch.nn.functional as F
from torch import Tensor


def get_unpad_data(attention_mask: Tensor) -> tuple[Tensor, Tensor, int]:
    """Mask (B, T) -> positions of its ones in the flattened batch (n,), cumulated lengths (B + 1,), the greatest length."""
    lengths = attention_mask.sum(-1, dtype=torch.int32)
    indices = attention_mask.flatten().nonzero().flatten()
    return indices, F.pad(lengths.cumsum(0, dtype=torch.int32), (1, 0)), int(lengths.max())


def index_first_axis(x: Tensor, indices: Tensor) -> Tensor:
    return x[indices]


def index_put_first_axis(x: Tensor, indices: Tensor, first_axis_dim: int) -> Tensor:
    return x.new_zeros(first_axis_dim, *x.shape[1:]).index_put((indices,), x)


def pad_input(hidden_states: Tensor, indices: Tensor, batch_size: int, seq_len: int) -> Tensor:
    """Packed (n, ...) -> padded (B, T, ...)"""
    return index_put_first_axis(hidden_states, indices, batch_size * seq_len).unflatten(0, (batch_size, seq_len))


def unpad_input(q: Tensor, states, attention_mask: Tensor, q_len: int, keepdim: bool = False):
    """q and every one of `states`, (B, T, ...) -> packed (n, ...), for queries as long as the keys."""
    if q_len != attention_mask.shape[1]:
        raise NotImplementedError(
            "the stand-in for fla's unpad_input needs as many queries as keys: it is for training"
        )
    indices, cu_seqlens, longest = get_unpad_data(attention_mask)
    one = isinstance(states, Tensor)
    packed = [x.flatten(0, 1)[indices] for x in (q, *((states,) if one else states))]
    if keepdim:
        packed = [x.unsqueeze(0) for x in packed]
    rest = packed[1] if one else tuple(packed[1:])
    return packed[0], rest, indices, (cu_seqlens, cu_seqlens), (longest, longest)
