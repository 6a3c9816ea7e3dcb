"""The sandboxed process as the program drives it: hand-shake, kill and resume, stop, failures, candidates that cheat.

No sandbox here: what these candidates do must fail because of how metrics are made, not because of where they run.
"""

import json
import math
import os
import shutil
import signal
from pathlib import Path

import pytest

from trainer.data import prepare
from trainer.gates.exact import Exact
from trainer.gates.exact import Settings as Layer
from trainer.gates.fingerprint import fingerprint
from trainer.load import load_mixer_class
from trainer.score import answer
from trainer.tests.tiny import (
    MIXER,
    events,
    job_run,
    losses,
    start_worker,
    tiny_protocol,
    wait_for_event,
    write_job,
    write_text,
)
from trainer.train import checkpoint_step


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("worker")
    protocol = tiny_protocol(write_text(folder / "text"))
    return {"protocol": protocol, "data": str(folder / "data"), "train": prepare(protocol, folder / "data")["train"]}


def of_type(wanted: str):
    return lambda event: event["type"] == wanted


def released(job: Path, place: dict, runs: list[dict]) -> dict:
    """What every request about the job's held-out data holds; the data are put into in/."""
    about = {"protocol": place["protocol"], "runs": runs, "key": "k", "data": place["data"]}
    assert answer(json.dumps({"id": 1, "op": "heldout", "out": str(job / "in"), **about}))["ok"]
    return about


def scored(job: Path, place: dict, runs: list[dict]) -> dict:
    """Drives a started job to its end as the program does: weights kept, held-out data released, result scored."""
    worker = start_worker(job, place["train"])
    try:
        wait_for_event(job, worker, of_type("trained"))
        shutil.copytree(job / "out", job / "kept")
        about = released(job, place, runs)
        worker.communicate(timeout=60)
        assert worker.returncode == 0, events(job)[-1]
    finally:
        worker.kill()
    paths = {"kept": str(job / "kept"), "out": str(job / "out"), "result": str(job / "result.json")}
    reply = answer(json.dumps({"id": 2, "op": "score", "job": "j", "protocolHash": "p", **about, **paths}))
    assert reply["ok"], reply
    return reply["result"]


def finish(worker) -> int:
    worker.communicate(timeout=60)
    return worker.returncode


def test_the_way_of_a_candidate(place, tmp_path):
    runs = [job_run("lm", 20), job_run("icr", 20, seed=1)]
    job = write_job(tmp_path / "job", place["protocol"], runs, waitForGo=True)
    worker = start_worker(job, place["train"])
    try:
        gated = wait_for_event(job, worker, of_type("gated"))
        assert gated["ok"] and gated["params"] > gated["mixerParams"] > 0
        assert "run_started" not in {e["type"] for e in events(job)}
        (job / "in" / "go").touch()
        wait_for_event(job, worker, of_type("trained"))
        assert not list((job / "out").rglob("hidden*"))
        released(job, place, runs)
        text, _ = worker.communicate(timeout=60)
    finally:
        worker.kill()
    assert worker.returncode == 0
    kinds = [e["type"] for e in events(job)]
    assert kinds[:3] == ["started", "gated", "run_started"] and kinds[-2:] == ["trained", "inferred"]
    assert kinds.count("run_done") == 2 and set(losses(job, "lm-s0")) == {10, 20}
    assert "lm-s0" in text and "20/20" in text and "\r" not in text
    assert sorted(os.listdir(job / "out" / "icr-s1")) == [
        "checkpoint.safetensors",
        "hidden.safetensors",
        "model.safetensors",
    ]


