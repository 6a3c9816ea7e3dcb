"""Gates: mechanical checks of a mixer before it is trained. Each measures something and says what.

`run_gates` runs them in process; `python -m trainer.gates FILE.py --protocol PROTOCOL.json` prints them as a table. The
candidate's code runs here, so the caller isolates the process and limits its time. The gates save a training that would be
wasted and tell an honest author what is wrong; what a hostile candidate gains by deceiving them, the scorer's own probes
take away.
"""

import os
import time
from dataclasses import replace

from trainer.gates import cost, leaks, numeric
from trainer.gates.exact import Exact, Settings, seeded
from trainer.gates.fingerprint import fingerprint
from trainer.gates.verdict import explain, verdict
from trainer.load import CandidateError, load_mixer_class
from trainer.mixers import REFERENCE
from trainer.model import Backbone, count_parameters, mixer_parameters

VOCAB = 256  # bytes
LONGEST = 4096  # longest sequence that the comparisons run
LONG = 1024  # length of the stress test for values and gradients
LONG_BYTES = cost.MOVED_BYTES / 4  # a forward pass of it moves at most this much a channel, else it is shorter


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
    began, base = time.perf_counter(), resident_bytes() + cost.LOADED_LATER if device == "cpu" else 0.0
    result = {"ok": False, "gates": [], "params": 0, "mixerParams": 0, "flopsPerToken": 0.0, "fingerprint": None}
    cls = None

    def attempt(name, gate, *cases):
        """Runs `gate` on each case and records one verdict of each name, the first that failed or else the first; an
        exception is a failed verdict. Returns the gate's further results for the first case."""
        outcomes = []
        for case in cases:
            try:
                found = gate(case)
            except Exception as error:  # noqa: BLE001 a candidate may raise anything
                detail, kind = explain(error, cls)
                found = verdict(name, False, f"It could not be measured: {detail}", kind=kind)
            verdicts, rest = found if isinstance(found, tuple) else (found, None)
            outcomes.append((verdicts if isinstance(verdicts, list) else [verdicts], rest))
        merged = {}
        for verdicts, _ in outcomes:
            for v in verdicts:
                if v["name"] not in merged or (merged[v["name"]]["ok"] and not v["ok"]):
                    merged[v["name"]] = v
        for v in merged.values():
            result["gates"].append(v)
            emit(v)
        return outcomes[0][1]

    def finish():
        result["ok"] = all(v["ok"] for v in result["gates"])
        result["seconds"] = time.perf_counter() - began
        return result

    model, tasks, limits = protocol["model"], protocol["tasks"], protocol["limits"]
    used = sorted({min(t["seqLen"], LONGEST) for t in tasks.values()})
    lengths = sorted({7, 37, *used, min(2 * used[-1] + 1, LONGEST + 1)})
    try:
        cls = (
            load_mixer_class(mixer_path_or_cls)
            if isinstance(mixer_path_or_cls, str | os.PathLike)
            else mixer_path_or_cls
        )
    except CandidateError as error:
        attempt("interface", lambda e: verdict("interface", False, explain(e, None)[0], kind=e.kind), error)
        return finish()
    first = Settings(cls, model["hiddenSize"], model["numHeads"], device, dict(mixer_kwargs or {}))
    others = {1, model["numLayers"] - 1} & set(range(1, model["numLayers"]))
    layers = [first, *(replace(first, layer_idx=i) for i in sorted(others))]
    attempt("interface", lambda s: numeric.interface(s, [37, *used]), *layers)
    if not result["gates"][0]["ok"]:
        return finish()

    exacts, names = {}, {}

    def exact(s):
        if s.layer_idx not in exacts:
            exacts[s.layer_idx] = Exact(s)
        return exacts[s.layer_idx]

    # A mixer may depend on its place in the model: layers that compute something of their own are gated too.
    for s in layers:
        try:
            names[s.layer_idx] = fingerprint(exact(s))
        except Exception:  # noqa: BLE001 whatever this is, a gate below says what is wrong
            names[s.layer_idx] = None
    result["fingerprint"] = names[0]
    layers = [s for s in layers if s is first or names[s.layer_idx] is None or names[s.layer_idx] != names[0]]
    baseline = Settings(REFERENCE[protocol["baseline"]["mixer"]], first.hidden_size, first.num_heads, device, {})
    flops = attempt("parameters", lambda s: cost.against_baseline(s, baseline, used[-1], limits), *layers)
    heavy = any(v["name"] == "flops" and not v["ok"] for v in result["gates"])
    counts = attempt("scaling", lambda s: cost.scaling(s, cost.HEAVY if heavy else cost.SIZES[-1]), *layers) or {}
    result["flopsPerToken"] = flops or 0.0
    attempt("memory", lambda s: measure_model(s, protocol, base, result), first)
    long = max(
        (n for n, c in counts.items() if n <= LONG and c.bytes <= LONG_BYTES * first.hidden_size), default=used[-1]
    )
    attempt("finite", lambda s: numeric.numbers(s, sorted({used[-1], long})), *layers)

    attempt("causality", lambda s: leaks.causality(exact(s), Exact(s, as_trained=True), lengths), *layers)
    attempt("prefix", lambda s: leaks.prefix(exact(s), lengths), *layers)
    attempt("batch", lambda s: leaks.batch(exact(s), used[-1]), *layers)
    attempt("determinism", lambda s: leaks.determinism(exact(s), used[0]), *layers)
    return finish()


def measure_model(settings: Settings, protocol: dict, base: float, result: dict) -> dict:
    """The `memory` verdict, measured on the whole model; its parameter counts go into `result`."""
    m, cls = protocol["model"], settings.cls
    with seeded(0):
        model = Backbone(
            cls, m["hiddenSize"], m["numHeads"], m["numLayers"], m["mlpRatio"], VOCAB, VOCAB, settings.kwargs
        )
    model = model.to(settings.device)
    result["params"], result["mixerParams"] = count_parameters(model), mixer_parameters(model)
    return cost.memory(model, VOCAB, protocol["tasks"], settings.device, base, protocol["limits"]["memoryMB"])


def resident_bytes() -> float:
    """Memory this process holds now; 0 where the system does not say."""
    try:
        with open("/proc/self/statm") as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0.0
