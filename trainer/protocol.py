"""Loads protocols, and builds from one what training and scoring both need. The contract validates them (protocol.ts)."""

import json
import random
from pathlib import Path

import numpy as np
import torch

from trainer.model import Backbone
from trainer.tasks import Task

FOLDER = Path(__file__).parent / "protocols"


def load_protocol(name_or_path: str | Path) -> dict:
    """A protocol by the name of a preset (`smoke`, `cpu`) or by its path."""
    path = Path(name_or_path)
    path = path if path.suffix == ".json" else FOLDER / f"{name_or_path}.json"
    return json.loads(path.read_text())


def seed_all(seed: int) -> None:
    """Every generator that a constructor may draw from: what it keeps beside its parameters is made again at inference."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)


def make_model(protocol: dict, task: Task, mixer_cls: type, seed: int, device: str, mixer_kwargs: dict | None = None):
    """The backbone with this mixer, drawn from `seed`. Raises CandidateError when the mixer cannot be constructed."""
    m = protocol["model"]
    seed_all(seed)
    model = Backbone(
        mixer_cls, m["hiddenSize"], m["numHeads"], m["numLayers"], m["mlpRatio"], task.vocab, task.classes, mixer_kwargs
    )
    return model.to(device)


def run_id(task: str, seed: int) -> str:
    return f"{task}-s{seed}"
