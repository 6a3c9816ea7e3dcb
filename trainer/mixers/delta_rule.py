"""The delta rule in chunks, with and without decay: the inner loop of DeltaNet and Gated DeltaNet."""

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from trainer.mixers.chunked import pairwise_decay

CHUNK = 16  # fastest for heads of 32 on a CPU: 16, 32 and 64 measured 14, 18 and 27 ms (see trainer/bench.py)


def chunk_delta_rule(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    beta: Tensor,
    g: Tensor | None = None,
    state: Tensor | None = None,
    chunk: int = CHUNK,
) -> tuple[Tensor, Tensor]:
    """S_t = exp(g_t) (I - beta_t k_t k_t^T) S_{t-1} + beta_t k_t v_t^T, o_t = S_t^T q_t.

    q, k (B, H, T, K), v (B, H, T, V), beta and the log decay g <= 0 (B, H, T), state (B, H, K, V) or None for zeros ->
    o (B, H, T, V) and the last state, in v's type; computed in fp32 at least. Any T; the chunk never depends on it.

    DeltaNet in the WY form (Yang et al. 2024, "Parallelizing linear transformers with the delta rule", eq. 8-11); with g,
    Gated DeltaNet (Yang et al. 2025, sec. 3.3). Within a chunk that starts from S the written values u solve
    (I + A) u = beta (v - exp(b) k S) with A the strictly lower part of beta (k k^T) exp(b_i - b_j), b = cumsum(g).
    """
    batch, heads, length = q.shape[:3]
    wide = torch.promote_types(torch.promote_types(q.dtype, v.dtype), torch.float32)
    with torch.autocast(q.device.type, enabled=False):
        q, k, v, beta = (chunks_first(x.to(wide), chunk) for x in (q, k, v, beta.unsqueeze(-1)))  # (N, B * H, C, .)
        inner, system = (q @ k.mT).tril(), (k @ k.mT * beta).tril(-1)  # (N, B * H, C, C)
        k_in = k_out = k
        decay = None
        if g is not None:
            b = chunks_first(g.to(wide).unsqueeze(-1), chunk).cumsum(-2)  # (N, B * H, C, 1)
            pairs, grown = pairwise_decay(b.squeeze(-1)), b.exp()
            inner, system = inner * pairs, system * pairs
            q, k_in, k_out = q * grown, k * grown, k * (b[..., -1:, :] - b).exp()
            decay = grown[..., -1:, :]  # (N, B * H, 1, 1)
        if state is None:
            state = v.new_zeros(batch, heads, k.shape[-1], v.shape[-1])
        o, state = DeltaScan.apply(q, k_in, k_out, v, beta, inner, system, decay, state.to(wide).flatten(0, 1))
    o = o.unflatten(1, (batch, heads)).permute(1, 2, 0, 3, 4).flatten(2, 3)[:, :, :length]
    return o, state.unflatten(0, (batch, heads))


def chunks_first(x: Tensor, chunk: int) -> Tensor:
    """(B, H, T, D) -> (N, B * H, C, D), contiguous, so that the loop over chunks reads whole blocks of memory; padded with
    zeros at the end, which writes nothing to the state."""
    x = F.pad(x, (0, 0, 0, -x.shape[2] % chunk)).unflatten(2, (-1, chunk))
    return x.movedim(2, 0).flatten(1, 2).contiguous()


class DeltaScan(torch.autograd.Function):
    """The loop over chunks, with its gradient by hand: what autograd would record takes 1.3 times as long.

    For each chunk n of (N, B, C, .), from the state S (B, K, V):
        r = v - k_in S,  (I + system) u = beta r,  o = q S + inner u,  S <- decay S + k_out^T u
    """

    @staticmethod
    def forward(ctx, q, k_in, k_out, v, beta, inner, system, decay, state):
        eye = torch.eye(system.shape[-1], dtype=v.dtype, device=v.device).expand_as(system)
        inverse = torch.linalg.solve_triangular(system, eye, upper=False, unitriangular=True)
        states = v.new_empty(v.shape[0] + 1, *state.shape)  # before each chunk, and the last
        states[0] = state
        r, u = torch.empty_like(v), torch.empty_like(v)
        s = states.unbind(0)
        for n in range(v.shape[0]):
            torch.baddbmm(v[n], k_in[n], s[n], alpha=-1, out=r[n])
            torch.bmm(inverse[n], r[n] * beta[n], out=u[n])
            torch.baddbmm(s[n] if decay is None else s[n] * decay[n], k_out[n].mT, u[n], out=s[n + 1])
        ctx.save_for_backward(q, k_in, k_out, beta, inner, inverse, r, u, states, decay)
        return inner @ u + q @ states[:-1], states[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx, do, ds):
        q, k_in, k_out, beta, inner, inverse, r, u, states, decay = ctx.saved_tensors
        do = do.contiguous()
        du = inner.mT @ do
        dr, dx = torch.empty_like(u), torch.empty_like(u)  # x = beta r
        dstates = torch.empty_like(states)  # after each chunk, and before the first
        torch.matmul(q.mT, do, out=dstates[:-1])
        dstates[-1] = ds
        d = dstates.unbind(0)
        for n in reversed(range(u.shape[0])):
            torch.bmm(inverse[n].mT, du[n].baddbmm_(k_out[n], d[n + 1]), out=dx[n])
            torch.mul(dx[n], beta[n], out=dr[n])
            d[n].baddbmm_(k_in[n].mT, dr[n], alpha=-1).add_(d[n + 1] if decay is None else d[n + 1] * decay[n])
        before, after = states[:-1], dstates[1:]
        ddecay = None if decay is None else (after * before).sum((-1, -2), keepdim=True)
        dq, dk_in, dk_out = do @ before.mT, -(dr @ before.mT), u @ after.mT
        dbeta = (dx * r).sum(-1, keepdim=True)
        return dq, dk_in, dk_out, dr, dbeta, do @ u.mT, -(dx @ u.mT), ddecay, d[0]
