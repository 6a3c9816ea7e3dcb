"""The sandboxed process: one candidate's whole way, so that torch is imported once (src/shared/job.ts).

    python -m trainer.worker --in DIR --out DIR --data DIR

import -> construct -> gates -> `gated` -> wait for in/go -> train every run -> `trained` -> wait for in/heldout.json
-> infer every run -> `inferred` -> exit 0. A failure writes an `error` event and exits 1; in/stop ends it with a checkpoint
and exit 75. Metrics never come from here: the terminal is for people, the events for curves.
"""

import argparse
import errno
import json
import os
import sys
import time
import traceback
from pathlib import Path

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS is deterministic only with it

import torch
from safetensors.torch import load_file

from trainer.events import Events
from trainer.infer import infer
from trainer.load import CandidateError, load_mixer_class
from trainer.model import count_parameters, load_full_state, mixer_parameters
from trainer.protocol import make_model, run_id
from trainer.tasks import make_task
from trainer.train import Settings, Stopped, candidate_code, checkpoint_step, train

STOPPED = 75  # exit status after in/stop (EX_TEMPFAIL: try again later)
POLL = 0.05  # seconds


class Terminal:
    """Events, and beside them a line a second for whoever watches."""

    def __init__(self, events: Events, job: str):
        self.events, self.job, self.told, self.until = events, job[:20], 0.0, {}
        self.sync = events.sync

    def __call__(self, type: str, **fields):
        self.events(type, **fields)
        if type == "run_started":
            self.until[fields["run"]] = fields["until"]
        elif type == "step":
            now, last = time.perf_counter(), fields["step"] == self.until.get(fields["run"])
            if last or now - self.told > 1:
                self.told = now
                aux = "" if fields["aux"] is None else f"  aux {fields['aux']:8.4f}"
                self.say(
                    f"{fields['run']:<12} step {fields['step']:>5}/{self.until[fields['run']]:<5} "
                    f"loss {fields['loss']:8.4f}{aux}  {fields['tokensPerSecond'] / 1000:7.1f} ktok/s"
                )
        elif type == "gate":
            gate = fields["gate"]
            mark = "warn" if gate["warning"] else "ok" if gate["ok"] else "FAIL"
            self.say(f"gate {gate['name']:<18} {mark}" + ("" if gate["ok"] else f"  {gate['detail'][:160]}"))
        elif type == "gated":
            self.say(f"gates {'passed' if fields['ok'] else 'FAILED'}: {fields['params']:,} parameters")
        elif type == "error":
            failure = fields["failure"]
            self.say(f"FAILED ({failure['kind']}): {failure['message']}")

    def say(self, text: str):
        print(f"{self.job:<20} {text}", flush=True)


def work(inn: Path, out: Path, data: Path) -> int:
    spec = json.loads((inn / "spec.json").read_text())
    emit = Terminal(Events(out / "events.jsonl"), spec["job"])
    run = None
    try:
        for run in steps(spec, inn, out, data, emit):
            pass
        return 0
    except Stopped:
        emit.say("stopped; it can be resumed from its checkpoints")
        return STOPPED
    except Rejected as rejected:
        emit("error", failure=rejected.failure, run=None)
    except KeyboardInterrupt:
        return STOPPED
    except BaseException as error:  # noqa: BLE001 a candidate may raise anything, exit() included
        emit("error", failure=failure_of(error), run=run)
    emit.sync()
    return 1


def steps(spec: dict, inn: Path, out: Path, data: Path, emit: Terminal):
    """The way of the candidate; yields the id of each run as it begins, None between runs."""
    protocol, device = spec["protocol"], spec["device"]
    torch.set_num_threads(spec["threads"])
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # costs time, and our code reads no such memory
    emit("started", torch=torch.__version__, device=device, threads=spec["threads"])
    if device == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("The job asks for a GPU, and torch sees none inside the sandbox.")
    stop, parent = inn / "stop", os.getppid()

    def wait_for(path: Path):
        while not path.exists():
            if stop.exists() or os.getppid() != parent:
                raise Stopped(path.name)
            time.sleep(POLL)

    kwargs = spec.get("mixerKwargs", {})
    if spec["gates"]:
        gate(spec, inn, kwargs, emit)
    cls = load_mixer_class(inn / "mixer.py")
    texts = {t: load_text(data) for t, k in protocol["tasks"].items() if k["kind"] == "lm"}
    tasks = {t: make_task(k, texts.get(t)) for t, k in protocol["tasks"].items()}
    if not spec["gates"]:
        construct(spec, cls, kwargs, next(iter(tasks.values())), emit)
    if spec["waitForGo"]:
        wait_for(inn / "go")

    seconds = spec.get("checkpointSeconds", 3)
    s = Settings(protocol, cls, kwargs, device, emit, stop.exists, seconds)
    for run in spec["runs"]:
        yield run_id(run["task"], run["seed"])
        train_run(s, tasks[run["task"]], run, inn, out)
    yield None
    emit("trained")
    emit.sync()
    if not spec["runs"]:
        return
    wait_for(inn / "heldout.json")
    for run in spec["runs"]:
        name = run_id(run["task"], run["seed"])
        yield name
        if stop.exists():
            raise Stopped(name)
        model = make_model(protocol, tasks[run["task"]], cls, run["seed"], device, kwargs)
        load_full_state(model, load_file(out / name / "model.safetensors"))
        size = protocol["tasks"][run["task"]]["batch"]
        infer(model, inn / "heldout" / f"{name}.safetensors", out / name, size, device)
        emit.say(f"{name:<12} held-out sequences read")
    yield None
    emit("inferred")
    emit.sync()


