"""Compares the grammar's library with naive loops over time: python naive.py library.py > report.json

Input: Python source with all helpers. Output: {name: largest difference relative to the largest value}, in fp64.
"""

import json
import sys

import torch
import torch.nn.functional as F

B, T, H, E, D = 2, 75, 2, 4, 8  # T is no multiple of a chunk


def recurrent(q, k, v, log_decay=None, beta=None):
    """One step at a time. log_decay: (B, H, T) or (B, H, T, E) for the keys' channels; beta: (B, H, T, 1), delta rule."""
    state, out = torch.zeros(B, H, E, E, dtype=q.dtype), []
    for t in range(T):
        if log_decay is not None:
            a = log_decay[:, :, t].exp()
            state = state * (a[..., None] if a.dim() == 3 else a[..., None, None])
        kt, vt = k[:, :, t, :, None], v[:, :, t, None, :]
        state = state + kt @ (vt if beta is None else beta[:, :, t, :, None] * (vt - kt.mT @ state))
        out.append((q[:, :, t, None, :] @ state).squeeze(2))
    return torch.stack(out, 2)


def main():
    lib = {}
    with open(sys.argv[1]) as f:
        exec(compile(f.read(), "library.py", "exec"), lib)  # noqa: S102 programs of our own grammar
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    q, k, v = torch.randn(3, B, H, T, E)
    unit = F.normalize(k, dim=-1)
    head_decay = -torch.rand(B, H, T) * 3
    channel_decay = -torch.rand(B, H, T, E)
    beta = 2 * torch.rand(B, H, T, 1)
    x, a = torch.randn(B, T, D), torch.rand(B, T, D)
    report = {}

    def compare(name, got, want):
        report[name] = ((got - want).abs().max() / want.abs().max()).item()

    compare("linear_attention", lib["linear_attention"](q, k, v), recurrent(q, k, v))
    compare(
        "decayed_linear_attention",
        lib["decayed_linear_attention"](q, k, v, head_decay),
        recurrent(q, k, v, head_decay),
    )
    compare(
        "gated_linear_attention",
        lib["gated_linear_attention"](q, k, v, channel_decay),
        recurrent(q, k, v, channel_decay),
    )
    compare("delta_rule", lib["delta_rule"](q, unit, v, beta), recurrent(q, unit, v, beta=beta))
    compare(
        "gated_delta_rule",
        lib["gated_delta_rule"](q, unit, v, beta, head_decay),
        recurrent(q, unit, v, head_decay, beta),
    )

    h, want = torch.zeros(B, D), []
    for t in range(T):
        h = a[:, t] * h + x[:, t]
        want.append(h)
    compare("linear_scan", lib["linear_scan"](a, x), torch.stack(want, 1))
    compare("cummean", lib["cummean"](x), torch.stack([x[:, : t + 1].mean(1) for t in range(T)], 1))

    conv = lib["ShortConv"](D, 3, dilation=2)
    want = torch.zeros_like(x)
    for t in range(T):
        for j in range(3):
            s = t - (2 - j) * 2
            want[:, t] += conv.weight[j].detach() * x[:, s] if s >= 0 else 0
    compare("ShortConv", conv(x).detach(), want)

    long = lib["LongConv"](D, 4)
    t = torch.arange(T)[:, None, None]
    kernel = (long.weight * torch.exp(-long.log_rate.exp() * t) * torch.cos(long.freq * t)).sum(-1)  # (T, D)
    want = torch.stack([(kernel[: t + 1].flip(0) * x[:, : t + 1]).sum(1) for t in range(T)], 1)
    compare("LongConv", long(x).detach(), want.detach())

    window = lib["WindowAttention"](H, 8)
    distance = torch.arange(T)[:, None] - torch.arange(T)
    allowed = (distance >= 0) & (distance < 8)
    scores = q @ k.mT * E**-0.5 + window.bias[:, distance.clamp(0, 7)]
    want = scores.masked_fill(~allowed, float("-inf")).softmax(-1) @ v
    compare("WindowAttention", window(q, k, v).detach(), want.detach())

    shift = lib["TokenShift"](D, 2)
    past = torch.cat((torch.zeros(B, 2, D), x[:, :-2]), 1)
    compare("TokenShift", shift(x).detach(), (x + shift.mix * (past - x)).detach())

    heads = lib["HeadLinear"](D, H)
    blocks = torch.block_diag(*heads.weight.detach())
    compare("HeadLinear", heads(x).detach(), x @ blocks)
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main()
