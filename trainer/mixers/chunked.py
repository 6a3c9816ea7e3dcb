"""Chunk-parallel forms of the linear recurrences: products within chunks, a short loop over chunk states between them.

All take q, k (B, H, T, K) and v (B, H, T, V) and return (o (B, H, T, V), state (B, H, K, V)), for any T and any initial
state. Decays are log decays (at most 0), and every exponential is of a difference that cannot overflow. The chunk size never
depends on T, so a prefix of the input gives the same prefix of the output.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

CHUNK = 32


def to_chunks(x: Tensor, chunk: int) -> Tensor:
    """(B, H, T, ...) -> (B, H, N, C, ...), padded with zeros at the end, which changes no state and no earlier output."""
    pad = -x.shape[2] % chunk
    if pad:
        x = F.pad(x, (0, 0) * (x.dim() - 3) + (0, pad))
    return x.unflatten(2, (-1, chunk))


def from_chunks(x: Tensor, length: int) -> Tensor:
    """(B, H, N, C, D) -> (B, H, T, D)"""
    return x.flatten(2, 3)[:, :, :length]


def above_diagonal(chunk: int, device: torch.device, diagonal: int = 1) -> Tensor:
    """(C, C), true above the `diagonal`: the positions that a row must not see."""
    return torch.ones(chunk, chunk, dtype=torch.bool, device=device).triu(diagonal)


def pairwise_decay(b: Tensor) -> Tensor:
    """exp(b_i - b_j) for i >= j, else 0. b: cumulated log decay (..., C) -> (..., C, C)"""
    d = b.unsqueeze(-1) - b.unsqueeze(-2)
    return d.masked_fill(above_diagonal(b.shape[-1], b.device), -torch.inf).exp()


def start_state(state: Tensor | None, like: Tensor, value_dim: int) -> Tensor:
    """The given state (B, H, K, V), or zeros. like: (B, H, N, C, K)"""
    if state is not None:
        return state.to(like.dtype)
    return like.new_zeros(*like.shape[:2], like.shape[-1], value_dim)


def chunk_linear(
    q: Tensor, k: Tensor, v: Tensor, g: Tensor | None = None, state: Tensor | None = None, chunk: int = CHUNK
) -> tuple[Tensor, Tensor]:
    """S_t = exp(g_t) S_{t-1} + k_t v_t^T, o_t = S_t^T q_t, with one log decay g (B, H, T) a head; None does not decay.

    Linear attention (Katharopoulos et al. 2020, eq. 16-20), RetNet's chunkwise retention (Sun et al. 2023, eq. 7) and
    Mamba-2's SSD (Dao & Gu 2024, sec. 6) are cases of it.
    """
    length = q.shape[2]
    q, k, v = (to_chunks(x, chunk) for x in (q, k, v))  # (B, H, N, C, .)
    inner = q @ k.transpose(-1, -2)  # (B, H, N, C, C)
    if g is None:
        inner = inner.masked_fill(above_diagonal(chunk, q.device), 0)
        update, decay = k.transpose(-1, -2) @ v, None
    else:
        b = to_chunks(g, chunk).cumsum(-1)  # (B, H, N, C)
        inner = inner * pairwise_decay(b)
        q = q * b.exp().unsqueeze(-1)
        update = (k * (b[..., -1:] - b).exp().unsqueeze(-1)).transpose(-1, -2) @ v  # (B, H, N, K, V)
        decay = b[..., -1].exp()[..., None, None]  # (B, H, N, 1, 1)
    before, state = scan_states(start_state(state, q, v.shape[-1]), update, decay)
    return from_chunks(inner @ v + q @ before, length), state


def scan_states(state: Tensor, update: Tensor, decay: Tensor | None) -> tuple[Tensor, Tensor]:
    """S_{n+1} = decay_n S_n + update_n. update (B, H, N, K, V), decay broadcast to it -> states before each chunk, the last."""
    if decay is None:
        after = update.cumsum(2) + state.unsqueeze(2)
        return torch.cat([state.unsqueeze(2), after[:, :, :-1]], 2), after[:, :, -1]
    before = []
    for u, d in zip(update.unbind(2), decay.unbind(2)):
        before.append(state)
        state = torch.addcmul(u, d, state)
    return torch.stack(before, 2), state


def chunk_gla(
    q: Tensor, k: Tensor, v: Tensor, g: Tensor, state: Tensor | None = None, chunk: int = 16
) -> tuple[Tensor, Tensor]:
    """S_t = diag(exp(g_t)) S_{t-1} + k_t v_t^T, o_t = S_t^T q_t, with a log decay g (B, H, T, K) a channel.

    Gated linear attention, chunkwise form (Yang et al. 2024, sec. 4). Within a chunk the decay between two positions is
    split into exp(b_i) and exp(-b_j). Both stay finite in fp32, at most exp(64), because g is clamped to -64 / chunk: a
    channel can lose all but exp(-4) = .018 of itself in one step. (Splitting around the chunk's middle would allow twice
    that, but lets the future show in the rounding.)
    """
    length = q.shape[2]
    q, k, v, g = (to_chunks(x, chunk) for x in (q, k, v, g.clamp_min(-64 / chunk)))
    b = g.cumsum(-2)  # (B, H, N, C, K)
    last, q = b[..., -1:, :], q * b.exp()
    inner = (q @ (k * (-b).exp()).transpose(-1, -2)).masked_fill(above_diagonal(chunk, q.device), 0)
    update = (k * (last - b).exp()).transpose(-1, -2) @ v  # (B, H, N, K, V)
    before, state = scan_states(start_state(state, q, v.shape[-1]), update, last.exp().transpose(-1, -2))
    return from_chunks(inner @ v + q @ before, length), state
