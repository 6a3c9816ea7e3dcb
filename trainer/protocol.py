"""Loads protocols, and builds from one what training and scoring both need. The contract validates them (protocol.ts)."""

import json
from pathlib import Path

import torch

from trainer.model import Backbone
from trainer.tasks import Task

FOLDER = Path(__file__).parent / "protocols"


def load_protocol(name_or_path: str | Path) -> dict:
    """A protocol by the name of a preset (`smoke`, `cpu`) or by its path."""
    path = Path(name_or_path)
    path = path if path.suffix == ".json" else FOLDER / f"{name_or_path}.json"
    return json.loads(path.read_text())


def make_model(protocol: dict, task: Task, mixer_cls: type, seed: int, device: str, mixer_kwargs: dict | None = None):
    """The backbone with this mixer, drawn from `seed`. Raises CandidateError when the mixer cannot be constructed."""
    m = protocol["model"]
    torch.manual_seed(seed)
    model = Backbone(
        mixer_cls, m["hiddenSize"], m["numHeads"], m["numLayers"], m["mlpRatio"], task.vocab, task.classes, mixer_kwargs
    )
    return model.to(device)


def run_id(task: str, seed: int) -> str:
    return f"{task}-s{seed}"
