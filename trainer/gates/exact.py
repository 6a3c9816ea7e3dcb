"""The mixer under test, in double precision: what a comparison to 1e-9 needs."""

import contextlib
import copy
import random
from dataclasses import dataclass

import numpy as np
import torch

from trainer.gates.counters import Counter, Mode, math_attention
from trainer.load import call_mixer, make_mixer
from trainer.protocol import seed_all

REDUCED = {torch.float32, torch.bfloat16, torch.float16}
WIDER = {d: torch.float64 for d in REDUCED} | {torch.complex64: torch.complex128, torch.complex32: torch.complex128}
# Largest relative difference that rounding alone may cause. Sound mixers measured exactly 0 in fp64, whether or not they cast
# by hand; the other two apply only to a mixer that cannot run in fp64 at all, and see a leak only above them.
THRESHOLD = {torch.float64: 1e-9, torch.float32: 1e-4, torch.bfloat16: 0.05, torch.float16: 0.01}
NOISE = 0.05  # standard deviation added to every parameter: opens gates that are zero at initialisation


class LiftCasts(Mode):
    """Turns every cast to a narrower floating-point type, and every tensor made in one, into fp64, so that a mixer with
    hand-written `.float()` or `.bfloat16()` casts computes in fp64 throughout."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if kwargs.get("dtype") in WIDER:
            kwargs["dtype"] = WIDER[kwargs["dtype"]]
        return func(*args, **kwargs)


@dataclass(frozen=True)
class Settings:
    """How a mixer is built: constructor keywords, place in the model and device."""

    cls: type
    hidden_size: int
    num_heads: int
    device: str
    kwargs: dict
    layer_idx: int = 0

    def build(self) -> torch.nn.Module:
        """A freshly initialised mixer in fp32; the same one every time."""
        with seeded(0):
            mixer = make_mixer(self.cls, self.hidden_size, self.num_heads, self.layer_idx, **self.kwargs)
            return mixer.to(self.device)


@contextlib.contextmanager
def seeded(seed: int):
    """Random state `seed` inside, of torch, numpy and random; the caller's state afterwards."""
    python, arrays = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        try:
            seed_all(seed)
            yield
        finally:
            random.setstate(python)
            np.random.set_state(arrays)


def draw(*shape: int, seed: int, device: str, scale: float = 1.0, dtype=torch.float64) -> torch.Tensor:
    """Normal numbers that depend on `seed` and `shape` alone; drawn on the CPU so that devices agree."""
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(shape, generator=generator, dtype=torch.float64) * scale).to(device, dtype)


def add_noise(mixer: torch.nn.Module, seed: int = 1) -> torch.nn.Module:
    """Adds normal noise to every floating-point parameter, in place."""
    with torch.no_grad():
        for i, p in enumerate(mixer.parameters()):
            if p.is_floating_point():
                p += draw(*p.shape, seed=1000 * seed + i, device=str(p.device), scale=NOISE, dtype=p.dtype)
    return mixer


class State:
    """What a forward pass may change in a module besides its parameters: buffers, also non-persistent ones, and attributes.
    A published mixer may count its training steps, so comparisons in train mode start from the same state."""

    REGISTRIES = frozenset({"_parameters", "_buffers", "_modules", "training"})

    def __init__(self, module: torch.nn.Module):
        self.saved = [
            (
                m,
                self._attributes(m),
                dict(m._buffers),
                {k: b.detach().clone() for k, b in m._buffers.items() if b is not None},
            )
            for m in module.modules()
        ]

    def _attributes(self, m: torch.nn.Module) -> dict:
        kept = {k: v for k, v in vars(m).items() if k not in self.REGISTRIES}
        return {k: copy.copy(v) if isinstance(v, (list, dict, set)) else v for k, v in kept.items()}

    @torch.no_grad()
    def restore(self, attributes_too: bool = True):
        for m, attributes, buffers, values in self.saved:
            if attributes_too:
                for name in set(vars(m)) - set(attributes) - self.REGISTRIES:
                    del vars(m)[name]
                for name, v in attributes.items():
                    vars(m)[name] = copy.copy(v) if isinstance(v, (list, dict, set)) else v
            m._buffers.clear()
            m._buffers.update(buffers)
            for name, value in values.items():
                m._buffers[name].copy_(value)

    def changed(self) -> list[str]:
        """Names of the buffers that differ from the saved state."""
        return [
            f"{type(m).__name__}.{name}"
            for m, _, _, values in self.saved
            for name, value in values.items()
            if m._buffers.get(name) is None or not torch.equal(m._buffers[name], value)
        ]


