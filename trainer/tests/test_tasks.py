"""Tasks against naive forms, determinism, probes' alternatives; the corpus and its split."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from trainer.data import DataError, load_bytes, prepare
from trainer.protocol import load_protocol
from trainer.tasks import UNGRADED, batch, generator, make_task
from trainer.tests.tiny import TOP, tiny_protocol, write_text

SPECS = {
    "icr": {"kind": "icr", "seqLen": 40, "params": {"keys": 5, "values": 9}},
    "upd": {"kind": "upd", "seqLen": 41, "params": {"keys": 6, "values": 7, "active": 3}},
    "parity": {"kind": "parity", "seqLen": 33, "params": {}},
    "lm": {"kind": "lm", "seqLen": 32, "params": {}},
}


def make(kind: str):
    text = np.frombuffer(Path(__file__).read_bytes() * 4, np.uint8)
    return make_task(SPECS[kind], text)


@pytest.mark.parametrize("kind", SPECS)
def test_batches_are_a_function_of_seed_and_step(kind):
    task = make(kind)
    a, b = batch(task, 4, 1, 7), batch(make(kind), 4, 1, 7)
    assert all(np.array_equal(x, y) and x.dtype == np.int64 for x, y in zip(a, b, strict=True))
    for other in (batch(task, 4, 1, 8), batch(task, 4, 2, 7)):
        assert not np.array_equal(a[0], other[0])
    tokens, targets = a
    assert tokens.shape == targets.shape == (4, task.seq_len)
    assert 0 <= tokens.min() and tokens.max() < task.vocab
    graded = targets[targets != UNGRADED]
    assert len(graded) and 0 <= graded.min() and graded.max() < task.classes


def test_recall_asks_for_the_value_that_the_key_had():
    task = make("icr")
    for tokens, targets in zip(*batch(task, 16, 0, 0), strict=True):
        book = {}
        for t in range(0, task.seq_len - 1, 2):
            key, value = tokens[t], tokens[t + 1] - task.keys
            assert targets[t] == book.get(key, UNGRADED) and targets[t + 1] == UNGRADED
            assert book.setdefault(key, value) == value


def test_overwrite_asks_for_the_latest_value():
    task, overwritten = make("upd"), 0
    for tokens, targets in zip(*batch(task, 16, 0, 0), strict=True):
        book = {}
        for t in range(0, task.seq_len - 1, 2):
            key, value = tokens[t], tokens[t + 1] - 2 * task.keys
            if key < task.keys:
                overwritten += book.get(key, value) != value
                book[key] = value
                assert targets[t] == UNGRADED
            else:
                assert targets[t] == value == book[key - task.keys]
            assert targets[t + 1] == UNGRADED
    assert overwritten > 50


def test_parity_and_next_byte():
    tokens, targets = batch(make("parity"), 3, 0, 0)
    assert all(targets[i, t] == tokens[i, : t + 1].sum() % 2 for i in range(3) for t in range(33))
    tokens, targets = batch(make("lm"), 3, 0, 0)
    assert np.array_equal(tokens[:, 1:], targets[:, :-1])


@pytest.mark.parametrize("kind", SPECS)
def test_an_altered_future_keeps_the_past(kind):
    task, rng = make(kind), generator("test")
    tokens, targets = task.heldout(rng, 8)
    for row, wanted in zip(tokens, targets, strict=True):
        for t in np.flatnonzero(wanted[:-1] != UNGRADED)[:6]:
            cut = t + 1
            other, q = task.alter(rng, row, cut)
            assert np.array_equal(other[:cut], row[:cut]) and other[cut] != row[cut]
            assert other.shape == row.shape and 0 <= other.min() and other.max() < task.vocab
            if task.shown is None:
                assert q is None
            else:
                assert task.shown[wanted[t]] == row[cut]
                assert q.shape == (task.classes,) and q[wanted[t]] == 0 and abs(q.sum() - 1) < 1e-12
                assert q[np.searchsorted(task.shown, other[cut])] > 0


def test_heldout_text_is_shown_once():
    task = make("lm")
    task.text = np.arange(len(task.text)) % 65_521  # every position has its own value
    rng = generator("test")
    tokens, _ = task.heldout(rng, 64)
    assert len(np.unique(tokens)) == tokens.size
    other, _ = task.alter(rng, tokens[0], 5)
    assert not np.isin(other[5:], tokens).any()
    with pytest.raises(ValueError, match="more than half"):
        task.heldout(rng, 10_000)


def test_corpus_of_a_folder_is_split_by_file_and_cached(tmp_path):
    protocol = tiny_protocol(write_text(tmp_path / "text"))
    (tmp_path / "text" / "latin.py").write_bytes(b"caf\xe9" * 100)
    made = prepare(protocol, tmp_path / "data")
    assert made == prepare(protocol, tmp_path / "data")
    assert made["skipped"] == 1
    train, held = (load_bytes(Path(made[p]) / f"{p}.bin").tobytes() for p in ("train", "heldout"))
    assert len(train) == made["trainBytes"] and len(held) == made["heldoutBytes"]
    assert 0.03 < len(held) / (len(train) + len(held)) < 0.25
    for rel in made["heldoutFiles"]:
        content = (tmp_path / "text" / rel).read_bytes()
        assert content in held and content not in train
        assert str(tmp_path / "text" / rel) in made["mask"]
    assert made["hash"] == prepare(protocol, tmp_path / "elsewhere")["hash"]
    (tmp_path / "text" / "file0.py").write_text("changed = True\n" * 300)
    assert prepare(protocol, tmp_path / "data")["hash"] != made["hash"]


def test_too_little_text_says_what_to_do(tmp_path):
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "a.py").write_text("x = 1\n")
    with pytest.raises(DataError, match="folder"):
        prepare(tiny_protocol(tmp_path / "text"), tmp_path / "data")


def test_masked_library_files_are_not_needed_by_the_trainer(tmp_path):
    """What the sandbox hides must not be what the trainer imports, early or late."""
    made = prepare(load_protocol("smoke"), tmp_path)
    assert made["trainBytes"] > 2_000_000 and made["heldoutBytes"] > 100_000
    script = """if True:
        import json, sys, torch
        import trainer.worker, trainer.gates, trainer.mixers, trainer.score, trainer.measure
        from trainer.gates import run_gates
        from trainer.mixers import reference_file
        from trainer.protocol import load_protocol
        run_gates(reference_file("delta_net"), load_protocol("smoke"), "cpu", {})
        print(json.dumps([m.__file__ for m in list(sys.modules.values()) if getattr(m, "__file__", None)]))"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=TOP, capture_output=True, text=True, check=True, timeout=120
    )
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert len(loaded) > 500 and not loaded & set(made["mask"])
