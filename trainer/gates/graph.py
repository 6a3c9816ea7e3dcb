"""The graph of what a mixer computes: one forward pass, watched call by call (MixerGraph in src/shared/graph.ts).

A picture for people, never a verdict. Data is followed by the storage that a tensor lies in, so views need no care and a
write in place is seen by every view; what shows as a node is the place in the program, so that a loop is drawn once.
"""

import contextlib
import json
import sys
import time
import weakref
from pathlib import Path

import torch
from torch import nn
from torch.overrides import TorchFunctionMode, resolve_name
from torch.utils._pytree import tree_leaves

from trainer.gates.counters import math_attention
from trainer.gates.exact import Settings, draw, seeded
from trainer.load import call_mixer, source_file

BATCH, LENGTH = 11, 37  # sizes that no mixer has of its own, so that they can be told in a shape
SECONDS = 5.0
NODES, EDGES = 400, 2000  # MixerGraph's caps
BRANCHES = 8  # at one place, beyond what is merged
LONGEST = 200_000  # characters of JSON: a line of events.jsonl

# Copies that give the same values in another form, as a view does.
FORM = {
    *("to", "type", "type_as", "float", "double", "half", "bfloat16", "int", "long", "bool", "cpu", "cuda"),
    *("contiguous", "clone", "detach", "alias"),
    *("reshape", "flatten", "unflatten", "chunk", "split", "unbind", "expand", "expand_as", "repeat", "pad"),
    *("repeat_interleave", "tile", "broadcast_to", "broadcast_tensors", "as_tensor", "atleast_1d", "resolve_conj"),
}
# They take a tensor's shape or type, and none of its values.
EMPTY = {
    *("zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like", "randint_like"),
    *("new_zeros", "new_ones", "new_empty", "new_full", "new_tensor", "zero_", "fill_"),
}
NAMES = {"truediv": "div", "floordiv": "div", "getitem": "index", "setitem": "write", "invert": "not", "T": "transpose"}
REFLECTED = {f"{side}{op}": op for side in "ri" for op in ("add", "sub", "mul", "matmul", "truediv", "pow", "mod")}
CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.ParameterList, nn.ParameterDict)
TORCH = str(Path(torch.__file__).parent)


class GivenUp(BaseException):
    """It takes too long. Not an Exception, because a candidate may catch those."""


def trace(settings: Settings, seconds: float = SECONDS) -> dict | None:
    """The graph of one forward pass in eval mode, as a dict of MixerGraph; None where it cannot be had within `seconds`.

    Nodes are told apart by the calls that led to them, from the forward pass down to the call into torch: a helper
    function that is called twice is drawn twice, the turns of a loop once with their count. Modules of torch, modules from
    outside the candidate's file that have no submodules, and norms are one node each. Views, casts, constants and whatever
    the output does not depend on are left out.
    """
    try:
        mixer = settings.build().eval()
        x = draw(BATCH, LENGTH, settings.hidden_size, seed=21, device=settings.device, dtype=torch.float32)
        watch = Watch(mixer, str(source_file(settings.cls)), x, time.perf_counter() + seconds)
        with seeded(0), torch.no_grad(), math_attention(), watch.hooked(), watch:
            out, _ = call_mixer(mixer, x)
        graph = watch.graph(out)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 a candidate may raise anything, and a graph is not worth a verdict
        return None
    return graph if len(json.dumps(graph)) <= LONGEST else None