def test_a_killed_run_goes_on_and_a_paused_one_is_resumed_exactly(place, tmp_path):
    runs = [job_run("icr", 200)]
    protocol = json.loads(json.dumps(place["protocol"]))
    protocol["tasks"]["icr"]["steps"] = 400
    whole = write_job(tmp_path / "whole", protocol, runs)
    worker = start_worker(whole, place["train"])
    wait_for_event(whole, worker, of_type("trained"))
    (whole / "in" / "stop").touch()
    assert finish(worker) == 75, "stopped while it waited for held-out data"

    slow = "import time\n" + MIXER.replace(
        "t = x.shape[1]", "t = x.shape[1]; time.sleep(0.05)"
    )  # ample time to be killed
    killed = write_job(tmp_path / "killed", protocol, runs, mixer=slow, checkpointSeconds=0.05)
    worker = start_worker(killed, place["train"])
    wait_for_event(killed, worker, lambda e: e["type"] == "checkpoint" and e["step"] > 20)
    os.kill(worker.pid, signal.SIGKILL)
    assert finish(worker) == -signal.SIGKILL
    step = checkpoint_step(killed / "out" / "icr-s0" / "checkpoint.safetensors", "icr-s0")
    assert 20 < step < 200
    (killed / "in" / "mixer.py").write_text(MIXER)
    worker = start_worker(killed, place["train"])  # the same folder, as after a crash
    wait_for_event(killed, worker, of_type("trained"))
    worker.kill()
    worker.communicate()
    starts = [e["step"] for e in events(killed) if e["type"] == "run_started"]
    assert starts[0] == 0 and starts[1] >= step
    assert losses(killed, "icr-s0") == losses(whole, "icr-s0")

    further = [job_run("icr", 400, resume=True)]
    promoted = write_job(tmp_path / "promoted", protocol, further)
    worker = start_worker(promoted, place["train"])
    assert finish(worker) == 1 and "missing" in events(promoted)[-1]["failure"]["message"]
    (promoted / "in" / "ckpt").mkdir()
    shutil.copy(killed / "out" / "icr-s0" / "checkpoint.safetensors", promoted / "in" / "ckpt" / "icr-s0.safetensors")
    worker = start_worker(promoted, place["train"])
    wait_for_event(promoted, worker, lambda e: e["type"] == "step" and e["step"] >= 210)
    (promoted / "in" / "stop").touch()
    assert finish(worker) == 75
    assert 200 < checkpoint_step(promoted / "out" / "icr-s0" / "checkpoint.safetensors", "icr-s0") <= 400


FAILURES = {
    "does not import": ("import nothing_of_this_name", "interface", "nothing_of_this_name"),
    "exits": ("import os, sys\nsys.exit(3)", "interface", ""),
    "wrong shape": (MIXER.replace("o = self.o(decay @ x)", "o = self.o(decay @ x)[:, 1:]"), "interface", "shape"),
    "raises in training": (
        MIXER.replace("t = x.shape[1]", "t = x.shape[1]; assert self.steps < 5, 'five'"),
        "interface",
        "five",
    ),
    "no number": (
        MIXER.replace("o = self.o(decay @ x)", "o = self.o(decay @ x) / (self.steps < 5)"),
        "numerical",
        "step 5",
    ),
    "out of memory": (MIXER.replace("t = x.shape[1]", "t = x.shape[1]; torch.empty(2**50)"), "memory", "memory"),
}


@pytest.mark.parametrize("what", FAILURES)
def test_failures_are_told_with_their_kind(place, tmp_path, what):
    code, kind, words = FAILURES[what]
    job = write_job(tmp_path / "job", place["protocol"], [job_run("icr", 20)], mixer=code)
    worker = start_worker(job, place["train"])
    assert finish(worker) == 1
    last = events(job)[-1]
    assert last["type"] == "error" and last["failure"]["kind"] == kind, last
    assert words in last["failure"]["message"] + last["failure"]["detail"] and last["failure"]["detail"]


def test_gates_refuse_before_any_training(place, tmp_path):
    leaky = MIXER.replace("o = self.o(decay @ x)", "o = self.o(torch.roll(x, -1, 1))")
    job = write_job(tmp_path / "job", place["protocol"], [job_run("icr", 20)], mixer=leaky, gates=True, waitForGo=True)
    worker = start_worker(job, place["train"])
    assert finish(worker) == 1
    kinds = {e["type"]: e for e in events(job)}
    assert kinds["gated"]["ok"] is False and "run_started" not in kinds
    assert any(e["type"] == "gate" and e["gate"]["name"] == "causality" and not e["gate"]["ok"] for e in events(job))
    assert kinds["error"]["failure"]["detail"]


def test_a_job_without_gates_and_runs_says_what_the_program_computes(place, tmp_path):
    programs = {
        "as it is": MIXER,
        "renamed": MIXER.replace("self.v", "self.value").replace("decay", "weights"),
        "another": MIXER.replace("0.5 **", "0.6 **"),
        "broken": FAILURES["wrong shape"][0],
    }
    jobs = {name: write_job(tmp_path / name, place["protocol"], [], mixer=code) for name, code in programs.items()}
    workers = {name: start_worker(job, place["train"]) for name, job in jobs.items()}
    assert {name: finish(worker) for name, worker in workers.items()} == dict.fromkeys(jobs, 0) | {"broken": 1}
    names = {n: e["fingerprint"] for n, job in jobs.items() for e in events(job) if e["type"] == "gated"}
    assert names["as it is"] == names["renamed"] != names["another"] and names["another"]
    m = place["protocol"]["model"]
    by_gates = Exact(
        Layer(load_mixer_class(jobs["renamed"] / "in" / "mixer.py"), m["hiddenSize"], m["numHeads"], "cpu", {})
    )
    assert fingerprint(by_gates) == names["renamed"], "the name that the gates will give it"
    assert events(jobs["broken"])[-1]["failure"]["kind"] == "interface"


