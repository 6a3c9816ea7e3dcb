"""Says what an interpreter can do, as one line of JSON. Run by path, isolated (-I), as the sandbox will run it.

usage: python -I check.py base      version and the means to make an environment
       python -I check.py list      the same, and which torch is installed, without importing it
       python -I check.py imports   import everything that the trainer needs
       python -I check.py verify    and train one step of a matmul on the device that will train
"""

import json
import os
import sys


def base():
    import importlib.util

    return {
        "version": ".".join(map(str, sys.version_info[:3])),
        "executable": getattr(sys, "_base_executable", None) or sys.executable,
        "platform": sys.platform,
        "machine": os.uname().machine if hasattr(os, "uname") else os.environ.get("PROCESSOR_ARCHITECTURE", ""),
        "venv": importlib.util.find_spec("venv") is not None,
        "ensurepip": importlib.util.find_spec("ensurepip") is not None,
    }


def installed():
    from importlib import metadata

    try:
        torch = metadata.version("torch")
    except metadata.PackageNotFoundError:
        torch = None
    return dict(base(), torch=torch, prefix=sys.prefix)


def imports():
    import importlib
    import sysconfig

    versions, missing = {}, {}
    for name in ("torch", "numpy", "safetensors", "einops"):
        try:
            versions[name] = importlib.import_module(name).__version__
        except Exception as e:  # noqa: BLE001 (a broken binary raises more than ImportError)
            missing[name] = f"{type(e).__name__}: {e}"
    out = dict(base(), versions=versions, missing=missing, cuda=False, site=sysconfig.get_paths()["platlib"])
    if "torch" in versions:
        out["cuda"] = bool(sys.modules["torch"].cuda.is_available())
    return out


def verify():
    out = imports()
    if out["missing"]:
        return out
    import torch
    from safetensors.torch import load, save

    device = "cuda" if out["cuda"] and os.environ.get("CAMBRIAN_DEVICE") != "cpu" else "cpu"
    torch.manual_seed(0)
    x = torch.randn(64, 32, device=device)
    w = torch.randn(32, 16, device=device, requires_grad=True)
    (x @ w).square().mean().backward()
    want = 2 * x.T @ (x @ w.detach()) / (64 * 16)  # d/dw mean((x w)^2)
    error = (w.grad - want).abs().max().item()
    assert error < 1e-3, f"the gradient of a matmul is off by {error:g} on {device}"
    assert torch.equal(load(save({"w": w.detach().cpu()}))["w"], w.detach().cpu()), "safetensors lost a tensor"
    return dict(out, device=device)


if __name__ == "__main__":
    print(json.dumps({"base": base, "list": installed, "imports": imports, "verify": verify}[sys.argv[1]]()))