class Watch(TorchFunctionMode):
    """Sees every call of torch's functions and of methods of tensors while it is active."""

    def __init__(self, mixer: nn.Module, file: str, x: torch.Tensor, until: float):
        super().__init__()
        self.file, self.until = file, until
        self.names = {id(m): name for name, m in mixer.named_modules()}
        self.modules = [m for m in mixer.modules() if m is not mixer]
        self.within: list[str] = []  # names of the modules whose forward runs
        self.leaf = 0  # calls of leaf modules that run
        self.nodes: dict[str, dict] = {}
        self.places: dict[tuple, list[str]] = {}
        self.sources: dict[str, set[str]] = {}
        self.edges: dict[tuple[str, str], None] = {}  # in order of discovery
        self.made_by: dict[int, str | None] = {}  # by storage: the node that wrote it, None for constants
        self.alive: dict[int, weakref.ref] = {}
        self.kept = [p.untyped_storage() for p in mixer.parameters()]  # else their keys would be forgotten
        self.parameters = {self.key(p): (name, p) for name, p in mixer.named_parameters()}
        self.write(x, self.node("in", "in", "", None, x, 0))

    # --- which storage was made by which node

    def key(self, t: torch.Tensor) -> int:
        try:
            held = t.untyped_storage()
        except Exception:  # noqa: BLE001 inside of vmap, a tensor has none
            held = t
        key = id(held)
        if key not in self.alive:
            self.alive[key] = weakref.ref(held, lambda _, key=key: self.forget(key))
        return key

    def forget(self, key: int):
        self.alive.pop(key, None)
        self.made_by.pop(key, None)

    def write(self, t: torch.Tensor, node: str | None):
        self.made_by[self.key(t)] = node

    def source(self, t: torch.Tensor) -> str | None:
        """The node that wrote it; None for a constant."""
        key = self.key(t)
        if key not in self.made_by and key in self.parameters:
            name, p = self.parameters[key]
            self.made_by[key] = self.node(self.new_id(), "Parameter", name, self.line(), p, p.numel())
        return self.made_by.get(key)

    # --- nodes

    def node(self, name: str, op: str, module: str, line: int | None, out: torch.Tensor, params: int) -> str:
        made = {"id": name, "op": op[:60], "module": module[:120], "line": line, "shape": shape(out)}
        self.nodes[name] = {**made, "params": params, "count": 1}
        self.sources[name] = set()
        return name

    def new_id(self) -> str:
        return f"n{len(self.nodes) - 1}"  # "in" is the first

    def known(self, place: tuple, sources: set[str]) -> str | None:
        """The node of this place that a further call belongs to: a turn of a loop reads what another turn read, or what it
        made. Else it is another branch at the same place, as of `[norm(x) for x in (q, k)]`."""
        there = self.places.get(place, [])
        for node in there:
            if not sources or sources & self.sources[node] or len(there) >= BRANCHES:
                return node
        before = self.ancestors(sources) if there else set()
        return next((node for node in there if node in before), None)

    def ancestors(self, nodes: set[str]) -> set[str]:
        found, todo = set(nodes), list(nodes)
        while todo:
            new = self.sources[todo.pop()] - found
            found |= new
            todo.extend(new)
        return found

    def frames(self):
        """Frames from the call into torch outwards to the forward pass, without torch's own and ours."""
        frame = sys._getframe(1)
        while frame is not None and frame.f_code is not trace.__code__:
            name = frame.f_code.co_filename
            if name != __file__ and not name.startswith(TORCH):
                yield frame
            frame = frame.f_back

    def way(self) -> list[tuple]:
        """The calls that led here, from the inside. A function that calls itself counts once: recursion is a loop too."""
        calls: dict[int, int] = {}
        for f in self.frames():
            calls.setdefault(id(f.f_code), f.f_lasti)
        return list(calls.items())

    def line(self) -> int | None:
        return next((f.f_lineno for f in self.frames() if f.f_code.co_filename == self.file), None)

    def record(self, op: str, module: str, inputs: list, outputs: list, params: int = 0):
        """A call that computed `outputs`: a node, unless it only passes on values or is made of constants."""
        sources = list(dict.fromkeys(s for s in map(self.source, inputs) if s is not None))
        if not sources and not params:
            return
        place = (*self.way(), *self.within, op, module)
        node = self.known(place, set(sources))
        if node:
            self.nodes[node]["count"] += 1
        else:
            node = self.node(self.new_id(), op, module, self.line(), outputs[0], params)
            self.places.setdefault(place, []).append(node)
        for source in sources:
            if source != node:
                self.sources[node].add(source)
                self.edges[source, node] = None
        for t in outputs:
            self.write(t, node)

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if time.perf_counter() > self.until:
            raise GivenUp
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        if self.leaf:
            return out
        given, made = tensors((args, kwargs)), tensors(out)
        name = op_name(func)
        dunder = getattr(func, "__name__", "").startswith("__")
        if name == "write" or (name.endswith("_") and not dunder) or "out" in kwargs or dunder_in_place(func):
            made = tensors(kwargs.get("out")) or given[:1]
            if made and name.rstrip("_") not in FORM | {"zero", "fill", "requires_grad"}:
                self.record(name.rstrip("_"), "", given, made)
            return out
        old = {self.key(t) for t in given}
        new = [t for t in made if self.key(t) not in old]
        if not new or name in EMPTY:
            return out
        if name in FORM:
            for t in new:
                self.write(t, next((s for s in map(self.source, given) if s is not None), None))
        else:
            self.record(name, "", given, new)
        return out

    # --- modules

    def is_leaf(self, m: nn.Module) -> bool:
        if type(m).__module__.startswith("torch.nn.") and not isinstance(m, CONTAINERS):
            return True
        if any(True for _ in m.children()) or isinstance(m, CONTAINERS):
            return False
        return source_of(m) != self.file or "norm" in type(m).__name__.lower()

    @contextlib.contextmanager
    def hooked(self):
        """Modules say when they begin and end."""
        hooks = []
        for m in self.modules:
            leaf, name = self.is_leaf(m), self.names[id(m)]
            hooks.append(m.register_forward_pre_hook(self.before(leaf, name)))
            hooks.append(m.register_forward_hook(self.after(leaf, name), with_kwargs=True))
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def before(self, leaf: bool, name: str):
        def hook(module, args):
            self.within.append(name)
            self.leaf += leaf

        return hook

    def after(self, leaf: bool, name: str):
        def hook(module, args, kwargs, out):
            self.within.pop()
            self.leaf -= leaf
            if not leaf or self.leaf:
                return
            with torch._C.DisableTorchFunction():
                given, made = tensors((args, kwargs)), tensors(out)
                old = {self.key(t) for t in given}
                new = [t for t in made if self.key(t) not in old]
                if new:
                    params = sum(p.numel() for p in module.parameters())
                    self.record(type(module).__name__, name, given, new, params)

        return hook

    # --- the graph

    def graph(self, out: torch.Tensor) -> dict:
        """What the output depends on, within the caps; `note` says what is missing."""
        last = self.source(out)
        end = {"id": "out", "op": "out", "module": "", "line": None, "shape": shape(out), "params": 0, "count": 1}
        nodes = {n["id"]: n for n in [*self.nodes.values(), end]}
        edges = [*self.edges, *([(last, "out")] if last else [])]
        used = {"in"} | reaching(edges, "out")
        notes = []
        if "in" not in reaching(edges, "out"):
            notes.append(
                "The way from the input to the output could not be followed through compiled or mapped functions."
            )
        unused = len(nodes) - len(used)
        if unused:
            notes.append(f"{unused} operation{'s' * (unused > 1)} that the output does not depend on left out.")
        nodes = {i: n for i, n in nodes.items() if i in used}
        edges = [e for e in edges if e[0] in used and e[1] in used]
        if len(nodes) > NODES:
            before = len(nodes)
            nodes, edges = merged(nodes, edges)
            notes.append(f"{before} operations: those of one line and kind are one.")
        if len(nodes) > NODES:
            kept = {"out", *[i for i in nodes if i != "out"][: NODES - 1]}
            notes.append(f"{len(nodes) - NODES} of the last operations left out.")
            nodes = {i: n for i, n in nodes.items() if i in kept}
            edges = [e for e in edges if e[0] in kept and e[1] in kept]
        if len(edges) > EDGES:
            notes.append(f"{len(edges) - EDGES} of the edges left out.")
        # Numbered again, because what is left out has numbers too.
        numbers = {i: i if i in ("in", "out") else f"n{k - 1}" for k, i in enumerate(nodes)}
        return {
            "nodes": [{**n, "id": numbers[i]} for i, n in nodes.items()],
            "edges": [[numbers[a], numbers[b]] for a, b in edges[:EDGES]],
            "note": " ".join(notes)[:300] or None,
        }


