"""Training tasks, one file a kind: `lm`, `icr`, `upd`, `parity`. What each measures is in its docstring.

A task turns (seed, step) into a batch: tokens (B, T) and targets (B, T), -100 where ungraded. It keeps no state between
steps, so a run that pauses and goes on in another process sees exactly the batches it would have seen.
"""

import hashlib

import numpy as np

from trainer.tasks import icr, lm, parity, upd
from trainer.tasks.common import UNGRADED, Task

KINDS = {"lm": lm.LM, "icr": icr.Recall, "upd": upd.Overwrite, "parity": parity.Parity}

__all__ = ["KINDS", "UNGRADED", "Task", "batch", "generator", "make_task"]


def make_task(spec: dict, text: np.ndarray | None = None) -> Task:
    """The task of a protocol's entry (`Task` in src/shared/protocol.ts). `text`: uint8 corpus, for `lm` alone."""
    params = spec.get("params", {})
    return KINDS[spec["kind"]](seq_len=spec["seqLen"], params=params, text=text)


def generator(*key: int | str) -> np.random.Generator:
    """Random numbers as a pure function of the key."""
    digest = hashlib.sha256("\0".join(map(str, key)).encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))


def batch(task: Task, size: int, seed: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """The training batch of one step: tokens (B, T), targets (B, T), both int64."""
    return task.sample(generator("train", type(task).__name__, seed, step), size)
