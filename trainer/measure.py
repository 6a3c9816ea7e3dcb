"""Measures the reference mixers, with and without a short convolution, on every rung of a protocol.

    python -m trainer.measure --protocol cpu --seeds 3 --workers 2

Trains and scores in process (the mixers are ours, so no sandbox), each run once through all rungs, paused and resumed as a
campaign would. Every finished run is appended to a cache, so an interrupted measurement goes on where it was. Then prints
a Markdown table: means over seeds, their spread, and the rank correlation of the first rung with the last, beside what the
parameter count alone predicts.
"""

import argparse
import hashlib
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import numpy as np

SEED = 20  # of the bootstrap
PLAIN = {"short_conv", "identity"}  # mixers that have no convolution to leave out


def variants() -> dict[str, tuple[str, dict]]:
    """Label -> (reference mixer, constructor keywords)."""
    from trainer.mixers import REFERENCE

    found = {}
    for name in REFERENCE:
        for conv in (True,) if name in PLAIN else (True, False):
            kwargs = {} if conv else {"use_short_conv": False}
            label = name if conv else f"{name} (no conv)"
            found[label] = (name, kwargs)
            if name == "delta_net":
                found[label.replace("delta_net", "delta_net β≤2")] = (name, kwargs | {"allow_neg_eigval": True})
    return found


def marks(protocol: dict, task: str) -> list[int]:
    """Steps at which a run of the task is scored: where the rungs pause it."""
    return sorted({run["until"] for rung in protocol["rungs"] for run in rung["runs"] if run["task"] == task})


def measure_run(protocol: dict, label: str, task_name: str, seed: int, data: str) -> list[dict]:
    """Trains one variant on one task with one seed, pausing at every mark: one record a mark."""
    import torch

    from trainer.data import load_bytes, prepare
    from trainer.heldout import measure
    from trainer.infer import hidden_states
    from trainer.mixers import REFERENCE
    from trainer.model import count_parameters
    from trainer.protocol import run_id
    from trainer.score import heldout_of, load_heldout, score_of
    from trainer.tasks import make_task
    from trainer.train import Settings, train

    torch.set_num_threads(1)
    name, kwargs = variants()[label]
    spec = protocol["tasks"][task_name]
    text, secret, _ = load_heldout({"protocol": protocol, "data": data})
    task = make_task(spec, load_bytes(Path(prepare(protocol, data)["train"]) / "train.bin"))
    test, held = heldout_of(protocol, task_name, "measure", text, secret)
    records, began, start = [], time.process_time(), None
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        for until in marks(protocol, task_name):
            s = Settings(protocol, REFERENCE[name], kwargs, "cpu", Silent(), checkpoint_seconds=1e9)
            run = {"id": run_id(task_name, seed), "task": task_name, "seed": seed, "until": until}
            model = train(s, task, run, out, start)
            start = out / "checkpoint.safetensors"
            hidden = hidden_states(model, torch.from_numpy(held.tokens), spec["batch"], "cpu").numpy()
            m = measure(held, hidden, model.head.weight.detach().numpy())
            found = {"loss": m.loss, "accuracy": m.accuracy, "score": score_of(test, m.loss)}
            found |= {"probe": m.probe, "drift": m.drift, "unseen": m.unseen, "shown": m.shown, "bet": m.bet}
            about = {"mixer": label, "task": task_name, "seed": seed, "until": until}
            cpu = time.process_time() - began
            records.append({**about, **found, "params": count_parameters(model.blocks[0].mixer), "cpuSeconds": cpu})
    return records


def attempt(*args) -> list[dict] | str:
    """`measure_run`, or the sentence that says why it failed (the exception itself does not pass between processes)."""
    from trainer.load import CandidateError

    try:
        return measure_run(*args)
    except CandidateError as error:
        return error.message


class Silent:
    """Stands for the events, which nobody reads here."""

    def __call__(self, type: str, **fields): ...

    def sync(self): ...


# ---------------------------------------------------------------- the table


def ranks(x: np.ndarray) -> np.ndarray:
    """Mid-ranks, from 1."""
    x = np.asarray(x, float)
    return np.array([((x < v).sum() + (x <= v).sum() + 1) / 2 for v in x])


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's rho: the correlation of the mid-ranks; nan where one side has no spread."""
    a, b = ranks(x), ranks(y)
    if len(a) < 3 or a.std() == 0 or b.std() == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def spearman_interval(x: np.ndarray, y: np.ndarray, draws: int = 2000) -> tuple[float, float]:
    """95 % percentile bootstrap over the mixers."""
    rng = np.random.default_rng(SEED)
    picks = rng.integers(len(x), size=(draws, len(x)))
    found = [r for r in (spearman(x[p], y[p]) for p in picks) if not np.isnan(r)]
    return (float(np.percentile(found, 2.5)), float(np.percentile(found, 97.5))) if found else (np.nan, np.nan)


