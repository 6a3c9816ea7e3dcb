"""Every planted defect is caught, by the gate that is meant to catch it and by no other; sound mixers pass."""

import json
from pathlib import Path

import pytest
import torch

from trainer.gates import run_gates
from trainer.mixers import REFERENCE
from trainer.tests.planted import broken, costly, leaky, sound

torch.set_num_threads(1)
PROTOCOL = json.loads((Path(__file__).parents[1] / "protocols" / "cpu.json").read_text())

# The batch that makes a memory hog fail; the gates never run it, they predict it.
HOGS = {costly.MemoryHog, costly.ManySavedTensors}
LARGE_BATCH = PROTOCOL | {"tasks": {"lm": PROTOCOL["tasks"]["lm"] | {"batch": 1024}}}

PLANTED = {
    leaky.NextToken: {"causality", "prefix"},
    leaky.FaintNextToken: {"causality", "prefix"},
    leaky.NarrowFaintNextToken: {"causality", "prefix"},
    leaky.MeanOverTime: {"causality", "prefix"},
    leaky.DeviationOverTime: {"causality", "prefix"},
    leaky.BidirectionalChunk: {"causality", "prefix"},
    leaky.ChunkBorder: {"causality", "prefix"},
    leaky.CircularFFT: {"causality", "prefix"},
    leaky.ReversedCumsum: {"causality", "prefix"},
    leaky.Detached: {"causality", "prefix"},
    leaky.ArgmaxOfFuture: {"causality", "prefix"},
    leaky.ZeroGate: {"causality", "prefix"},
    leaky.TrainOnly: {"causality", "prefix"},
    leaky.LongOnly: {"causality", "prefix"},
    leaky.PositionOverLength: {"prefix"},
    leaky.ScalesFromLength: {"prefix"},
    leaky.BatchMean: {"batch"},
    leaky.BatchNormed: {"causality", "prefix", "batch"},
    leaky.RemembersCall: {"determinism"},
    leaky.RemembersInBuffer: {"determinism"},
    leaky.CountsInAttribute: {"determinism"},
    leaky.RandomEval: {"determinism"},
    leaky.EditsInput: {"in-place", "memory"},
    costly.MaskedScores: {"scaling"},
    costly.Attention: {"scaling"},
    costly.PairwiseProducts: {"scaling"},
    costly.ChunkPairs: {"scaling"},
    costly.LoopOverTime: {"python-loop"},
    costly.ManyParameters: {"parameters"},
    costly.ManyFlops: {"flops"},
    costly.MemoryHog: {"memory"},
    costly.ManySavedTensors: {"memory"},
    broken.WrongShape: {"interface"},
    broken.WrongDtype: {"interface"},
    broken.NoTensor: {"interface"},
    broken.RaisesInConstructor: {"interface"},
    broken.PositionalOnly: {"interface"},
    broken.MultiplesOfSixteen: {"interface"},
    broken.SqueezesBatch: {"interface"},
    broken.NanAtLength: {"finite", "gradients"},
    broken.ExpCumsum: {"finite", "gradients"},
    broken.NanGradient: {"gradients"},
}
KINDS = {
    "interface": "interface",
    "in-place": "interface",
    "finite": "numerical",
    "gradients": "numerical",
    "causality": "leak",
    "prefix": "leak",
    "batch": "leak",
    "determinism": "leak",
    "scaling": "slow",
    "python-loop": "slow",
    "parameters": "size",
    "flops": "size",
    "memory": "memory",
}
SOUND = [
    sound.Sound,
    sound.Dropout,
    sound.Auxiliary,
    sound.Annealed,
    sound.ChunkLoop,
    sound.Narrow,
    sound.Fourier,
]
WARNED = {broken.Unused: "unused-parameters", leaky.CountsCalls: "buffers", leaky.Pointwise: "mixing"}


def failed(result: dict) -> set[str]:
    return {v["name"] for v in result["gates"] if not v["ok"]}


def told(result: dict) -> str:
    return "\n".join(f"{v['name']}: {v['value']} {v['detail']}" for v in result["gates"] if not v["ok"])


@pytest.mark.parametrize("cls", PLANTED, ids=lambda c: c.__name__)
def test_planted_defect_is_caught(cls):
    result = run_gates(cls, LARGE_BATCH if cls in HOGS else PROTOCOL)
    assert failed(result) == PLANTED[cls], told(result)
    assert not result["ok"]
    for v in result["gates"]:
        assert v["kind"] == (None if v["ok"] else "interface" if v["value"] is None else KINDS[v["name"]])


@pytest.mark.parametrize("cls", SOUND, ids=lambda c: c.__name__)
def test_sound_mixer_passes(cls):
    result = run_gates(cls, PROTOCOL)
    assert result["ok"], told(result)
    assert not any(v["warning"] for v in result["gates"])


@pytest.mark.parametrize("cls", WARNED, ids=lambda c: c.__name__)
def test_warning_rejects_nothing(cls):
    result = run_gates(cls, PROTOCOL)
    assert result["ok"], told(result)
    assert [v["name"] for v in result["gates"] if v["warning"]] == [WARNED[cls]]


@pytest.mark.parametrize("name", REFERENCE)
def test_reference_mixer_passes(name):
    result = run_gates(REFERENCE[name], PROTOCOL)
    assert failed(result) == ({"scaling"} if name.startswith("softmax") else set()), told(result)


@pytest.mark.parametrize(
    "file", sorted((Path(__file__).parent / "published_style").glob("[!_]*.py")), ids=lambda f: f.stem
)
def test_program_in_published_style_passes(file):
    result = run_gates(file, PROTOCOL)
    assert result["ok"], told(result)
