"""The delta rule in chunks, with and without decay: the inner loop of DeltaNet and Gated DeltaNet."""

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from trainer.mixers.chunked import pairwise_decay

CHUNK = 16  # fastest on a CPU for 4096 tokens in 4 heads of 32: chunks of 8, 16, 32, 64 took 15, 12.5, 14.7, 22.6 ms


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
        pairs = torch.ones(chunk, chunk, dtype=wide, device=q.device).tril()  # decay from j to i, 0 for j > i
        gated = ()
        if g is not None:
            b = chunks_first(g.to(wide).unsqueeze(-1), chunk).cumsum(-2)  # (N, B * H, C, 1)
            pairs, grown = pairwise_decay(b.squeeze(-1)), b.exp()  # (N, B * H, C, C)
            gated = q * grown, k * grown, k * (b[..., -1:, :] - b).exp(), grown[..., -1:, :]
        if state is None:
            state = v.new_zeros(batch, heads, k.shape[-1], v.shape[-1])
        o, state = DeltaScan.apply(q, k, v, beta, pairs, state.to(wide).flatten(0, 1), *gated)
    o = o.unflatten(1, (batch, heads)).permute(1, 2, 0, 3, 4).flatten(2, 3)[:, :, :length]
    return o, state.unflatten(0, (batch, heads))


def chunks_first(x: Tensor, chunk: int) -> Tensor:
    """(B, H, T, D) -> (N, B * H, C, D), contiguous, so that the loop over chunks reads whole blocks of memory; padded with
    zeros at the end, which writes nothing to the state."""
    x = F.pad(x, (0, 0, 0, -x.shape[2] % chunk)).unflatten(2, (-1, chunk))
    return x.movedim(2, 0).flatten(1, 2).contiguous()


class DeltaScan(torch.autograd.Function):
    """The loop over chunks, with its gradient by hand: it takes three quarters of the time of what autograd would record, since
    everything of a chunk is done while it lies in the cache.

    For each chunk of (N, B, C, .), from the state S (B, K, V), with A the strictly lower part of beta (k k^T) pairs:
        r = v - k_in S,  (I + A) u = beta r,  o = q_in S + (q k^T pairs) u,  S <- decay S + k_out^T u
    Without decays q_in is q, k_in and k_out are k, and pairs (C, C) is the causal mask.
    """

    @staticmethod
    def forward(ctx, q, k, v, beta, pairs, state, q_in=None, k_in=None, k_out=None, decay=None):
        chunk = k.shape[-2]
        eye = torch.eye(chunk, dtype=k.dtype, device=k.device)
        strict = 1 - eye  # pairs is lower triangular already
        states = v.new_empty(v.shape[0] + 1, *state.shape)  # before each chunk, and the last
        states[0] = state
        r, u, o = torch.empty_like(v), torch.empty_like(v), torch.empty_like(v)
        inner, gram, inverse = (k.new_empty(*k.shape[:2], chunk, chunk) for _ in range(3))
        for n in range(v.shape[0]):
            s, p = states[n], pairs if decay is None else pairs[n]
            torch.mul(q[n] @ k[n].mT, p, out=inner[n])
            torch.mul(k[n] @ k[n].mT, p * strict, out=gram[n])
            system = gram[n] * beta[n]
            inverse[n] = torch.linalg.solve_triangular(system, eye.expand_as(system), upper=False, unitriangular=True)
            torch.baddbmm(v[n], (k if decay is None else k_in)[n], s, alpha=-1, out=r[n])
            torch.bmm(inverse[n], r[n] * beta[n], out=u[n])
            torch.bmm((q if decay is None else q_in)[n], s, out=o[n]).baddbmm_(inner[n], u[n])
            faded, written = (s, k[n]) if decay is None else (s * decay[n], k_out[n])
            torch.baddbmm(faded, written.mT, u[n], out=states[n + 1])
        ctx.save_for_backward(q, k, beta, pairs, states, r, u, inner, gram, inverse, q_in, k_in, k_out, decay)
        return o, states[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx, do, ds):
        q, k, beta, pairs, states, r, u, inner, gram, inverse, q_in, k_in, k_out, decay = ctx.saved_tensors
        gated = decay is not None
        strict = 1 - torch.eye(k.shape[-2], dtype=k.dtype, device=k.device)
        dq, dk, dv, dbeta = (torch.empty_like(x) for x in (q, k, u, beta))
        dpairs, dq_in, dk_in, dk_out, ddecay = (
            torch.empty_like(x) if gated else None for x in (pairs, q_in, k_in, k_out, decay)
        )
        do = do.contiguous()
        for n in reversed(range(u.shape[0])):
            s, g, w, p = states[n], do[n], u[n], pairs[n] if gated else pairs
            reads, erases, writes = (q_in[n], k_in[n], k_out[n]) if gated else (q[n], k[n], k[n])
            du = torch.bmm(inner[n].mT, g).baddbmm_(writes, ds)
            dx = inverse[n].mT @ du  # x = beta r
            dr = torch.mul(dx, beta[n], out=dv[n])
            dinner, dsystem = g @ w.mT, -(dx @ w.mT)
            dbeta[n] = (dx * r[n]).sum(-1, keepdim=True) + (dsystem * gram[n]).sum(-1, keepdim=True)
            dgram = dsystem.mul_(beta[n])
            if gated:
                dpairs[n] = dinner * (q[n] @ k[n].mT) + dgram * (k[n] @ k[n].mT) * strict
            dqk, dkk = dinner * p, dgram * (p * strict)
            torch.bmm(dqk, k[n], out=dq[n])
            torch.bmm(dqk.mT, q[n], out=dk[n]).baddbmm_(dkk + dkk.mT, k[n])
            if gated:
                torch.bmm(g, s.mT, out=dq_in[n])
                torch.bmm(dr, s.mT, out=dk_in[n]).neg_()
                torch.bmm(w, ds.mT, out=dk_out[n])
                ddecay[n] = (ds * s).sum((-1, -2), keepdim=True)
                ds = ds * decay[n]
            else:
                dq[n].baddbmm_(g, s.mT)
                dk[n].baddbmm_(dr, s.mT, alpha=-1).baddbmm_(w, ds.mT)
            ds = torch.baddbmm(ds, erases.mT, dr, alpha=-1).baddbmm_(reads.mT, g)
        return dq, dk, dv, dbeta, dpairs, ds, dq_in, dk_in, dk_out, ddecay