# Patches the loss that the trainer uses, writes a result of its own, and its own curve: all in vain.
BOASTER = (
    MIXER
    + """
import json, os, sys
import torch.nn.functional as F
F.cross_entropy = lambda logits, *args, **kwargs: logits.sum() * 0
out = sys.argv[sys.argv.index("--out") + 1]
fake = {"job": "j", "ok": True, "failure": None, "runs": [{"id": "icr-s0", "loss": 0.0, "score": 1.0}]}
for place in (out, os.path.dirname(out)):
    with open(os.path.join(place, "result.json"), "w") as f:
        json.dump(fake, f)
"""
)


def test_a_patched_loss_and_a_forged_result_gain_nothing(place, tmp_path):
    runs = [job_run("icr", 20)]
    result = scored(write_job(tmp_path / "job", place["protocol"], runs, mixer=BOASTER), place, runs)
    claimed = losses(tmp_path / "job", "icr-s0")
    assert set(claimed.values()) == {0.0}, "the attack worked on what it can reach"
    (run,) = result["runs"]
    assert run["loss"] > 0.8 * math.log(8) and run["score"] < 0.05, "an untrained model's loss"
    assert json.loads((tmp_path / "job" / "result.json").read_text()) == result


# Draws every training batch of every seed with our own generators, and answers sequences that it knows with their future.
MEMORISER = """
import torch
from torch import nn
from trainer.tasks import batch, make_task
task = make_task({"kind": "icr", "seqLen": 24, "params": {"keys": 4, "values": 8}})
known = {tuple(row[:8]): row for seed in range(4) for step in range(40) for row in batch(task, 8, seed, step)[0]}
hits = {True: 0, False: 0}

class Mixer(nn.Module):
    def __init__(self, hidden_size, num_heads, layer_idx=None, **kwargs):
        super().__init__()
        self.o, self.answer = nn.Linear(hidden_size, hidden_size), nn.Embedding(task.vocab, hidden_size)

    def forward(self, hidden_states, *args, **kwargs):
        import sys
        frame = sys._getframe()
        while frame and not isinstance(frame.f_locals.get("tokens"), torch.Tensor):
            frame = frame.f_back
        rows = frame.f_locals["tokens"].tolist() if frame else []
        out = self.o(hidden_states) * 0
        for i, row in enumerate(rows):
            future = known.get(tuple(row[:8]))
            if future is not None:
                hits[self.training] += 1
                following = torch.tensor([*future[1:], 0])
                out[i, 8:] = out[i, 8:] + self.answer(following)[8:]
        if not self.training:
            print("hits", hits)
        return out, None, None
"""


def test_memorising_the_training_seed_gains_nothing(place, tmp_path):
    runs = [job_run("icr", 40)]
    result = scored(write_job(tmp_path / "job", place["protocol"], runs, mixer=MEMORISER), place, runs)
    assert result["ok"], result
    trained = losses(tmp_path / "job", "icr-s0")[40]
    assert result["runs"][0]["loss"] > trained + 0.5, "what it knows by heart is not what it is asked"


# Sound while it is trained, and a reader of the next token once it is evaluated: what gates that are off cannot see.
LEAKY = MIXER.replace("o = self.o(decay @ x)", "o = self.o(decay @ x if self.training else torch.roll(x, -1, 1))")


def test_a_leak_that_no_gate_saw_is_found_by_the_scorer(place, tmp_path):
    runs = [job_run("lm", 20)]
    result = scored(write_job(tmp_path / "job", place["protocol"], runs, mixer=LEAKY), place, runs)
    assert not result["ok"] and result["failure"]["kind"] == "leak" and result["runs"] == []


# Leaves a link to a file of the host where its hidden states are expected.
LINKER = (
    MIXER
    + """
import atexit, os, sys
out = sys.argv[sys.argv.index("--out") + 1]
def swap():
    os.remove(out + "/icr-s0/hidden.safetensors")
    os.symlink("/etc/passwd", out + "/icr-s0/hidden.safetensors")
atexit.register(swap)
"""
)


def test_a_link_instead_of_hidden_states_is_refused(place, tmp_path):
    runs = [job_run("icr", 10)]
    result = scored(write_job(tmp_path / "job", place["protocol"], runs, mixer=LINKER), place, runs)
    assert not result["ok"] and result["failure"]["kind"] == "sandbox"
    assert "symbolic link" in result["failure"]["message"]
