"""The recurrences as the papers write them, one step at a time: what the chunked forms are tested and timed against.

Shapes as in chunked.py: q, k (B, H, T, K), v (B, H, T, V), decays and beta (B, H, T) -> o (B, H, T, V), last state.
"""

import torch
from torch import Tensor


def naive_linear(
    q: Tensor, k: Tensor, v: Tensor, g: Tensor | None = None, state: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """S_t = diag(exp(g_t)) S_{t-1} + k_t v_t^T, o_t = S_t^T q_t; g (B, H, T) for a decay a head, (B, H, T, K) a channel."""
    s = k.new_zeros(*k.shape[:2], k.shape[-1], v.shape[-1]) if state is None else state
    o = []
    for t in range(q.shape[2]):
        if g is not None:
            s = s * (g[:, :, t, None, None] if g.dim() == 3 else g[:, :, t, :, None]).exp()
        s = s + torch.einsum("bhk,bhv->bhkv", k[:, :, t], v[:, :, t])
        o.append(torch.einsum("bhk,bhkv->bhv", q[:, :, t], s))
    return torch.stack(o, 2), s


def naive_delta_rule(
    q: Tensor, k: Tensor, v: Tensor, beta: Tensor, g: Tensor | None = None, state: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """S_t = exp(g_t) S_{t-1} + beta_t k_t (v_t - exp(g_t) S_{t-1}^T k_t)^T, o_t = S_t^T q_t"""
    s = k.new_zeros(*k.shape[:2], k.shape[-1], v.shape[-1]) if state is None else state
    o = []
    for t in range(q.shape[2]):
        if g is not None:
            s = s * g[:, :, t, None, None].exp()
        error = v[:, :, t] - torch.einsum("bhk,bhkv->bhv", k[:, :, t], s)
        s = s + torch.einsum("bhk,bhv->bhkv", k[:, :, t], beta[:, :, t, None] * error)
        o.append(torch.einsum("bhk,bhkv->bhv", q[:, :, t], s))
    return torch.stack(o, 2), s


def naive_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """o_t = sum_{s <= t} softmax_s(q_t . k_s / sqrt(K)) v_s"""
    o = []
    for t in range(q.shape[2]):
        scores = torch.einsum("bhk,bhsk->bhs", q[:, :, t], k[:, :, : t + 1]) * q.shape[-1] ** -0.5
        o.append(torch.einsum("bhs,bhsv->bhv", scores.softmax(-1), v[:, :, : t + 1]))
    return torch.stack(o, 2)


def naive_conv(x: Tensor, weight: Tensor) -> Tensor:
    """y_t = sum_j weight[:, j] x_{t - size + 1 + j}; x (B, T, D), weight (D, size)"""
    size, y = weight.shape[1], torch.zeros_like(x)
    for t in range(x.shape[1]):
        for j in range(size):
            if t - size + 1 + j >= 0:
                y[:, t] = y[:, t] + weight[:, j] * x[:, t - size + 1 + j]
    return y
