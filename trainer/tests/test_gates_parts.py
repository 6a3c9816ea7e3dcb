"""The measurements behind the gates: counters, comparison, casts lifted to fp64, state, fingerprint, memory."""

import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from trainer.gates import cost, run_gates
from trainer.gates.counters import Counter, LivePeak, math_attention
from trainer.gates.exact import Exact, Settings, State, difference
from trainer.gates.fingerprint import fingerprint
from trainer.mixers import REFERENCE, widened_kwargs
from trainer.model import Backbone
from trainer.protocol import make_model
from trainer.tasks import make_task
from trainer.tests.planted import leaky
from trainer.tests.planted.sound import Annealed, Narrow, Sound, running_mean

torch.set_num_threads(1)
ROOT = Path(__file__).parents[2]
PROTOCOL = json.loads((ROOT / "trainer" / "protocols" / "smoke.json").read_text())


def settings(cls, size=16, **kwargs):
    return Settings(cls, size, 2, "cpu", kwargs)


# --- counters


def test_counter_knows_the_flops_of_products_ffts_and_attention():
    a, b = torch.randn(5, 7), torch.randn(7, 3)
    with Counter() as c:
        a @ b
    assert (c.ops, c.flops, c.largest) == (1, 2 * 5 * 7 * 3, 5 * 3 * 4)
    assert c.bytes == 4 * (5 * 7 + 7 * 3 + 5 * 3)
    x = torch.randn(4, 64)
    with Counter() as c:
        torch.fft.rfft(x)
    assert c.flops == 2.5 * 4 * 64 * 6
    q = torch.randn(1, 2, 32, 8)
    with Counter() as fused:
        F.scaled_dot_product_attention(q, q, q)
    with math_attention(), Counter() as plain:
        F.scaled_dot_product_attention(q, q, q)
    assert fused.flops >= 4 * 2 * 32 * 32 * 8
    assert plain.flops >= 4 * 2 * 32 * 32 * 8
    assert plain.largest == 2 * 32 * 32 * 4  # the scores are there to be seen


def test_counter_counts_what_a_view_stores():
    x = torch.randn(8)
    with Counter() as c:
        x.view(2, 4).transpose(0, 1)
        x.expand(1000, 8)
    assert (c.ops, c.flops, c.bytes, c.largest) == (3, 0, 0, 0)


def test_live_peak_forgets_what_is_freed():
    x = torch.randn(1024)
    with LivePeak() as live:
        for _ in range(10):
            x.exp()
        assert live.live == 0
        kept = [x.exp() for _ in range(3)]
    assert live.peak == 3 * 4096
    assert len(kept) == 3


def test_slope_sees_a_quadratic_term_before_it_dominates():
    sizes = [512, 1024, 2048, 4096]
    assert cost.slope(sizes, [3 * s for s in sizes]) == pytest.approx(1)
    assert cost.slope(sizes, [s * s for s in sizes]) == pytest.approx(2)
    assert cost.slope(sizes, [s * 2048 + s * s for s in sizes]) > cost.SLOPE


# --- comparison


def test_difference_is_relative_at_each_position():
    a = torch.ones(1, 3, 2) * torch.tensor([1.0, 1e6, 1e6])[None, :, None]
    b = a.clone()
    b[0, 0, 0] += 1e-3
    assert difference(a, b) == pytest.approx(1e-3 / 1e3, rel=0.01)  # floor: 1e-3 of the median
    b = a.clone()
    b[0, 1, 0] += 1.0
    assert difference(a, b) == pytest.approx(1e-6, rel=0.01)


def test_difference_loses_nothing_to_nan():
    a = torch.tensor([[[1.0], [float("nan")], [float("inf")]]])
    assert difference(a, a.clone()) == 0
    assert difference(a, torch.tensor([[[1.0], [2.0], [float("inf")]]])) == 1e30
    assert difference(a, torch.tensor([[[float("nan")], [float("nan")], [float("inf")]]])) == 1e30
    assert difference(torch.zeros(1, 2, 2), torch.zeros(1, 2, 2)) == 0


# --- fp64


class Mixed(Sound):
    """Casts to bfloat16 and multiplies by float32 weights: runs only under autocast, or with its casts lifted."""

    leak = 0.0

    def mix(self, v):
        v = self.value(v.to(torch.bfloat16))
        return running_mean(v) + self.leak * leaky.following(v)


class MixedLeak(Mixed):
    leak = 1e-6


class Stubborn(Sound):
    """Cannot run in fp64 at all."""

    leak = 0.0

    def mix(self, v):
        assert v.dtype == torch.float32, "float32 only"
        return running_mean(v) + self.leak * leaky.following(v)


