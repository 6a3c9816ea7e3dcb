"""Loads a candidate mixer from a file, builds it and calls it. The candidate's code runs in this process."""

import copy
import functools
import hashlib
import importlib
import importlib.util
import inspect
import sys
import traceback
import types
from pathlib import Path

import torch
from torch import Tensor, nn

STAND_INS = Path(__file__).parent / "stand_ins"


class CandidateError(Exception):
    """The candidate's fault. `kind`: FailureKind of src/shared/job.ts; `message`: one sentence; `detail`: the traceback."""

    def __init__(self, kind: str, message: str, detail: str = ""):
        super().__init__(message)
        self.kind, self.message, self.detail = kind, message, detail


def load_mixer_class(path: str | Path) -> type:
    """Imports the file and returns its class `Mixer`, or else `DeltaNet`. Raises CandidateError (interface)."""
    path = Path(path).resolve()
    install_stand_ins()
    torch.compile = uncompiled
    try:
        source = path.read_bytes()
    except OSError as error:
        raise CandidateError("interface", f"The file cannot be read: {error}.") from error
    module = types.ModuleType(f"candidate_{hashlib.sha256(source).hexdigest()[:16]}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses, torch.jit and inspect look it up
    try:  # compiled here, not by an import loader: no bytecode beside the file, and never a stale one
        exec(compile(source, str(path), "exec"), module.__dict__)  # noqa: S102 the very purpose
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a candidate may also call exit() while it is imported
        raise blame(error, path, "does not import") from error
    for name in ("Mixer", "DeltaNet"):
        cls = getattr(module, name, None)
        if inspect.isclass(cls) and issubclass(cls, nn.Module):
            return cls
        if cls is not None:
            raise CandidateError("interface", f"`{name}` in {path.name} is not a torch.nn.Module class.")
    found = [n for n, c in vars(module).items() if inspect.isclass(c) and c.__module__ == module.__name__]
    have = f"it defines {', '.join(found)}" if found else "it defines no class"
    raise CandidateError("interface", f"{path.name} has no class named Mixer or DeltaNet: {have}.")


def make_mixer(cls: type, hidden_size: int, num_heads: int, layer_idx: int, **kwargs) -> nn.Module:
    """Constructs the mixer by keywords. Raises CandidateError with the traceback."""
    try:
        mixer = cls(hidden_size=hidden_size, num_heads=num_heads, layer_idx=layer_idx, **kwargs)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise blame(error, source_file(cls), "cannot be constructed") from error
    if not isinstance(mixer, nn.Module):
        raise CandidateError("interface", f"{cls.__name__}(...) gave a {type(mixer).__name__}, not a torch.nn.Module.")
    mixer.needs_autocast = needs_autocast(mixer, hidden_size)
    return mixer


def call_mixer(mixer: nn.Module, x: Tensor) -> tuple[Tensor, Tensor | None]:
    """Calls the mixer on x (B, T, D): its output (B, T, D), and its auxiliary loss (a scalar) or None.

    FLA's layers return (out, attentions, cache); published programs give a scalar loss with a gradient as second element.
    A tensor alone and a pair are accepted too. Raises CandidateError (interface) for anything else; exceptions of the
    candidate's forward propagate as they are.
    """
    if getattr(mixer, "needs_autocast", False):
        with torch.autocast(x.device.type, dtype=torch.bfloat16):
            returned = mixer(x)
    else:
        returned = mixer(x)
    out, second = returned, None
    if isinstance(returned, tuple | list):
        if not 1 <= len(returned) <= 3:
            raise CandidateError("interface", f"forward returned {len(returned)} values, not (out, None, cache).")
        out, second = returned[0], returned[1] if len(returned) > 1 else None
    if not isinstance(out, Tensor):
        raise CandidateError("interface", f"forward returned a {type(out).__name__} where the output tensor belongs.")
    if out.shape != x.shape:
        raise CandidateError("interface", f"forward gave shape {tuple(out.shape)} for an input of {tuple(x.shape)}.")
    if getattr(mixer, "needs_autocast", False):
        out = out.to(x.dtype)
    is_loss = isinstance(second, Tensor) and second.numel() == 1 and second.requires_grad
    return out, second.float().reshape(()) if is_loss else None


def needs_autocast(mixer: nn.Module, hidden_size: int) -> bool:
    """Whether the mixer runs only under bfloat16 autocast, because it mixes types by hand; tried on a copy, so that no
    counter and no random number of the caller's changes. A mixer that runs in neither way is called plainly, to fail there."""
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]  # Triton kernels run on the second only
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())), torch.no_grad():
        for device in devices:
            x = torch.linspace(-1, 1, 2 * 16 * hidden_size, device=device).view(2, 16, hidden_size)
            for autocast in (False, True):
                try:
                    trial = copy.deepcopy(mixer).to(device).train()
                    with torch.autocast(device, dtype=torch.bfloat16, enabled=autocast):
                        trial(x)
                    return autocast
                except Exception:  # noqa: BLE001, S112 a real fault shows at the first call
                    continue
    return False


def uncompiled(model=None, *args, **kwargs):
    """Stands for torch.compile: returns what it is given. A compiler costs minutes, is often absent, and has no place in
    the sandbox."""
    return (lambda function: function) if model is None else model


@functools.cache
def install_stand_ins():
    """Makes `fla` and `transformers` importable: the real packages where they import, else the stand-ins of this folder."""
    for name in ("fla", "transformers"):
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001 absent, or present without Triton or a GPU driver
            for loaded in [m for m in sys.modules if m == name or m.startswith(name + ".")]:
                del sys.modules[loaded]
            spec = importlib.util.spec_from_file_location(
                name, STAND_INS / name / "__init__.py", submodule_search_locations=[str(STAND_INS / name)]
            )
            module = sys.modules[name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)


def blame(error: BaseException, path: Path | None, what: str) -> CandidateError:
    """The error as the candidate's, with its traceback from the first line of the candidate's file on."""
    frames = traceback.extract_tb(error.__traceback__)
    mine = next((i for i, f in enumerate(frames) if path and f.filename == str(path)), len(frames))
    lines = ["Traceback (most recent call last):\n", *traceback.format_list(frames[mine:])] if frames[mine:] else []
    detail = "".join([*lines, *traceback.format_exception_only(error)]).strip()
    reason = f"{type(error).__name__}: {error}".splitlines()[0].rstrip(": ")
    kind = "memory" if isinstance(error, MemoryError | torch.OutOfMemoryError) else "interface"
    return CandidateError(kind, f"The mixer {what}: {reason}.", detail)


def source_file(cls: type) -> Path | None:
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    return Path(file) if file else None
