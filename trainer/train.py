"""Trains one mixer on one task with one seed. Reads from top to bottom.

AdamW, weight decay on matrices only, linear warm-up, cosine over the *task's* whole schedule: a rung pauses a run at
`until`, it never shortens it. Everything random in a step is a function of (seed, step), the weights' and moments' values
stand in the checkpoint, so a pause, a kill and a resume change no loss.
"""

import contextlib
import math
import random
import resource
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file

from trainer.files import publish
from trainer.load import CandidateError
from trainer.model import full_state, load_full_state
from trainer.protocol import make_model, run_id
from trainer.tasks import UNGRADED, Task, batch

EVENT_STEPS = 10  # steps between two `step` events, and multiples of it, whenever the run was paused
DIVERGED_STEPS = 20  # so many steps in a row above twice the loss at the start (or of chance) end a run


class Stopped(Exception):
    """Asked to stop: the checkpoint is written."""


@dataclass
class Settings:
    """What all runs of a job share."""

    protocol: dict
    mixer_cls: type
    mixer_kwargs: dict
    device: str
    emit: Callable  # emit(type, **fields), and emit.sync() to make it durable
    stopping: Callable[[], bool] = lambda: False
    checkpoint_seconds: float = 3.0


def train(s: Settings, task: Task, run: dict, out: Path, start: Path | None = None) -> torch.nn.Module:
    """Trains `run` (JobRun) up to its `until`, from `start` (a checkpoint) or from the beginning.

    Leaves <out>/checkpoint.safetensors and <out>/model.safetensors, and returns the model. Raises CandidateError
    (numerical, divergence), Stopped, and whatever the candidate's forward raises.
    """
    spec, opt = s.protocol["tasks"][run["task"]], s.protocol["optimiser"]
    name, seed, until = run_id(run["task"], run["seed"]), run["seed"], run["until"]
    steps, peak, size = spec["steps"], spec["lr"], spec["batch"]
    warmup = max(1, round(opt["warmup"] * steps))
    out.mkdir(parents=True, exist_ok=True)

    model = make_model(s.protocol, task, s.mixer_cls, seed, s.device, s.mixer_kwargs).train()
    matrices = [p for p in model.parameters() if p.ndim >= 2]
    others = [p for p in model.parameters() if p.ndim < 2]
    groups = [{"params": matrices, "weight_decay": opt["weightDecay"]}, {"params": others, "weight_decay": 0.0}]
    fused = all(p.is_floating_point() for p in model.parameters())  # complex parameters have no fused kernel
    optimizer = torch.optim.AdamW(groups, lr=peak, betas=tuple(opt["betas"]), fused=fused)
    state = load_checkpoint(start, model, optimizer, run) if start else {"step": 0, "first": None, "high": 0}
    step, first, high = state["step"], state["first"], state["high"]

    s.emit("run_started", run=name, step=step, until=until)
    began = saved = told = time.perf_counter()
    pause = s.checkpoint_seconds  # until the next checkpoint
    told_step = step
    while step < until:
        seed_step(seed, step)
        tokens, targets = (torch.from_numpy(x).to(s.device) for x in batch(task, size, seed, step))  # (B, T)
        progress = max(0.0, (step - warmup) / max(1, steps - warmup))
        cosine = opt["minLr"] + (1 - opt["minLr"]) * 0.5 * (1 + math.cos(math.pi * progress))
        lr = peak * ((step + 1) / warmup if step < warmup else cosine)
        for group in optimizer.param_groups:
            group["lr"] = lr

        with candidate_code(f"{name} failed at step {step + 1}"):
            logits, aux = model(tokens)
            loss = F.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), ignore_index=UNGRADED)
            (loss if aux is None else loss + aux).backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), opt["clip"])
        check(step, loss := loss.item(), None if aux is None else (aux := aux.item()), norm.item())
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1

        first = loss if first is None else first
        high = high + 1 if loss > 2 * max(first, math.log(task.classes)) else 0
        if high >= DIVERGED_STEPS:
            raise CandidateError(
                "divergence",
                f"{name} diverged: its loss is {loss:.3g} at step {step} and was {first:.3g} at the start.",
            )
        now = time.perf_counter()
        if step % EVENT_STEPS == 0 or step == until:
            speed = (step - told_step) * size * task.seq_len / max(now - told, 1e-9)
            s.emit(
                "step",
                run=name,
                step=step,
                loss=loss,
                aux=aux,
                lr=lr,
                tokensPerSecond=speed,
                memoryMB=memory_mb(s.device),
            )
            told, told_step = now, step
        stop = s.stopping()
        if step < until and (stop or now - saved > pause):
            save_checkpoint(out, model, optimizer, run, {"step": step, "first": first, "high": high})
            s.emit("checkpoint", run=name, step=step)
            s.emit.sync()
            saved = time.perf_counter()
            pause = max(s.checkpoint_seconds, 50 * (saved - now))  # at most 2 % of the time goes into writing
            if stop:
                raise Stopped(name)

    save_checkpoint(out, model, optimizer, run, {"step": step, "first": first, "high": high})
    s.emit("checkpoint", run=name, step=step)
    save(out / "model.safetensors", full_state(model), {"step": str(step), "run": name})
    s.emit("run_done", run=name, step=step, seconds=time.perf_counter() - began)
    s.emit.sync()
    return model