def table(protocol: dict, records: list[dict]) -> str:
    """The measured table, in Markdown."""
    at: dict[tuple, list[dict]] = {}
    for r in records:
        at.setdefault((r["mixer"], r["task"], r["until"]), []).append(r)
    names = list(dict.fromkeys(r["mixer"] for r in records))
    params = {r["mixer"]: r["params"] for r in records}
    first, last = protocol["rungs"][0], protocol["rungs"][1]  # any further rung only adds seeds
    columns = [(rung["name"], run["task"], run["until"]) for rung in (first, last) for run in rung["runs"]]

    def column(task: str, until: int, field: str) -> np.ndarray:
        return np.array([np.mean([r[field] for r in at.get((n, task, until), [])] or [np.nan]) for n in names])

    head = ["mixer", "parameters"] + [f"{rung}: {task} {until}" for rung, task, until in columns]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for n in names:
        cells = [n, f"{params[n]:,}"]
        for _, task, until in columns:
            runs = at.get((n, task, until), [])
            x = np.array([r["loss"] if protocol["tasks"][task]["kind"] == "lm" else r["score"] for r in runs])
            cells.append(f"{x.mean():.3f} ± {x.std(ddof=1):.3f}" if len(x) > 1 else f"{x[0]:.3f}" if len(x) else "–")
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "`lm`: held-out loss in nats, lower is better; other tasks: score in [0, 1], higher is better."]
    seeds = sorted({r["seed"] for r in records})
    cpu = sum(max(r["cpuSeconds"] for r in g) for g in group_runs(records).values())
    lines += [f"Mean ± standard deviation over {len(seeds)} seeds; {cpu / 60:.0f} CPU-minutes in all.", ""]

    def standing(rung: dict) -> np.ndarray:
        """Mean rank of LM loss and of the mean task score: what a rung ranks by, lower is better."""
        lm = [column(r["task"], r["until"], "loss") for r in rung["runs"] if is_lm(protocol, r["task"])]
        rest = [column(r["task"], r["until"], "score") for r in rung["runs"] if not is_lm(protocol, r["task"])]
        parts = [ranks(x) for x in lm] + ([ranks(-np.mean(rest, 0))] if rest else [])
        return np.mean(parts, 0)

    def by_loss(rung: dict) -> np.ndarray:
        run = next(r for r in rung["runs"] if is_lm(protocol, r["task"]))
        return column(run["task"], run["until"], "loss")

    lines += ["| predictor | predicts | Spearman [95 %] |", "|---|---|---|"]
    size = -np.array([params[n] for n in names], float)
    pairs = [
        (
            f"`{first['name']}`: mean rank of LM loss and task scores",
            f"the same on `{last['name']}`",
            standing,
            standing,
        ),
        (f"`{first['name']}`: LM loss", f"LM loss on `{last['name']}`", by_loss, by_loss),
        ("parameters of the mixer alone", f"mean rank on `{last['name']}`", None, standing),
        ("parameters of the mixer alone", f"LM loss on `{last['name']}`", None, by_loss),
    ]
    for what, target, x, y in pairs:
        a, b = size if x is None else x(first), y(last)
        whole = ~(np.isnan(a) | np.isnan(b))
        low, high = spearman_interval(a[whole], b[whole])
        lines.append(f"| {what} | {target} | {spearman(a[whole], b[whole]):.2f} [{low:.2f}, {high:.2f}] |")
    lines.append(f"\nn = {len(names)} mixers; intervals by bootstrap over mixers.")
    return "\n".join(lines)


def is_lm(protocol: dict, task: str) -> bool:
    return protocol["tasks"][task]["kind"] == "lm"


def group_runs(records: list[dict]) -> dict[tuple, list[dict]]:
    groups: dict[tuple, list[dict]] = {}
    for r in records:
        groups.setdefault((r["mixer"], r["task"], r["seed"]), []).append(r)
    return groups


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m trainer.measure", description=__doc__.splitlines()[0])
    parser.add_argument("--protocol", default="cpu", help="name of a preset, or a JSON file")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1, help="processes, one thread each")
    parser.add_argument("--only", default="", help="mixers, separated by commas, as they are called in the table")
    parser.add_argument("--tasks", default="", help="tasks, separated by commas; all unless given")
    parser.add_argument(
        "--cache", default=str(Path(tempfile.gettempdir()) / "cambrian-measure"), help="folder to keep runs in"
    )
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"

    from trainer.data import prepare
    from trainer.protocol import load_protocol

    protocol = load_protocol(args.protocol)
    corpus = prepare(protocol, Path(args.cache) / "data")
    paused = {task: marks(protocol, task) for task in protocol["tasks"]}
    about = json.dumps([protocol["model"], protocol["optimiser"], protocol["tasks"], paused, corpus["hash"]])
    file = Path(args.cache) / f"{protocol['name']}-{hashlib.sha256(about.encode()).hexdigest()[:12]}.jsonl"
    records = [json.loads(line) for line in file.read_text().splitlines() if line] if file.exists() else []
    wanted = [label for label in variants() if not args.only or label in args.only.split(",")]
    tasks = [t for t in protocol["tasks"] if marks(protocol, t) and (not args.tasks or t in args.tasks.split(","))]
    done = group_runs(records)
    todo = [(m, t, s) for s in range(args.seeds) for m in wanted for t in tasks if (m, t, s) not in done]
    print(f"{len(todo)} of {len(todo) + len(done)} runs to do; kept in {file}", file=sys.stderr)

    if todo:
        with ProcessPoolExecutor(args.workers, mp_context=get_context("spawn")) as pool, open(file, "a") as f:
            jobs = {pool.submit(attempt, protocol, *unit, str(Path(args.cache) / "data")): unit for unit in todo}
            for n, job in enumerate(as_completed(jobs), 1):
                found = job.result()
                if isinstance(found, str):  # it diverged, say; the others go on
                    print(f"[{n}/{len(todo)}] {' '.join(map(str, jobs[job]))} FAILED: {found}", file=sys.stderr)
                    continue
                records += found
                f.write("".join(json.dumps(r) + "\n" for r in found))
                f.flush()
                losses = ", ".join(f"{r['until']}: {r['loss']:.4f}" for r in found)
                print(f"[{n}/{len(todo)}] {' '.join(map(str, jobs[job])):<32} {losses}", file=sys.stderr)
    order = {label: i for i, label in enumerate(variants())}
    shown = [r for r in records if r["mixer"] in wanted and r["task"] in tasks and r["seed"] < args.seeds]
    print(table(protocol, sorted(shown, key=lambda r: (order[r["mixer"]], r["seed"]))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