class StubbornLeak(Stubborn):
    leak = 0.1


class Float32Leak(Sound):
    """Leaks only in the type it is trained in."""

    def mix(self, v):
        return running_mean(v) + (leaky.following(v) if v.dtype == torch.float32 else 0)


def test_casts_are_lifted_to_fp64():
    plain, narrow, mixed = (Exact(settings(cls)) for cls in (Sound, Narrow, Mixed))
    assert [e.precision for e in (plain, narrow, mixed)] == [torch.float64] * 3
    assert [e.lift for e in (plain, narrow, mixed)] == [False, True, True]
    x = plain.draw(1, 8, seed=1)
    lifted = narrow(x)
    with torch.no_grad():
        cast = narrow.modules[False](x)[0]
    assert 1e-4 < difference(lifted, cast) < 1  # bfloat16's rounding is what was lifted away


@pytest.mark.parametrize("cls", [MixedLeak, StubbornLeak, Float32Leak])
def test_leak_behind_casts_is_caught(cls):
    result = run_gates(cls, PROTOCOL)
    assert "causality" in {v["name"] for v in result["gates"] if not v["ok"]}


@pytest.mark.parametrize("cls", [Mixed, Stubborn])
def test_sound_mixer_that_casts_passes(cls):
    result = run_gates(cls, PROTOCOL)
    assert result["ok"], [v for v in result["gates"] if not v["ok"]]


class Tempered(Sound):
    """A parameter without dimensions: a temperature."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.temperature = torch.nn.Parameter(torch.tensor(0.5))

    def mix(self, v):
        return self.temperature * super().mix(v)


def test_a_parameter_without_dimensions_is_one():
    result = run_gates(Tempered, PROTOCOL)
    assert result["ok"], [v for v in result["gates"] if not v["ok"]]


class Permuting(Sound):
    """Draws a constant from numpy and one from random, and keeps them beside its parameters."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.drawn = (np.random.permutation(8).tolist(), random.random())


def test_what_a_constructor_draws_is_the_same_every_time():
    task = make_task(PROTOCOL["tasks"]["icr"])
    drawn = []
    for _ in range(2):
        model = make_model(PROTOCOL, task, Permuting, 3, "cpu")
        drawn.append([m.drawn for m in model.modules() if isinstance(m, Permuting)])
        np.random.random(5)
        random.random()
    assert drawn[0] == drawn[1] and drawn[0]
    state = np.random.get_state()[1].tolist()
    assert settings(Permuting).build().drawn == settings(Permuting).build().drawn
    assert np.random.get_state()[1].tolist() == state


def test_a_mixer_without_fp64_is_told_what_cannot_be_seen():
    result = run_gates(Stubborn, PROTOCOL)
    causality = next(v for v in result["gates"] if v["name"] == "causality")
    assert causality["limit"] == 1e-4
    assert "cannot show a leak below 0.0001" in causality["detail"]
    assert result["fingerprint"] is None


# --- state


def test_state_puts_back_buffers_and_attributes():
    m = Annealed(8)
    m.seen = [1]
    state = State(m)
    m.train()(torch.randn(1, 3, 8))
    m.seen.append(2)
    m.extra = torch.zeros(1)
    assert state.changed() == ["Annealed.steps"]
    state.restore()
    assert (int(m.steps), m.seen, hasattr(m, "extra"), state.changed()) == (0, [1], False, [])


# --- fingerprint


class Renamed(nn.Module):
    """Sound's function under other names, with another initialisation and its sum written otherwise."""

    def __init__(self, hidden_size, **kwargs):
        super().__init__()
        self.a, self.b, self.c = (nn.Linear(hidden_size, hidden_size) for _ in range(3))
        nn.init.zeros_(self.c.bias)

    def forward(self, x, *args, **kwargs):
        total, means = 0, []
        for t, v in enumerate(self.a(x).unbind(1)):
            total = total + v
            means.append(total / (t + 1))
        y = self.b(x)
        return self.c(torch.stack(means, 1) * y * y.sigmoid()), None, None


def test_equal_functions_have_equal_fingerprints():
    names = [fingerprint(Exact(settings(cls))) for cls in (Sound, Renamed)]
    assert names[0] == names[1]
    assert len(names[0]) == 32


def test_other_functions_have_other_fingerprints():
    classes = [Sound, leaky.FaintNextToken, leaky.Pointwise, *REFERENCE.values()]
    names = [fingerprint(Exact(settings(cls))) for cls in classes]
    names.append(fingerprint(Exact(settings(REFERENCE["delta_net"], allow_neg_eigval=True))))
    assert None not in names
    assert len(set(names)) == len(names)


