"""The trusted scorer: makes held-out sequences and computes every metric. Never imports a candidate, never unpickles.

    python -m trainer.score --serve      one JSON object a line on stdin, one answer a line on stdout

    {"id", "op": "prepare", "protocol", "data"}                     -> {"id", "ok", "train", "dataHash", "mask"}
    {"id", "op": "heldout", "protocol", "runs", "key", "data", "out"}       writes <out>/heldout/<run>.safetensors, then
                                                                    <out>/heldout.json -> {"id", "ok"}
    {"id", "op": "score", "job", "protocol", "protocolHash", "runs", "key", "data", "kept", "out", "result"}
                                                                    writes the file `result` -> {"id", "ok", "result": JobResult}
    an error of the request or of this program -> {"id", "ok": false, "failure"}; a candidate that fails is a result

Weights of the head come from <kept>/<run>/model.safetensors, which lay out of the sandbox's reach before it saw a held-out
sequence; hidden states from <out>/<run>/hidden.safetensors. Both were written by hostile code and are read as such.

The held-out sequences are drawn with a seed that the sandbox cannot compute: it hashes the held-out text, which is masked
there, with the key of the campaign.
"""

import argparse
import hashlib
import json
import math
import os
import sys
import traceback
from pathlib import Path

import numpy as np

from trainer.data import DataError, load_bytes, prepare
from trainer.files import Untrusted, read_tensor, tensor_bytes, write_atomic
from trainer.heldout import Heldout, leak, make_heldout, measure
from trainer.tasks import Task, generator, make_task


class Refused(Exception):
    """The candidate fails in scoring. `kind`: FailureKind."""

    def __init__(self, kind: str, message: str):
        super().__init__(message)
        self.kind, self.message = kind, message


def heldout_of(protocol: dict, task_name: str, key: str, text: np.ndarray, secret: str) -> tuple[Task, Heldout]:
    """The held-out sequences of a task: the same for all its runs under one key."""
    spec = protocol["tasks"][task_name]
    task = make_task(spec, text)
    return task, make_heldout(task, generator("heldout", secret, key, task_name), spec["heldout"])


def score_of(task: Task, loss: float) -> float:
    """log(chance / loss) / log(chance / floor), clipped to [0, 1]: 0 at chance, 1 at the task's floor, linear in log loss.

    Log loss keeps apart what accuracy shows as 1.00 (research: DeltaNet .005 and GLA .016 are both right always).
    """
    chance = math.log(task.classes)
    return min(1.0, max(0.0, math.log(chance / max(loss, 1e-12)) / math.log(chance / task.floor)))


def score_run(protocol: dict, run: dict, task: Task, held: Heldout, kept: Path, out: Path) -> dict:
    """The RunScore of one run (src/shared/job.ts). Raises Refused."""
    name, d = run["id"], protocol["model"]["hiddenSize"]
    shape = (*held.tokens.shape, d)
    limit = int(protocol["limits"]["memoryMB"]) * 2**20

    def read(top: Path, file: str, tensor: str, shape: tuple[int, ...], limit: int):
        try:
            array, metadata = read_tensor(top, [name, file], tensor, shape, limit)
        except Untrusted as error:
            raise Refused("sandbox", f"{file} of {name} {error}.") from error
        if not np.isfinite(array).all():
            raise Refused("numerical", f"{file} of {name} holds values that are no finite numbers.")
        return array, metadata

    head, metadata = read(kept, "model.safetensors", "head.weight", (task.classes, d), limit)
    if metadata.get("step") != str(run["until"]):
        raise Refused("sandbox", f"model.safetensors of {name} is of step {metadata.get('step')}, not {run['until']}.")
    hidden, _ = read(out, "hidden.safetensors", "hidden", shape, 4 * math.prod(shape) + 65536)
    with np.errstate(over="ignore", invalid="ignore"):
        m = measure(held, hidden, head)
    if not all(map(math.isfinite, (m.loss, m.probe, m.drift))):
        raise Refused("numerical", f"The loss of {name} on held-out sequences is {m.loss}.")
    wrong = leak(m)
    if wrong:
        raise Refused("leak", f"{name}: {wrong}")
    return {
        "id": name,
        "task": run["task"],
        "seed": run["seed"],
        "step": run["until"],
        "loss": m.loss,
        "accuracy": m.accuracy,
        "score": score_of(task, m.loss),
        "probe": m.probe,
    }


def op_prepare(request: dict) -> dict:
    manifest = prepare(request["protocol"], request["data"])
    return {"train": manifest["train"], "dataHash": manifest["hash"], "mask": manifest["mask"]}


def load_heldout(request: dict) -> tuple[np.ndarray, str, str]:
    """Held-out text, its hash (the secret part of the seed), and the corpus's public hash."""
    manifest = prepare(request["protocol"], request["data"])
    text = load_bytes(Path(manifest["heldout"]) / "heldout.bin")
    return text, hashlib.sha256(text.tobytes()).hexdigest(), manifest["hash"]


def op_heldout(request: dict) -> dict:
    text, secret, _ = load_heldout(request)
    inn = Path(request["out"])
    (inn / "heldout").mkdir(parents=True, exist_ok=True)
    made: dict[str, Heldout] = {}
    for run in request["runs"]:
        if run["task"] not in made:
            made[run["task"]] = heldout_of(request["protocol"], run["task"], request["key"], text, secret)[1]
        write_atomic(inn / "heldout" / f"{run['id']}.safetensors", tensor_bytes("tokens", made[run["task"]].tokens))
    write_atomic(inn / "heldout.json", json.dumps({"runs": [r["id"] for r in request["runs"]]}).encode())
    return {}


def op_score(request: dict) -> dict:
    text, secret, data_hash = load_heldout(request)
    runs, failure, made = [], None, {}
    try:
        for run in request["runs"]:
            if run["task"] not in made:
                made[run["task"]] = heldout_of(request["protocol"], run["task"], request["key"], text, secret)
            runs.append(
                score_run(request["protocol"], run, *made[run["task"]], Path(request["kept"]), Path(request["out"]))
            )
    except Refused as error:
        failure = {"kind": error.kind, "message": error.message, "detail": ""}
    result = {
        "job": request["job"],
        "ok": failure is None,
        "failure": failure,
        "runs": runs,
        "protocolHash": request["protocolHash"],
        "dataHash": data_hash,
    }
    write_atomic(request["result"], json.dumps(result, allow_nan=False).encode())
    return {"result": result}


OPS = {"prepare": op_prepare, "heldout": op_heldout, "score": op_score}


def answer(line: str) -> dict:
    """The reply to one request line; no request ends the server."""
    request = {}
    try:
        request = json.loads(line)
        return {"id": request["id"], "ok": True, **OPS[request["op"]](request)}
    except Exception as error:  # noqa: BLE001 the server goes on
        kind = "disk" if isinstance(error, OSError) and error.errno in (28, 122) else "internal"
        message = str(error) if isinstance(error, DataError) else f"The scorer failed: {type(error).__name__}: {error}"
        detail = "".join(traceback.format_exception(error))[-4000:]
        failed = {"kind": kind, "message": message, "detail": detail}
        return {"id": request.get("id") if isinstance(request, dict) else None, "ok": False, "failure": failed}


def serve():
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever prints by accident goes to stderr: stdout carries replies alone
    for line in sys.stdin:
        if line.strip():
            replies.write(json.dumps(answer(line)) + "\n")
            replies.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m trainer.score", description=__doc__.splitlines()[0])
    parser.add_argument("--serve", action="store_true", required=True, help="answer requests on stdin until it closes")
    parser.parse_args()
    serve()
