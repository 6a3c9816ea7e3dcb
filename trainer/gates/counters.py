"""Counting what a forward or backward pass dispatches: operations, FLOPs, bytes, live memory.

Counts do not depend on the machine's load, so a gate that uses them gives the same verdict every time. A wall-clock slope
does not: a linear mixer measured 1.50, softmax attention 1.29.
"""

import math
import weakref

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

FFT = {"_fft_r2c": 2.5, "_fft_c2r": 2.5, "_fft_c2c": 5.0}  # FLOPs of one transform: factor * N log2 N


def math_attention():
    """Context in which scaled_dot_product_attention runs as plain matrix products, which the counters see."""
    return sdpa_kernel(SDPBackend.MATH)


def stored_bytes(x: torch.Tensor) -> int:
    """Bytes that `x` really occupies: an expanded view counts what is stored, not what it looks like."""
    return min(x.numel() * x.element_size(), x.untyped_storage().nbytes())


class Mode(TorchDispatchMode):
    """A dispatch mode that torch does not wrap for its compiler: the wrapper would import torch._dynamo, a second's work,
    and nothing here is compiled."""

    @classmethod
    def _should_skip_dynamo(cls):
        return False


class Counter(Mode):
    """Counts operations, FLOPs, bytes read and written, and the largest tensor made, while it is active.

    FLOPs: matrix products and convolutions by torch's own formulas, attention kernels 4 B H T S D, FFTs 5 N log2 N (half of
    it for real ones), triangular solves n^2 a right-hand side, anything else one an element of its output. Views cost nothing.
    `dtypes` holds the floating-point types that were made.
    """

    def __init__(self):
        super().__init__()
        self.ops = self.flops = self.bytes = self.largest = 0
        self.dtypes: set[torch.dtype] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        self.ops += 1
        if func.is_view:
            return out
        made = [x for x in tree_leaves(out) if isinstance(x, torch.Tensor)]
        read = [x for x in tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)]
        self.dtypes.update(x.dtype for x in made if x.is_floating_point())
        self.largest = max([self.largest, *map(stored_bytes, made)])
        self.bytes += sum(map(stored_bytes, made)) + sum(map(stored_bytes, read))
        self.flops += flops(func, args, kwargs, out, made)
        return out


def flops(func, args, kwargs, out, made) -> float:
    """FLOPs of one dispatched operation; see Counter for the conventions."""
    packet = func._overloadpacket
    if packet in flop_registry:
        return flop_registry[packet](*args, **kwargs, out_val=out)
    name = packet.__name__
    if name.startswith("_scaled_dot_product"):
        q, k = args[0], args[1]
        return 4 * math.prod(q.shape) * k.shape[-2]
    if name in FFT:
        x = max((args[0], *made), key=torch.Tensor.numel)
        n = math.prod(x.shape[d] for d in args[1])
        return FFT[name] * x.numel() * math.log2(max(n, 2))
    if name in ("linalg_solve_triangular", "triangular_solve"):
        return made[0].numel() * made[0].shape[-2]
    return sum(x.numel() for x in made)


class LivePeak(Mode):
    """Peak bytes of the tensors made while it is active and not yet freed: what a training step keeps for its backward pass,
    its temporaries and its gradients. Memory that a kernel takes inside itself is not seen."""

    def __init__(self):
        super().__init__()
        self.live = self.peak = 0
        self.known: dict[int, weakref.ref] = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if not func.is_view:
            given = {id(x.untyped_storage()) for x in tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)}
            for x in tree_leaves(out):
                if isinstance(x, torch.Tensor):
                    self.add(x.untyped_storage(), given)
        return out

    def add(self, storage, given: set[int]):
        key, size = id(storage), storage.nbytes()
        if key in self.known or key in given:
            return

        def freed(_, self=self, key=key, size=size):
            self.known.pop(key, None)
            self.live -= size

        self.known[key] = weakref.ref(storage, freed)
        self.live += size
        self.peak = max(self.peak, self.live)