class Rejected(Exception):
    """A gate said no."""

    def __init__(self, failure: dict):
        super().__init__(failure["message"])
        self.failure = failure


def gate(spec: dict, inn: Path, kwargs: dict, emit: Terminal):
    """Runs the gates and draws the graph of the mixer. Raises Rejected."""
    from trainer.gates import run_gates  # a job without gates need not load them

    result = run_gates(inn / "mixer.py", spec["protocol"], spec["device"], kwargs, lambda v: emit("gate", gate=v))
    if all(v["ok"] for v in result["gates"] if v["name"] == "interface"):
        graph = mixer_graph(spec, inn, kwargs, result["seconds"])
        if graph:
            emit("graph", graph=graph)
    emit("gated", **{k: result[k] for k in ("ok", "params", "mixerParams", "flopsPerToken", "fingerprint", "seconds")})
    emit.sync()
    bad = [v for v in result["gates"] if not v["ok"]]
    if not result["ok"]:
        message = f"The gate `{bad[0]['name']}` failed: {bad[0]['detail']}".splitlines()[0]
        detail = "\n".join(f"{v['name']}: {v['detail']}" for v in bad)
        raise Rejected({"kind": bad[0]["kind"] or "interface", "message": message, "detail": detail})


def mixer_graph(spec: dict, inn: Path, kwargs: dict, spent: float) -> dict | None:
    """What the mixer computes, for people; None where it cannot be had in a part of the time that the gates left."""
    from trainer.gates.exact import Settings as Layer
    from trainer.gates.graph import SECONDS, trace

    model, left = spec["protocol"]["model"], spec["protocol"]["limits"]["gateSeconds"] - spent
    cls = load_mixer_class(inn / "mixer.py")
    return trace(Layer(cls, model["hiddenSize"], model["numHeads"], spec["device"], kwargs), min(SECONDS, left / 4))


def construct(spec: dict, cls: type, kwargs: dict, task, emit: Terminal):
    """Instead of the gates, where they were passed before or are still to come: the model is built once. Raises
    CandidateError."""
    from trainer.gates.cost import count
    from trainer.gates.exact import Exact
    from trainer.gates.exact import Settings as Layer
    from trainer.gates.fingerprint import fingerprint

    began = time.perf_counter()
    model = make_model(spec["protocol"], task, cls, 0, spec["device"], kwargs)
    m, length = spec["protocol"]["model"], max(t["seqLen"] for t in spec["protocol"]["tasks"].values())
    layer = Layer(cls, m["hiddenSize"], m["numHeads"], spec["device"], kwargs)
    with candidate_code("The mixer's first call failed"):
        flops = count(layer, length).flops / length
        # A job that trains nothing asks what the program computes; the others were told by their gates.
        name = None if spec["runs"] else fingerprint(Exact(layer))
    emit(
        "gated",
        ok=True,
        params=count_parameters(model),
        mixerParams=mixer_parameters(model),
        flopsPerToken=flops,
        fingerprint=name,
        seconds=time.perf_counter() - began,
    )


def train_run(s: Settings, task, run: dict, inn: Path, out: Path):
    """Trains from the furthest of: the checkpoint of this folder (the process was killed), the one handed in, nothing."""
    name = run_id(run["task"], run["seed"])
    mine, given = out / name / "checkpoint.safetensors", inn / "ckpt" / f"{name}.safetensors"
    places = [(checkpoint_step(p, name), p) for p in ([mine, given] if run.get("resume") else [mine])]
    step, start = max(places, key=lambda x: x[0])
    if run.get("resume") and step < 0:
        raise FileNotFoundError(f"{name} is to be resumed, but its checkpoint is missing or unreadable.")
    if step >= run["until"] and start == mine and (out / name / "model.safetensors").exists():
        return
    train(s, task, run, out / name, start if step >= 0 else None)


def load_text(data: Path):
    from trainer.data import load_bytes

    return load_bytes(data / "train.bin")


def failure_of(error: BaseException) -> dict:
    """The exception as a Failure: its kind, a sentence, and the end of the traceback."""
    tail = "".join(traceback.format_exception(error))[-4000:]
    if isinstance(error, CandidateError):
        return {"kind": error.kind, "message": error.message, "detail": error.detail or tail}
    text = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    if isinstance(error, SystemExit):
        return {"kind": "interface", "message": f"The candidate called exit({error.code}).", "detail": tail}
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error):
        return {"kind": "memory", "message": f"Out of memory. {text}", "detail": tail}
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return {"kind": "disk", "message": f"No space to write. {text}", "detail": tail}
    return {"kind": "internal", "message": f"The trainer failed. {text}", "detail": tail}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m trainer.worker", description="Gate, train and infer one candidate."
    )
    parser.add_argument("--in", dest="inn", type=Path, required=True, help="job's input folder: spec.json, mixer.py")
    parser.add_argument("--out", type=Path, required=True, help="job's output folder")
    parser.add_argument("--data", type=Path, required=True, help="folder with train.bin")
    args = parser.parse_args()
    sys.exit(work(args.inn, args.out, args.data))
