"""What the mixer costs: scaling with length, Python loops over time, parameters, FLOPs, memory. All counted, never timed."""

import math

import torch
import torch.nn.functional as F

from trainer.gates.counters import Counter, LivePeak, math_attention
from trainer.gates.exact import Settings, draw, seeded
from trainer.gates.verdict import verdict
from trainer.load import call_mixer
from trainer.model import count_parameters

SIZES = [128, 256, 512, 1024, 2048, 4096]
FIT_FROM = 512  # the slope is fitted from here on; smaller sizes only foresee what a larger one will take
HEAVY = 1024  # the longest for a mixer that fails by its FLOPs anyway
SLOPE = 1.4  # linear mixers measure 1.0, quadratic ones 1.79 and more
OPS_PER_TOKEN = 8  # the baseline measures 0.2, published loops over time 10 to 28
# What a pass may take while scaling is measured, in bytes a hidden channel: the largest tensor, and all that is read and
# written. The baseline at T = 4096 moves under a fifth of it.
TENSOR_BYTES = 4 * 2**20
MOVED_BYTES = 16 * 2**20
MB = 2**20


def count(settings: Settings, length: int, mixer=None) -> Counter:
    """Counters of one forward pass of a single sequence in eval mode."""
    mixer = (mixer or settings.build()).eval()
    x = draw(1, length, settings.hidden_size, seed=12, device=settings.device, dtype=torch.float32)
    with seeded(0), torch.no_grad(), math_attention(), Counter() as counter:
        call_mixer(mixer, x)
    return counter


def slope(sizes: list[int], values: list[float]) -> float:
    """The steeper of the least-squares slope of log value over log size and that of the last two sizes, which shows a
    super-linear term that is still small."""
    xs, ys = [math.log(s) for s in sizes], [math.log(max(v, 1)) for v in values]
    mx, my = sum(xs) / len(xs), sum(ys) / len(ys)
    fit = sum((x - mx) * (y - my) for x, y in zip(xs, ys)) / sum((x - mx) ** 2 for x in xs)
    return max(fit, (ys[-1] - ys[-2]) / (xs[-1] - xs[-2]))


def scaling(settings: Settings, longest: int = SIZES[-1]) -> tuple[list[dict], dict[int, Counter]]:
    """`scaling` and `python-loop`, from forward passes at T = 128 to `longest`, and the counters of each.

    Sizes ascend, and stop early when the verdict is clear or the next size would go beyond TENSOR_BYTES or MOVED_BYTES.
    """
    mixer, width, sizes, counts = settings.build(), settings.hidden_size, [], []
    per_token = 0.0
    for size in (n for n in SIZES if n <= longest):
        if len(sizes) >= 2:
            per_token = (counts[-1].ops - counts[-2].ops) / (sizes[-1] - sizes[-2])
            clear = len(sizes) >= 4 and steepest(sizes, counts)[0] > SLOPE + 0.3
            tensor, moved = (getattr(counts[-1], k) ** 2 / max(getattr(counts[-2], k), 1) for k in ("largest", "bytes"))
            if clear or tensor > TENSOR_BYTES * width or moved > MOVED_BYTES * width or per_token > OPS_PER_TOKEN:
                break
        sizes.append(size)
        counts.append(count(settings, size, mixer))
    per_token = (counts[-1].ops - counts[-2].ops) / (sizes[-1] - sizes[-2])
    value, quantity = steepest(sizes, counts)
    ok = value <= SLOPE
    detail = f"{quantity} grow as T^{value:.2f} up to T = {sizes[-1]}" + ("." if ok else ": super-linear.")
    loop = per_token > OPS_PER_TOKEN
    return [
        verdict("scaling", ok, detail, kind="slow", value=value, limit=SLOPE),
        verdict(
            "python-loop",
            not loop,
            f"Each further token dispatches {per_token:.1f} operations: "
            + ("a Python loop over time. Compute in chunks or by a scan." if loop else "no Python loop over time."),
            kind="slow",
            value=per_token,
            limit=OPS_PER_TOKEN,
        ),
    ], dict(zip(sizes, counts))


def steepest(sizes: list[int], counts: list[Counter]) -> tuple[float, str]:
    """The largest slope among FLOPs, bytes and the largest tensor, and which it is."""
    start = max(0, min(next((i for i, s in enumerate(sizes) if s >= FIT_FROM), len(sizes)), len(sizes) - 2))
    fits = {
        "FLOPs": [c.flops for c in counts],
        "Bytes moved": [c.bytes for c in counts],
        "Bytes of the largest tensor": [c.largest for c in counts],
    }
    return max((slope(sizes[start:], v[start:]), name) for name, v in fits.items())