def reaching(edges: list[tuple[str, str]], end: str) -> set[str]:
    """Nodes from which a way leads to `end`, and itself."""
    back: dict[str, list[str]] = {}
    for a, b in edges:
        back.setdefault(b, []).append(a)
    found, todo = {end}, [end]
    while todo:
        for a in back.get(todo.pop(), []):
            if a not in found:
                found.add(a)
                todo.append(a)
    return found


def merged(nodes: dict[str, dict], edges: list) -> tuple[dict[str, dict], list]:
    """Nodes of one line, kind and module as one, and the edges between what is left."""
    first: dict[tuple, dict] = {}
    to: dict[str, str] = {}
    for i, n in nodes.items():
        key = (n["line"], n["op"], n["module"]) if n["line"] is not None else (i,)
        one = first.get(key)
        if one is None:
            one = first[key] = dict(n)
        else:
            one["count"] += n["count"]
        to[i] = one["id"]
    pairs = dict.fromkeys((to[a], to[b]) for a, b in edges)
    return {n["id"]: n for n in first.values()}, [(a, b) for a, b in pairs if a != b]


def tensors(tree) -> list[torch.Tensor]:
    return [t for t in tree_leaves(tree) if isinstance(t, torch.Tensor)]


def dunder_in_place(func) -> bool:
    """`x += y`, which writes into x."""
    return getattr(func, "__name__", "") in {f"__i{op}__" for op in ("add", "sub", "mul", "truediv", "pow", "mod")}


def op_name(func) -> str:
    """The name that the field uses: `F.silu` is "silu", `x @ y` "matmul"."""
    name = getattr(func, "__name__", type(func).__name__)
    if name.startswith("__") and name.endswith("__"):
        bare = name.strip("_")
        bare = REFLECTED.get(bare, bare)
        if bare == "get":  # a property, whose name is in the path: torch.Tensor.mT.__get__
            bare = (resolve_name(func) or "get").split(".")[-2]
        return NAMES.get(bare, bare)
    return name if name.endswith("_") else name.lstrip("_")


def shape(t: torch.Tensor) -> str:
    """As text, with B and T where the sizes of batch and time stand, alone or times something."""

    def size(n: int) -> str:
        for unit, text in ((BATCH * LENGTH, "B·T"), (LENGTH, "T")):
            if n and n % unit == 0:
                return text if n == unit else f"{text}·{n // unit}"
        return "B" if n == BATCH else str(n)

    return " ".join(map(size, t.shape))[:80]


def source_of(m: nn.Module) -> str:
    file = source_file(type(m))
    return str(file) if file else ""
