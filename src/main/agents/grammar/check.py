"""Runs programs of the grammar and reports what was measured: python check.py programs.json > report.json

Input: {"dims": {"d": 64, "heads": 2}, "programs": [{"name": ..., "code": ...}]}. Output: one object a program, in order,
{"name", "error"} or the measurements below, all relative. The thresholds are the test's (grammar.test.ts).
"""

import json
import sys

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class CountOps(TorchDispatchMode):
    """Counts dispatched operations: a Python loop over time shows as many a token."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += 1
        return func(*args, **(kwargs or {}))


def relative(a, b):
    """Largest difference in units of the largest value."""
    return ((a - b).abs().max() / b.abs().max().clamp_min(1e-30)).item()


def load(code, d, heads):
    space = {}
    exec(compile(code, "mixer.py", "exec"), space)  # noqa: S102 programs of our own grammar
    torch.manual_seed(0)
    return space["Mixer"](hidden_size=d, num_heads=heads, layer_idx=0)


def check(code, d, heads):
    mixer = load(code, d, heads)
    params = sum(p.numel() for p in mixer.parameters())
    report = {"params": params}

    x = torch.randn(2, 96, d, requires_grad=True)
    out, attentions, cache = mixer(x)
    assert out.shape == x.shape and attentions is None and cache is None
    out.square().sum().backward()
    missing = [n for n, p in mixer.named_parameters() if p.grad is None]
    assert not missing, f"no gradient reaches {missing}"
    finite = [out.isfinite().all(), *(p.grad.isfinite().all() for p in (x, *mixer.parameters()))]
    with torch.no_grad():
        finite.append(mixer(1e4 * x)[0].isfinite().all())
        finite.append(mixer(torch.zeros_like(x))[0].isfinite().all())
    report["finite"] = bool(torch.stack(finite).all())

    mixer = mixer.double()
    with torch.no_grad():
        for p in mixer.parameters():
            p.add_(0.1 * torch.randn_like(p))  # opens whatever starts closed
        leak = prefix = batch = 0.0
        for T in (1, 2, 65, 101):
            x = torch.randn(2, T, d, dtype=torch.float64)
            y = mixer(x)[0]
            assert y.shape == x.shape and y.isfinite().all()
            assert torch.equal(mixer(x)[0], y), "two calls differ"
            batch = max(batch, relative(mixer(x[:1])[0], y[:1]))
            for t in {1, T // 2, T - 1} - {0, T}:
                other = x.clone()
                other[:, t:] = torch.randn_like(other[:, t:])
                leak = max(leak, relative(mixer(other)[0][:, :t], y[:, :t]))
                prefix = max(prefix, relative(mixer(x[:, :t])[0], y[:, :t]))
        far = x.clone()
        far[:, 0] += 1.0
        report.update(leak=leak, prefix=prefix, batch=batch, mixes=relative(mixer(far)[0][:, 1:], y[:, 1:]))

    mixer = mixer.float()
    x = torch.randn(1, 512, d)
    with torch.no_grad(), CountOps() as ops:
        mixer(x)
    report["opsPerToken"] = ops.count / 512
    return report


def main():
    torch.set_num_threads(1)
    with open(sys.argv[1]) as f:
        job = json.load(f)
    reports = []
    for program in job["programs"]:
        try:
            report = check(program["code"], job["dims"]["d"], job["dims"]["heads"])
        except Exception as error:  # noqa: BLE001 reported, whatever it is
            report = {"error": f"{type(error).__name__}: {error}"}
        reports.append({"name": program["name"], **report})
    json.dump(reports, sys.stdout)


if __name__ == "__main__":
    main()