def against_baseline(settings: Settings, baseline: Settings, length: int, limits: dict) -> tuple[list[dict], float]:
    """Verdicts `parameters` and `flops`, as multiples of the baseline's layer built the same way, and the FLOPs a token of a
    forward pass at `length`."""
    mine, theirs = settings.build(), baseline.build()
    params, base_params = count_parameters(mine), count_parameters(theirs)
    flops, base_flops = (count(s, length, m).flops / length for s, m in ((settings, mine), (baseline, theirs)))
    times, times_flops = params / base_params, flops / base_flops
    return [
        verdict(
            "parameters",
            times <= limits["params"],
            f"{params:,} parameters, {times:.2f} times the baseline's {base_params:,}.",
            kind="size",
            value=times,
            limit=limits["params"],
        ),
        verdict(
            "flops",
            times_flops <= limits["flops"],
            f"{flops:,.0f} FLOPs a token at T = {length}, {times_flops:.2f} times the baseline's {base_flops:,.0f}.",
            kind="size",
            value=times_flops,
            limit=limits["flops"],
        ),
    ], flops


ALLOCATED = {"cpu": 1.5, "cuda": 1.2}  # allocator's bytes for one live byte; on a CPU 1.37 to 1.53 were measured
LOADED_LATER = 75 * MB  # modules that torch loads with its first optimiser; 73 MB were measured
MEASURED = 1024  # longest sequence that the memory measurement really runs; beyond, its power law is followed


def memory(
    model: torch.nn.Module, vocab_size: int, tasks: dict[str, dict], device: str, base: float, limit_mb: float
) -> dict:
    """`memory`: predicted peak of training any of `tasks`, in MB, against `limit_mb`.

    Live bytes of forward and backward of the whole model are affine in the batch, so two single-digit batches give the
    protocol's. Added: weights and Adam's two moments (gradients are among the live bytes), what the allocator takes beyond
    them, and `base`, the bytes that the process held before the gates began, with what torch loads later (0 on a GPU).
    """
    weights = sum(p.numel() * p.element_size() for p in model.parameters())
    peaks = {}
    for name, t in tasks.items():
        live = max(task_peak(model, vocab_size, t, device), 2 * weights)  # or gradients and the update, after backward
        peaks[name] = base + 3 * weights + ALLOCATED[device] * live
    task = max(peaks, key=peaks.get)
    value = peaks[task] / MB
    ok = value <= limit_mb
    shape = f"task {task}, batch {tasks[task]['batch']} of length {tasks[task]['seqLen']}"
    detail = (
        f"Training {shape} is predicted to take {value:,.0f} MB at its peak, {base / MB:,.0f} MB of it without any data"
    )
    return verdict(
        "memory",
        ok,
        detail + ("." if ok else f": the limit is {limit_mb:,.0f} MB."),
        kind="memory",
        value=value,
        limit=limit_mb,
    )


def task_peak(model: torch.nn.Module, vocab_size: int, task: dict, device: str) -> float:
    """Predicted live bytes of one training step of `task`."""
    length = min(task["seqLen"], MEASURED)
    one, two = (step_peak(model, vocab_size, n, length, device) for n in (1, 2))
    peak = one + (two - one) * (task["batch"] - 1)
    if task["seqLen"] > length:
        exponent = math.log2(one / step_peak(model, vocab_size, 1, length // 2, device))
        peak *= (task["seqLen"] / length) ** max(exponent, 1.0)
    return peak


def step_peak(model: torch.nn.Module, vocab_size: int, batch: int, length: int, device: str) -> int:
    """Peak live bytes of a forward and backward pass of `batch` sequences, without the weights."""
    model.train().zero_grad(set_to_none=True)
    tokens = (torch.arange(batch * length, device=device) % vocab_size).view(batch, length)
    if device == "cuda":
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
    with seeded(0), LivePeak() as live:
        step_loss(model, tokens).backward()
    model.zero_grad(set_to_none=True)
    return torch.cuda.max_memory_allocated() - before if device == "cuda" else live.peak


def step_loss(model: torch.nn.Module, tokens: torch.Tensor) -> torch.Tensor:
    logits, aux = model(tokens)  # (B, T, classes)
    loss = F.cross_entropy(logits.flatten(0, 1).float(), tokens.flatten() % logits.shape[-1])
    return loss if aux is None else loss + aux.sum()
