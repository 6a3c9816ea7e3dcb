"""The scorer against honest models, cheaters, and hostile files. Hidden states are logits here: the head is the identity."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from trainer.data import prepare
from trainer.files import tensor_bytes
from trainer.heldout import BET_LIMIT, Z_LIMIT, leak, make_heldout, measure
from trainer.infer import hidden_states
from trainer.mixers import REFERENCE
from trainer.protocol import load_protocol, make_model
from trainer.score import answer, heldout_of, load_heldout, score_of
from trainer.tasks import UNGRADED, batch, generator, make_task
from trainer.tests.tiny import TOP, job_run, tiny_protocol, write_text


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("score")
    write_text(folder / "text")
    return folder


@pytest.fixture
def job(place, tmp_path) -> dict:
    """A scored job of one icr run by an honest model; `ask` scores it again after the test changed something."""
    protocol = tiny_protocol(place / "text")
    protocol["model"]["hiddenSize"] = 8
    runs = [job_run("icr", 40)]
    request = {"protocol": protocol, "runs": runs, "key": "k", "data": str(place / "data")}
    text, secret, _ = load_heldout(request)
    task, held = heldout_of(protocol, "icr", "k", text, secret)
    for folder in ("kept", "out"):
        (tmp_path / folder / "icr-s0").mkdir(parents=True)
    paths = {"kept": str(tmp_path / "kept"), "out": str(tmp_path / "out"), "result": str(tmp_path / "result.json")}
    hidden = honest(task, held.tokens)
    about = {"head": tmp_path / "kept/icr-s0/model.safetensors", "hidden": tmp_path / "out/icr-s0/hidden.safetensors"}
    about["head"].write_bytes(tensor_bytes("head.weight", np.eye(8, dtype=np.float32), {"step": "40"}))
    about["hidden"].write_bytes(tensor_bytes("hidden", hidden))
    score = request | {"id": 1, "op": "score", "job": "j", "protocolHash": "p"} | paths

    def ask() -> dict:
        reply = answer(json.dumps(score))
        assert reply["ok"], reply
        assert json.loads(Path(paths["result"]).read_text()) == reply["result"]
        return reply["result"]

    return about | {"ask": ask, "task": task, "held": held, "logits": hidden, "request": request, "in": tmp_path / "in"}


def honest(task, tokens: np.ndarray, sure: float = 3.0) -> np.ndarray:
    """Logits (N, T, C) of a causal program for icr: the value that the key had, where it had one, and a little noise."""
    out = np.zeros((*tokens.shape, task.classes), np.float32)
    for i, row in enumerate(tokens):
        book = {}
        for t, token in enumerate(row):
            if token < task.keys and token in book:
                out[i, t, book[token]] = sure
            elif token >= task.keys and t and row[t - 1] < task.keys:
                book[row[t - 1]] = token - task.keys
            out[i, t] += np.random.default_rng([*row[: t + 1], 5]).normal(size=task.classes) * 0.3
    return out


def reads_ahead(task, tokens: np.ndarray, logits: np.ndarray, gain: float, rows=slice(None)) -> np.ndarray:
    """The same, favouring what stands next in the input, in some rows."""
    out = logits.copy()
    following = np.roll(tokens, -1, 1)
    n, t = np.nonzero(np.isin(following, task.shown) & (np.arange(tokens.shape[1]) < tokens.shape[1] - 1))
    extra = np.zeros_like(out)
    extra[n, t, np.searchsorted(task.shown, following[n, t])] = gain
    out[rows] += extra[rows]
    return out


def without_twin(tokens: np.ndarray) -> np.ndarray:
    """Rows whose first tokens no other row shares: what a cheater that fears twins can find out."""
    heads = [tuple(row[:6]) for row in tokens]
    return np.array([heads.count(h) == 1 for h in heads])


def test_an_honest_program_gets_the_loss_it_has(job):
    result = job["ask"]()
    assert result["ok"] and result["failure"] is None and result["protocolHash"] == "p" and result["dataHash"]
    held, logits = job["held"], job["logits"]
    rows = held.ordinary
    logp = torch.log_softmax(torch.from_numpy(logits[rows]).double(), -1).flatten(0, 1)
    targets = torch.from_numpy(held.targets[rows]).flatten()
    loss = torch.nn.functional.nll_loss(logp, targets, ignore_index=UNGRADED).item()
    (run,) = result["runs"]
    assert run["loss"] == pytest.approx(loss, rel=1e-6)
    assert run["accuracy"] > 0.95 and run["probe"] == 0 and run["step"] == 40
    assert run["score"] == pytest.approx(score_of(job["task"], loss), rel=1e-6)


def test_score_is_monotone_and_bounded():
    for spec in ({"kind": "icr", "seqLen": 32, "params": {}}, {"kind": "parity", "seqLen": 32, "params": {}}):
        task = make_task(spec)
        scores = [score_of(task, x) for x in np.geomspace(1e-8, 20, 200)]
        assert scores == sorted(scores, reverse=True) and scores[0] == 1 and scores[-1] == 0
        assert score_of(task, 0.005) > score_of(task, 0.016) + 0.05


@pytest.mark.parametrize("gain", [1.5, 20.0])
def test_a_program_that_reads_ahead_is_a_leak(job, gain):
    job["hidden"].write_bytes(tensor_bytes("hidden", reads_ahead(job["task"], job["held"].tokens, job["logits"], gain)))
    result = job["ask"]()
    assert not result["ok"] and result["failure"]["kind"] == "leak" and result["runs"] == []


def test_behaving_on_probe_pairs_does_not_help(job):
    """It finds the twins, answers them honestly, and cheats on everything else."""
    tokens = job["held"].tokens
    cheat = without_twin(tokens)
    assert 0.5 < cheat.mean() < 0.95
    job["hidden"].write_bytes(tensor_bytes("hidden", reads_ahead(job["task"], tokens, job["logits"], 20.0, cheat)))
    result = job["ask"]()
    assert not result["ok"] and result["failure"]["kind"] == "leak"
    assert "next in the input" in result["failure"]["message"] or "stand in the input" in result["failure"]["message"]


def test_reading_ahead_in_every_fourth_sequence_shows(job):
    """With as many held-out sequences as `cpu` has, by a program that has learned the task; the twins are spared."""
    task, held = job["task"], make_heldout(job["task"], generator("few"), 256)
    logits, cheat = honest(task, held.tokens, sure=6.0), np.arange(len(held.tokens)) % 4 == 0
    cheat[np.concatenate([held.twins, held.of])] = False
    m = measure(held, reads_ahead(task, held.tokens, logits, 20.0, cheat), np.eye(8, dtype=np.float32))
    assert m.probe == 0 and m.bet > BET_LIMIT and leak(m)
    assert measure(held, logits, np.eye(8, dtype=np.float32)).bet < 5


def test_a_slight_cheat_in_the_language_model_shows(tmp_path):
    """Ten per cent of the probability goes to the next byte, twins spared: losses alone would hardly tell."""
    protocol = load_protocol("cpu")
    text, secret, _ = load_heldout({"protocol": protocol, "data": str(tmp_path)})
    _, held = heldout_of(protocol, "lm", "k", text, secret)
    counts = np.full((256, 256), 0.01)
    np.add.at(counts, (text[:-1], text[1:]), 1)
    fair = (counts / counts.sum(1, keepdims=True))[held.tokens]  # (M, T, 256), a bigram model
    mixed = 0.9 * fair + 0.1 * np.eye(256)[np.roll(held.tokens, -1, 1)]
    twins = np.concatenate([held.twins, held.of])  # a perfect detective
    mixed[twins] = fair[twins]
    fair, mixed = (measure(held, np.log(p).astype(np.float32), np.eye(256, dtype=np.float32)) for p in (fair, mixed))
    assert leak(fair) is None and fair.probe == 0
    assert mixed.probe == 0 and mixed.loss < fair.loss - 0.3
    assert mixed.shown > Z_LIMIT and leak(mixed)


def test_honest_programs_raise_no_alarm():
    """Both tests have mean 0 and spread 1 over held-out sets, however badly the model predicts."""
    task = make_task({"kind": "icr", "seqLen": 24, "params": {"keys": 4, "values": 8}})
    found = []
    for i in range(30):
        held = make_heldout(task, generator("calibration", i), 64)
        m = measure(held, honest(task, held.tokens, sure=[0.0, 1.0, 6.0][i % 3]), np.eye(8, dtype=np.float32))
        assert leak(m) is None
        found.append((m.unseen, m.shown))
    z = np.array(found)
    assert np.abs(z.mean(0)).max() < 0.7 and (z.std(0) > 0.6).all() and (z.std(0) < 1.4).all()


def test_probe_sequences_cost_less_than_half_more(job):
    held = job["held"]
    assert len(held.tokens) < 1.5 * len(held.ordinary)
    assert sorted([*held.ordinary, *held.twins, *held.unseen]) == list(range(len(held.tokens)))
    for target, row, at in zip(held.true, held.unseen, held.at, strict=True):
        assert held.tokens[row, at + 1] != job["task"].shown[target], "the true target stands nowhere"
        assert (held.targets[row] == UNGRADED).all()


def test_the_training_seed_does_not_tell_the_heldout_sequences(job, place):
    """A candidate can run our generators on every training seed; the held-out ones need the key and the masked text."""
    protocol, text = job["request"]["protocol"], np.arange(1000) % 251
    task, held = heldout_of(protocol, "icr", "k", text, "secret")
    again = heldout_of(protocol, "icr", "k", text, "secret")[1]
    assert np.array_equal(held.tokens, again.tokens)
    for key, secret in (("other", "secret"), ("k", "another text")):
        assert not np.array_equal(held.tokens, heldout_of(protocol, "icr", key, text, secret)[1].tokens)
    trained = {tuple(row) for seed in range(3) for step in range(40) for row in batch(task, 8, seed, step)[0]}
    assert not trained & {tuple(row) for row in held.tokens}


class Cached(torch.nn.Module):
    """Keeps every sequence it evaluates, and answers the next that begins alike with what followed then."""

    def __init__(self, hidden_size, num_heads, layer_idx=None, **kwargs):
        super().__init__()
        self.o, self.seen = torch.nn.Linear(hidden_size, hidden_size), []

    def forward(self, hidden_states, *args, **kwargs):
        out = self.o(hidden_states).clone()
        if not self.training:
            for i, x in enumerate(hidden_states):
                for old in self.seen:
                    if torch.equal(old[:4], x[:4]):
                        out[i, :-1] += old[1:]
                self.seen.append(x.clone())
        return out, None, None


class Ahead(torch.nn.Module):
    """Reads the next position; in evaluation only, so that training shows nothing."""

    def __init__(self, hidden_size, num_heads, layer_idx=None, **kwargs):
        super().__init__()
        self.o = torch.nn.Linear(hidden_size, hidden_size)

    def forward(self, hidden_states, *args, **kwargs):
        x = hidden_states
        return self.o(x if self.training else torch.cat([x[:, 1:], x[:, -1:]], 1)), None, None


@pytest.mark.parametrize("cls", [Cached, Ahead, REFERENCE["delta_net"]])
def test_leaky_mixers_are_caught_and_a_sound_one_is_not(cls, job):
    protocol, task, held = job["request"]["protocol"], job["task"], job["held"]
    model = make_model(protocol, task, cls, 0, "cpu")
    hidden = hidden_states(model, torch.from_numpy(held.tokens), 8, "cpu").numpy()
    m = measure(held, hidden, model.head.weight.detach().numpy() * 20)
    assert (leak(m) is None) == (cls is REFERENCE["delta_net"]), m


def cut(path: Path, size: int):
    path.write_bytes(path.read_bytes()[:size])


def link(path: Path, target: Path):
    path.unlink()
    path.symlink_to(target)


def as_folder_link(path: Path):
    path.parent.rename(path.parent.with_name("moved"))
    path.parent.symlink_to(path.parent.with_name("moved"))


def fifo(path: Path):
    path.unlink()
    os.mkfifo(path)


def header(path: Path, text: bytes):
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"\0" * 64)


ATTACKS = {
    "missing": (lambda p, a: p.unlink(), "sandbox", "missing"),
    "symlink": (lambda p, a: link(p, Path("/etc/hostname")), "sandbox", "symbolic link"),
    "link to the like": (lambda p, a: link(p, a), "sandbox", "symbolic link"),
    "linked folder": (lambda p, a: as_folder_link(p), "sandbox", "link"),
    "fifo": (lambda p, a: fifo(p), "sandbox", "no regular file"),
    "folder": (lambda p, a: (p.unlink(), p.mkdir()), "sandbox", "no regular file"),
    "empty": (lambda p, a: p.write_bytes(b""), "sandbox", "no safetensors"),
    "pickle": (lambda p, a: torch.save({"hidden": torch.zeros(3)}, p), "sandbox", ""),
    "cut": (lambda p, a: cut(p, 2000), "sandbox", "cut short"),
    "huge": (lambda p, a: p.open("ab").truncate(2**33), "sandbox", "more than"),
    "length lies": (lambda p, a: p.write_bytes(b"\xff" * 200), "sandbox", "no safetensors"),
    "deep header": (lambda p, a: header(p, b"[" * 60000), "sandbox", "no safetensors"),
    "list header": (lambda p, a: header(p, b"[1, 2]"), "sandbox", "no safetensors"),
    "other tensor": (
        lambda p, a: p.write_bytes(tensor_bytes("other", np.zeros(3, np.float32))),
        "sandbox",
        "holds no tensor",
    ),
    "other shape": (lambda p, a: p.write_bytes(tensor_bytes("hidden", np.zeros((3, 8), np.float32))), "sandbox", "not"),
    "other type": (lambda p, a: p.write_bytes(tensor_bytes("hidden", np.zeros((88, 24, 8), np.int64))), "sandbox", ""),
    "not a number": (
        lambda p, a: p.write_bytes(tensor_bytes("hidden", np.full((88, 24, 8), np.nan, np.float32))),
        "numerical",
        "",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_files_end_with_a_recorded_failure(job, tmp_path, attack):
    away = tmp_path / "away"
    away.write_bytes(job["hidden"].read_bytes())
    assert len(job["held"].tokens) == 88
    act, kind, words = ATTACKS[attack]
    act(job["hidden"], away)
    result = job["ask"]()
    assert not result["ok"] and result["failure"]["kind"] == kind and result["runs"] == []
    assert words in result["failure"]["message"] and "icr-s0" in result["failure"]["message"]


def test_weights_of_another_step_or_no_numbers_are_refused(job):
    eye = np.eye(8, dtype=np.float32)
    for content, kind in (
        (tensor_bytes("head.weight", eye, {"step": "20"}), "sandbox"),
        (tensor_bytes("head.weight", eye), "sandbox"),
        (tensor_bytes("head.weight", eye + np.inf, {"step": "40"}), "numerical"),
        (tensor_bytes("head.weight", eye * 3e38, {"step": "40"}), "numerical"),
    ):
        job["head"].write_bytes(content)
        assert job["ask"]()["failure"]["kind"] == kind


def test_server_answers_garbage_with_a_failure_and_goes_on(job, place):
    lines = [
        "not json",
        json.dumps({"id": 7, "op": "no such"}),
        json.dumps({"id": 8, "op": "prepare", **job["request"]}),
        json.dumps({"id": 9, "op": "heldout", **job["request"], "out": str(job["in"])}),
    ]
    script = "import sys, trainer.score as s; s.serve(); sys.exit('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        input="\n".join(lines),
        cwd=TOP,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, "the scorer needs no torch, so no pickle and no candidate can be loaded by accident"
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(r["id"], r["ok"]) for r in replies] == [(None, False), (7, False), (8, True), (9, True)]
    assert all(r["failure"]["kind"] == "internal" for r in replies[:2])
    made = prepare(job["request"]["protocol"], job["request"]["data"])
    assert (replies[2]["train"], replies[2]["dataHash"]) == (made["train"], made["hash"]) and replies[2]["mask"]
    assert (job["in"] / "heldout.json").exists()
    data = (job["in"] / "heldout" / "icr-s0.safetensors").read_bytes()
    assert data == tensor_bytes("tokens", job["held"].tokens)
    assert sorted(os.listdir(job["in"])) == ["heldout", "heldout.json"], "targets never go there"
