"""Training: pauses change nothing, equal specs give equal losses, what cannot go on stops at once."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from trainer.load import CandidateError, load_mixer_class
from trainer.tasks import make_task
from trainer.tests.tiny import MIXER, job_run, tiny_protocol
from trainer.train import DIVERGED_STEPS, Settings, Stopped, checkpoint_step, train


class Log(list):
    def __call__(self, type, **fields):
        self.append({"type": type, **fields})

    def sync(self): ...

    def losses(self) -> list:
        return [(e["step"], e["loss"], e["aux"], e["lr"]) for e in self if e["type"] == "step"]


@pytest.fixture(scope="module")
def mixer(tmp_path_factory) -> type:
    file = tmp_path_factory.mktemp("mixer") / "mixer.py"
    file.write_text(MIXER)
    return load_mixer_class(file)


def settings(cls: type, log: Log, **changes) -> Settings:
    return Settings(tiny_protocol(Path("unused")), cls, {}, "cpu", log, **changes)


def task_of(s: Settings):
    return make_task(s.protocol["tasks"]["icr"])


def test_a_pause_changes_no_loss_and_no_weight(mixer, tmp_path):
    whole = Log()
    s = settings(mixer, whole)
    straight = train(s, task_of(s), job_run("icr", 40), tmp_path / "whole")
    for pauses in ([20], [1, 7, 30], [39]):
        log, out, start = Log(), tmp_path / str(pauses), None
        for until in [*pauses, 40]:
            torch.manual_seed(12345)  # whatever another run left behind
            s = settings(mixer, log)
            paused = train(s, task_of(s), job_run("icr", until, resume=start is not None), out, start)
            start = out / "checkpoint.safetensors"
        mine = [x for x in log.losses() if x[0] % 10 == 0]
        assert mine == whole.losses()
        for (name, a), (_, b) in zip(straight.state_dict().items(), paused.state_dict().items(), strict=True):
            assert torch.equal(a, b), name
    assert whole.losses()[-1][1] < whole.losses()[0][1]
    assert all(aux is not None for _, _, aux, _ in whole.losses())
    state = load_file(tmp_path / "whole" / "model.safetensors")
    assert state["blocks.0.mixer.steps"] == 40, "a buffer that is not persistent is kept too"


def test_the_same_seed_trains_the_same_and_another_does_not(mixer, tmp_path):
    found = []
    for seed in (0, 0, 1):
        log = Log()
        s = settings(mixer, log)
        train(s, task_of(s), job_run("icr", 20, seed), tmp_path)
        found.append(log.losses())
    assert found[0] == found[1] != found[2]


def test_a_polite_stop_leaves_a_checkpoint(mixer, tmp_path):
    log, asked = Log(), iter(range(100))
    s = settings(mixer, log, stopping=lambda: next(asked) == 12)
    with pytest.raises(Stopped):
        train(s, task_of(s), job_run("icr", 40), tmp_path)
    assert checkpoint_step(tmp_path / "checkpoint.safetensors", "icr-s0") == 13
    assert checkpoint_step(tmp_path / "checkpoint.safetensors", "icr-s1") == -1, "another run's checkpoint is none"
    assert not (tmp_path / "model.safetensors").exists()
    (tmp_path / "checkpoint.safetensors").write_bytes(b"cut")
    assert checkpoint_step(tmp_path / "checkpoint.safetensors", "icr-s0") == -1


class Failing(nn.Module):
    """Its fourth call in training goes wrong; how, is its class variable `wrong`."""

    wrong = ""

    def __init__(self, hidden_size, num_heads, layer_idx=None, **kwargs):
        super().__init__()
        self.o = nn.Linear(hidden_size, hidden_size)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, hidden_states, *args, **kwargs):
        self.calls += 1
        o = self.o(hidden_states)
        aux = None
        if self.calls >= 4:
            if self.wrong == "value":
                o = o * math.nan
            if self.wrong == "gradient":
                o = o + (o * 0).abs().sqrt()  # finite, with an infinite slope
            if self.wrong == "aux":
                aux = o.sum() * math.inf
            if self.wrong == "raises":
                raise RuntimeError("no such luck")
            if self.wrong == "memory":
                torch.empty(2**50)
        return o, aux, None


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ("value", "numerical"),
        ("gradient", "numerical"),
        ("aux", "numerical"),
        ("raises", "interface"),
        ("memory", "memory"),
    ],
)
def test_what_is_no_number_stops_the_run_at_once(wrong, kind, tmp_path, monkeypatch):
    monkeypatch.setattr(Failing, "wrong", wrong)
    log = Log()
    s = settings(Failing, log)
    s.protocol["tasks"]["icr"]["steps"] = 10
    with pytest.raises(CandidateError) as caught:
        train(s, task_of(s), job_run("icr", 10), tmp_path)
    assert caught.value.kind == kind
    assert "step 4" in caught.value.message, caught.value.message
    assert caught.value.detail
    assert not list(tmp_path.iterdir()), "nothing that could be resumed or scored"
    json.dumps(log, allow_nan=False)


def test_divergence_ends_a_run(mixer, tmp_path):
    log = Log()
    s = settings(mixer, log)
    s.protocol["tasks"]["icr"].update({"lr": 100.0, "steps": 400})
    with pytest.raises(CandidateError) as caught:
        train(s, task_of(s), job_run("icr", 400), tmp_path)
    assert caught.value.kind == "divergence"
    assert log.losses()[-1][0] < 5 * DIVERGED_STEPS


def test_the_schedule_warms_up_and_decays_over_the_whole_task(mixer, tmp_path):
    log = Log()
    s = settings(mixer, log)
    train(s, task_of(s), job_run("icr", 20), tmp_path)
    rates = {step: lr for step, _, _, lr in log.losses()}
    peak, floor, warmup, steps = 0.01, 0.05, 4, 40
    for step in (10, 20):
        cosine = 0.5 * (1 + np.cos(np.pi * (step - 1 - warmup) / (steps - warmup)))
        assert rates[step] == pytest.approx(peak * (floor + (1 - floor) * cosine), rel=1e-12)