class Exact:
    """A mixer at initialisation and one with noise on its parameters, called in the widest precision it supports.

    `precision` is fp64 unless the mixer cannot run in it or `as_trained` asks for what training uses; `threshold` is the
    relative difference that counts as equal, and `note` a clause for verdicts that says what could not be seen.
    """

    def __init__(self, settings: Settings, as_trained: bool = False):
        self.settings = settings
        self.device = settings.device
        self.precision, self.lift, self.note = torch.float64, False, ""
        if as_trained or not (self._runs(lift=False) or self._runs(lift=True)):
            self._narrow()
        if self.precision != torch.float64 and not as_trained:
            name = str(self.precision).removeprefix("torch.")
            self.note = (
                f" It does not run in float64: measured in {name}, which cannot show a leak below"
                f" {THRESHOLD[self.precision]:g}."
            )
        self.threshold = THRESHOLD[self.precision]

    def _runs(self, lift: bool) -> bool:
        """Whether the mixer computes in fp64 throughout, with its own casts as they are or lifted."""
        self.lift = lift
        self._load()
        try:
            with Counter() as counter:  # below LiftCasts, so it sees what is really made
                out = self(self.draw(2, 21, seed=0))
        except Exception:  # noqa: BLE001 a candidate may raise anything, here for mixed types
            return False
        return out.dtype == torch.float64 and not counter.dtypes & REDUCED

    def _narrow(self):
        """Compares in the narrowest type that the mixer uses in training."""
        self.lift, self.precision = False, torch.float32
        self._load()
        with Counter() as counter:
            self(self.draw(2, 21, seed=0))
        self.precision = max(counter.dtypes & REDUCED, key=THRESHOLD.get, default=torch.float32)

    def _load(self):
        self.modules = {
            False: self.settings.build(),
            True: add_noise(self.settings.build()),
        }
        if self.precision == torch.float64:
            with torch.no_grad():
                self.modules = {k: m.double() for k, m in self.modules.items()}
        self.states = {k: State(m) for k, m in self.modules.items()}

    def draw(self, batch: int, length: int, seed: int, scale: float = 1.0) -> torch.Tensor:
        """Input (batch, length, hidden size)."""
        dtype = torch.float64 if self.precision == torch.float64 else torch.float32
        return draw(batch, length, self.settings.hidden_size, seed=seed, device=self.device, scale=scale, dtype=dtype)

    def __call__(self, x, *, noise=False, train=False, seed=0, start="new") -> torch.Tensor:
        """Output (B, T, D) for a copy of `x`. `start`: "new", from the state at construction; "frozen", with the buffers of
        then and the attributes of the last call, as the trainer evaluates; "last", from what the last call left."""
        mixer = self.modules[noise].train(train)
        if start != "last":
            self.states[noise].restore(attributes_too=start == "new")
        with contextlib.ExitStack() as stack:
            stack.enter_context(seeded(seed))
            stack.enter_context(math_attention())
            stack.enter_context(torch.set_grad_enabled(train))
            if self.precision == torch.float64:
                stack.enter_context(default_double())
            if self.lift:
                stack.enter_context(LiftCasts())
            return call_mixer(mixer, x.clone())[0].detach()


@contextlib.contextmanager
def default_double():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def difference(a: torch.Tensor, b: torch.Tensor) -> float:
    """Largest difference of two outputs (B, T, D), relative at each position to the output's size there.

    A position much smaller than the rest (below 1e-3 of the median) is measured against that floor: rounding of an FFT is
    relative to the whole. NaN and infinity are equal to themselves and infinitely far from anything else, so that no
    maximum is lost to a NaN (max(0, nan) is 0 in Python).
    """
    if a.numel() == 0:
        return 0.0
    a, b = a.double(), b.double()
    same = (a == b) | (a.isnan() & b.isnan())
    delta = torch.where(same, 0.0, (a - b).abs()).nan_to_num(nan=float("inf"), posinf=float("inf"))  # (B, T, D)
    delta = delta.amax(dim=(0, 2))  # (T,)
    if not delta.any():
        return 0.0
    size = torch.maximum(a.abs(), b.abs()).nan_to_num(nan=0.0, posinf=0.0).amax(dim=(0, 2))  # (T,)
    size = torch.maximum(size, 1e-3 * size.median()).clamp_min(1e-300)
    return min(float((delta / size).max()), 1e30)