def test_fingerprint_restores_the_parameters():
    e = Exact(settings(Sound))
    before = [p.clone() for p in e.modules[True].parameters()]
    first = fingerprint(e)
    assert all(torch.equal(a, b) for a, b in zip(before, e.modules[True].parameters()))
    assert fingerprint(e) == first


# --- memory, parameters, layers


@pytest.mark.parametrize("name", ["delta_net", "softmax_attention"])
def test_memory_of_a_full_batch_is_predicted_from_two_small_ones(name):
    model = Backbone(REFERENCE[name], 16, 2, 2, 2, 64, 64)
    predicted = cost.task_peak(model, 64, {"batch": 24, "seqLen": 48}, "cpu")
    counted = cost.step_peak(model, 64, 24, 48, "cpu")
    assert predicted == pytest.approx(counted, rel=0.05)


@pytest.mark.parametrize("name", ["delta_net", "softmax_attention"])
def test_memory_beyond_the_measured_length_follows_its_power_law(name, monkeypatch):
    monkeypatch.setattr(cost, "MEASURED", 256)
    model = Backbone(REFERENCE[name], 16, 2, 1, 2, 64, 64)
    predicted = cost.task_peak(model, 64, {"batch": 2, "seqLen": 1024}, "cpu")
    counted = cost.step_peak(model, 64, 2, 1024, "cpu")
    assert predicted == pytest.approx(
        counted, rel=0.35
    )  # the exponent of a mixed linear and quadratic cost still grows


def test_the_widened_baseline_is_measured_as_such():
    kwargs = widened_kwargs(1.5, PROTOCOL["model"]["hiddenSize"], PROTOCOL["model"]["numHeads"])
    result = run_gates(REFERENCE["delta_net"], PROTOCOL, mixer_kwargs=kwargs)
    parameters = next(v for v in result["gates"] if v["name"] == "parameters")
    assert result["ok"]
    assert parameters["value"] == pytest.approx(1.5, abs=0.05)


def test_a_leak_in_a_deeper_layer_is_caught():
    assert run_gates(leaky.DeepLayer, PROTOCOL)["ok"]  # one layer: the defect is not there
    deep = PROTOCOL | {"model": PROTOCOL["model"] | {"numLayers": 3}}
    result = run_gates(leaky.DeepLayer, deep)
    assert {v["name"] for v in result["gates"] if not v["ok"]} == {"causality", "prefix"}
    assert len({v["name"] for v in result["gates"]}) == len(result["gates"])


# --- files and the command


def write(tmp_path, code):
    file = tmp_path / "mixer.py"
    file.write_text(code)
    return file


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import no_such_module\n", "no_such_module"),
        ("def mixer(:\n", "SyntaxError"),
        ("raise SystemExit(3)\n", "SystemExit"),
        ("x = 1\n", "Mixer"),
    ],
)
def test_a_file_that_does_not_load_fails_the_interface(tmp_path, code, says):
    seen = []
    result = run_gates(write(tmp_path, code), PROTOCOL, emit=seen.append)
    assert [(v["name"], v["ok"], v["kind"]) for v in result["gates"]] == [("interface", False, "interface")]
    assert says in result["gates"][0]["detail"]
    assert seen == result["gates"]
    assert not result["ok"]


SOUND_FILE = "from trainer.tests.planted.sound import Sound\n\n\nclass Mixer(Sound):\n    pass\n"
LEAKY_FILE = "from trainer.tests.planted.leaky import NextToken\n\n\nclass Mixer(NextToken):\n    pass\n"


@pytest.mark.parametrize(("code", "exit_code"), [(SOUND_FILE, 0), (LEAKY_FILE, 1)], ids=["sound", "leaky"])
def test_the_command_prints_the_verdicts(tmp_path, code, exit_code):
    done = subprocess.run(
        [sys.executable, "-m", "trainer.gates", write(tmp_path, code), "--protocol", "trainer/protocols/smoke.json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == exit_code, done.stderr
    assert ("FAILED   causality" in done.stdout) == bool(exit_code)


def test_verdicts_are_json_and_name_the_line(tmp_path):
    code = "import torch\nclass Mixer(torch.nn.Module):\n    def __init__(self, hidden_size, **kwargs):\n"
    code += "        super().__init__()\n    def forward(self, x, **kwargs):\n        return x.reshape(3, 5, 7)\n"
    result = run_gates(write(tmp_path, code), PROTOCOL)
    json.dumps(result, allow_nan=False)
    assert "line 6: return x.reshape(3, 5, 7)" in result["gates"][0]["detail"]
