"""A protocol that trains in a fraction of a second, a text to go with it, and small mixers: what several tests share."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from trainer.protocol import load_protocol, run_id

TOP = Path(__file__).resolve().parents[2]

MIXER = """
import torch
from torch import nn

class Mixer(nn.Module):
    '''A causal exponential average, with everything a pause could lose: noise, a step counter, an auxiliary loss.'''
    def __init__(self, hidden_size, num_heads, layer_idx=None, **kwargs):
        super().__init__()
        self.v, self.o = nn.Linear(hidden_size, hidden_size), nn.Linear(hidden_size, hidden_size)
        self.register_buffer("steps", torch.zeros(()), persistent=False)

    def forward(self, hidden_states, attention_mask=None, past_key_values=None, use_cache=False,
                output_attentions=False, **kwargs):
        x = self.v(hidden_states)
        if self.training:
            self.steps += 1
            x = nn.functional.dropout(x, 0.1) / (1 + 0.01 * self.steps)
        t = x.shape[1]
        decay = torch.tril(0.5 ** (torch.arange(t)[:, None] - torch.arange(t)[None, :]).clamp(min=0).float())
        o = self.o(decay @ x)
        return o, 1e-3 * o.pow(2).mean() if self.training else None, None
"""


def write_text(folder: Path, files: int = 60, size: int = 6000) -> Path:
    """A folder of made-up source text, large enough to be split."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    words = [
        "def",
        "return",
        "self",
        "import",
        "for",
        "in",
        "if",
        "not",
        "x",
        "y",
        "=",
        "+",
        "(",
        ")",
        ":",
        "\n    ",
        "\n",
    ]
    for i in range(files):
        (folder / f"file{i}.py").write_text(" ".join(rng.choice(words, size=size // 4))[:size])
    return folder


def tiny_protocol(folder: Path, **changes) -> dict:
    protocol = load_protocol("smoke")
    protocol["name"] = "tiny"
    protocol["model"]["hiddenSize"] = 16
    for task in protocol["tasks"].values():
        task.update({"seqLen": 24, "batch": 8, "steps": 40, "heldout": 64})
    protocol["tasks"]["lm"]["params"] = {"folder": str(folder)}
    protocol["tasks"]["icr"]["params"] = {"keys": 4, "values": 8}
    return protocol | changes


def job_run(task: str, until: int, seed: int = 0, resume: bool = False) -> dict:
    return {"id": run_id(task, seed), "task": task, "seed": seed, "until": until, "resume": resume}


def write_job(folder: Path, protocol: dict, runs: list[dict], mixer: str = MIXER, **spec) -> Path:
    (folder / "in").mkdir(parents=True)
    (folder / "out").mkdir()
    (folder / "in" / "mixer.py").write_text(mixer)
    given = {"job": folder.name, "protocol": protocol, "device": "cpu", "threads": 1, "mixerKwargs": {}}
    given |= {"gates": False, "waitForGo": False, "runs": runs, "checkpointSeconds": 10} | spec
    (folder / "in" / "spec.json").write_text(json.dumps(given))
    return folder


def start_worker(job: Path, train: str) -> subprocess.Popen:
    args = ["--in", str(job / "in"), "--out", str(job / "out"), "--data", train]
    env = os.environ | {"PYTHONPATH": str(TOP), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "trainer.worker", *args]
    return subprocess.Popen(command, cwd=TOP, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def events(job: Path) -> list[dict]:
    file = job / "out" / "events.jsonl"
    lines = file.read_text().split("\n") if file.exists() else []
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue  # half a line: being written, or cut off by a kill
    return found


def wait_for_event(job: Path, worker: subprocess.Popen, wanted, seconds: float = 60) -> dict:
    """The first event for which wanted(event). The time limit only ends a test that would hang."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for event in events(job):
            if wanted(event):
                return event
        if worker.poll() is not None:
            raise AssertionError(f"the worker ended with {worker.returncode}: {worker.stdout.read()[-3000:]}")
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    raise AssertionError(f"no such event within {seconds} s: {events(job)[-5:]}")


def losses(job: Path, run: str) -> dict[int, float]:
    return {e["step"]: e["loss"] for e in events(job) if e["type"] == "step" and e["run"] == run}