@contextlib.contextmanager
def candidate_code(what: str):
    """Inside, an exception is the candidate's: it becomes a CandidateError that begins with `what`."""
    try:
        yield
    except CandidateError:
        raise
    except Exception as error:
        kind = "interface"
        if isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error):
            kind = "memory"
        elif isinstance(error, torch.linalg.LinAlgError):
            kind = "numerical"
        text = f"{type(error).__name__}: {error}".splitlines()[0][:300]
        raise CandidateError(kind, f"{what}: {text}", "".join(traceback.format_exception(error))[-4000:]) from error


def seed_step(seed: int, step: int):
    """Every generator a candidate may draw from (dropout, noise) starts each step anew: a pause cannot be noticed."""
    key = (seed * 1_000_003 + step) % 2**32
    torch.manual_seed(key)
    np.random.seed(key)
    random.seed(key)


def check(step: int, loss: float, aux: float | None, norm: float):
    """Stops at the first value that is no number."""
    for what, x in (("The loss", loss), ("The auxiliary loss", aux), ("The gradient's norm", norm)):
        if x is not None and not math.isfinite(x):
            raise CandidateError("numerical", f"{what} is {x} at step {step + 1}.", "Training stopped there.")


def memory_mb(device: str) -> float:
    """Peak memory so far: of the device's allocator, else of the process."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


# ---------------------------------------------------------------- checkpoints (safetensors only: never a pickle)


def save(path: Path, tensors: dict[str, torch.Tensor], metadata: dict[str, str]):
    tmp = path.with_name(path.name + ".tmp")
    save_file({k: v.cpu() for k, v in tensors.items()}, tmp, metadata)
    publish(tmp, path)


def save_checkpoint(out: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, run: dict, state: dict):
    """Model with all buffers, AdamW's moments by parameter name, and where the run stands, as metadata."""
    tensors = {f"model.{k}": v for k, v in full_state(model).items()}
    for name, p in model.named_parameters():
        for key, value in optimizer.state.get(p, {}).items():
            tensors[f"adamw.{key}.{name}"] = value.detach().clone().contiguous()
    metadata = {k: repr(v) for k, v in state.items()} | {"run": run_id(run["task"], run["seed"])}
    save(out / "checkpoint.safetensors", tensors, metadata)


def load_checkpoint(path: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, run: dict) -> dict:
    """Puts a checkpoint's tensors into model and optimiser; returns {step, first, high}. ValueError if it is not of `run`."""
    with safe_open(path, "pt") as f:
        tensors, metadata = {k: f.get_tensor(k) for k in f.keys()}, f.metadata()  # noqa: SIM118 no mapping
    if metadata["run"] != run_id(run["task"], run["seed"]):
        raise ValueError(f"{path} belongs to {metadata['run']}.")
    load_full_state(model, {k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")})
    for name, p in model.named_parameters():
        moments = {key: tensors.get(f"adamw.{key}.{name}") for key in ("step", "exp_avg", "exp_avg_sq")}
        if moments["step"] is not None:
            optimizer.state[p] = {k: v.to(p.device) for k, v in moments.items()}
    first = metadata["first"]
    return {
        "step": int(metadata["step"]),
        "first": None if first == "None" else float(first),
        "high": int(metadata["high"]),
    }


def checkpoint_step(path: Path, run: str) -> int:
    """Step a checkpoint of this run stands at; -1 when there is none, or none that can be read."""
    try:
        with safe_open(path, "pt") as f:
            metadata = f.metadata()
        return int(metadata["step"]) if metadata["run"] == run else -1
    except Exception:  # noqa: BLE001 absent, cut short, or not safetensors: the run starts from what else there is
        return -1
