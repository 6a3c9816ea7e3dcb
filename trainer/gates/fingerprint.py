"""A name for the function a mixer computes, so that the same program under other names is trained once."""

import hashlib
import math

import torch

from trainer.gates.exact import Exact, draw

DIGITS = 6


def fingerprint(exact: Exact) -> str | None:
    """Hash of the mixer's parameter shapes and of its output under fixed parameters and input, in eval mode.

    Parameters are filled by order and shape alone and restored afterwards, so names, comments and the initialisation do not
    matter; the output is rounded to 6 digits of its largest value, so the order of a sum does not matter either. Limits:
    the same function with its parameters registered in another order, split or transposed hashes differently, and so does one
    whose random buffers are drawn after parameters of another initialisation; functions that differ only in train mode,
    beyond T = 45, or by less than 1e-6 hash alike. None where the output is not finite, or fp64 is not available.
    """
    if exact.precision != torch.float64:
        return None
    mixer, state = exact.modules[True], exact.states[True]
    parameters = list(mixer.parameters())
    kept = [p.detach().clone() for p in parameters]
    x = exact.draw(2, 45, seed=11)
    try:
        with torch.no_grad():
            for i, p in enumerate(parameters):
                scale = 1 / math.sqrt(p.shape[-1]) if p.dim() > 1 else 0.5
                p.copy_(draw(*p.shape, seed=100 + i, device=exact.device, scale=scale))
        y = exact(x, noise=True)
    finally:
        with torch.no_grad():
            for p, value in zip(parameters, kept):
                p.copy_(value)
        state.restore()
    size = float(y.abs().max())
    if not math.isfinite(size):
        return None
    codes = (y / max(size, 1e-300) * 10**DIGITS).round().to(torch.int64).cpu()
    shapes = repr([tuple(p.shape) for p in parameters])
    digest = hashlib.sha256(f"{shapes} {size:.{DIGITS - 1}e}".encode())
    digest.update(codes.numpy().tobytes())
    return digest.hexdigest()[:32]
