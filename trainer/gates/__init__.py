"""Gates: mechanical checks of a mixer before it is trained. Each measures something and says what.

`run_gates` runs them in process; `python -m trainer.gates FILE.py --protocol PROTOCOL.json` prints them as a table. The
candidate's code runs here, so the caller isolates the process and limits its time. The gates save a training that would be
wasted and tell an honest author what is wrong; what a hostile candidate gains by deceiving them, the scorer's own probes
take away.
"""

import os
import time
import traceback

import torch

from trainer.gates import cost, leaks, numeric
from trainer.gates.exact import Exact, Settings, seeded
from trainer.gates.fingerprint import fingerprint
from trainer.gates.verdict import verdict
from trainer.load import CandidateError, load_mixer_class
from trainer.mixers import REFERENCE
from trainer.model import Backbone

VOCAB = 256  # bytes
LONGEST = 4096  # longest sequence that the comparisons run
LONG = 1024  # length of the stress test for values and gradients
LONG_BYTES = 2**30  # it moves at most this much in a forward pass, else it runs at a shorter length


def run_gates(
    mixer_path_or_cls, protocol: dict, device: str = "cpu", mixer_kwargs: dict | None = None, emit=lambda v: None
):
    """Runs every gate of one mixer under `protocol` and returns what was measured.

    `mixer_path_or_cls` is a file with a class `Mixer` or `DeltaNet`, or the class itself; `emit` gets each verdict as it is
    reached (the dict of GateVerdict in src/shared/job.ts). Returns {ok, gates, params, mixerParams, flopsPerToken,
    fingerprint, seconds}: parameters of the whole model and of its mixers alone, forward FLOPs a token of one mixer. A
    mixer that breaks the interface is not measured further; otherwise all gates run and all are reported. A candidate's
    exceptions become verdicts, never the caller's.
    """
    began, base = time.perf_counter(), resident_bytes() if device == "cpu" else 0.0
    result = {"ok": False, "gates": [], "params": 0, "mixerParams": 0, "flopsPerToken": 0.0, "fingerprint": None}
    path = mixer_path_or_cls if isinstance(mixer_path_or_cls, (str, os.PathLike)) else None

    def attempt(name, gate, *args):
        """The gate's verdicts, or one that holds the exception it ended with; and its further results."""
        try:
            found = gate(*args)
        except Exception as error:  # whatever a candidate raises
            found = raised(name, error, path)
        verdicts, rest = found if isinstance(found, tuple) else (found, None)
        for v in verdicts if isinstance(verdicts, list) else [verdicts]:
            result["gates"].append(v)
            emit(v)
        return rest

    def finish():
        result["ok"] = all(v["ok"] for v in result["gates"])
        result["seconds"] = time.perf_counter() - began
        return result

    size, heads = protocol["model"]["hiddenSize"], protocol["model"]["numHeads"]
    tasks, limits = protocol["tasks"], protocol["limits"]
    used = sorted({min(t["seqLen"], LONGEST) for t in tasks.values()})
    lengths = sorted({7, 37, *used, min(2 * used[-1] + 1, LONGEST + 1)})
    try:
        cls = load_mixer_class(path) if path is not None else mixer_path_or_cls
    except Exception as error:
        attempt("interface", lambda: raised("interface", error, path))
        return finish()
    settings = Settings(cls, size, heads, device, dict(mixer_kwargs or {}))
    attempt("interface", numeric.interface, settings, [37, *used])
    if not result["gates"][0]["ok"]:
        return finish()

    counts = attempt("scaling", cost.scaling, settings)
    baseline = Settings(REFERENCE[protocol["baseline"]["mixer"]], size, heads, device, {})
    flops = attempt("parameters", cost.against_baseline, settings, baseline, used[-1], limits)
    result["flopsPerToken"] = flops or 0.0
    attempt("memory", measure_model, cls, protocol, device, settings.kwargs, base, result)
    long = max((n for n, c in (counts or {}).items() if n <= LONG and c.bytes <= LONG_BYTES), default=used[-1])
    attempt("finite", numeric.numbers, settings, sorted({used[-1], long}))

    exact = []
    attempt("causality", lambda: exact.append(Exact(settings)) or [])
    if exact:
        attempt("causality", leaks.causality, exact[0], lengths)
        attempt("prefix", leaks.prefix, exact[0], lengths)
        attempt("batch", leaks.batch, exact[0], used[-1])
        attempt("determinism", leaks.determinism, exact[0], used[0])
        try:
            result["fingerprint"] = fingerprint(exact[0])
        except Exception:  # a fingerprint only saves a training; a gate has said what is wrong
            result["fingerprint"] = None
    return finish()


def measure_model(cls, protocol: dict, device: str, mixer_kwargs: dict, base: float, result: dict) -> dict:
    """The `memory` verdict, measured on the whole model; its parameter counts go into `result`."""
    m = protocol["model"]
    with seeded(0):
        model = Backbone(cls, m["hiddenSize"], m["numHeads"], m["numLayers"], m["mlpRatio"], VOCAB, VOCAB, mixer_kwargs)
    model = model.to(device)
    result["params"] = sum(p.numel() for p in model.parameters())
    result["mixerParams"] = sum(cost.mixer_parameters(x) for x in model.modules() if type(x) is cls)
    return cost.memory(model, VOCAB, protocol["tasks"], device, base, protocol["limits"]["memoryMB"])


def raised(name: str, error: Exception, path) -> dict:
    """The verdict of a gate that could not be measured because the candidate raised `error`."""
    if isinstance(error, CandidateError):
        return verdict(name, False, f"{error.message} {error.detail}".strip(), kind=error.kind)
    kind = "interface"
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error):
        kind = "memory"
    elif isinstance(error, torch.linalg.LinAlgError):
        kind = "numerical"
    frames = [
        f
        for f in traceback.extract_tb(error.__traceback__)
        if path and os.path.realpath(path) == os.path.realpath(f.filename)
    ]
    where = f" (line {frames[-1].lineno}: {frames[-1].line})" if frames else ""
    return verdict(name, False, f"{type(error).__name__}: {error}{where}", kind=kind)


def resident_bytes() -> float:
    """Memory this process holds now; 0 where the system does not say."""
    try:
        with open("/proc/self/statm") as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0.0
