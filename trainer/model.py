"""The backbone that every mixer is trained in: a pre-norm residual network with SwiGLU MLPs."""

import contextlib

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainer.load import call_mixer, make_mixer
from trainer.mixers.common import RMSNorm


class SwiGLU(nn.Module):
    """(silu(x W1) * x W2) W3 (Shazeer 2020, eq. 6); the inner width is `ratio` times `dim`."""

    def __init__(self, dim: int, ratio: float):
        super().__init__()
        inner = round(dim * ratio)
        self.up = nn.Linear(dim, 2 * inner, bias=False)
        self.down = nn.Linear(inner, dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        gate, value = self.up(x).chunk(2, -1)
        return self.down(F.silu(gate) * value)


class Block(nn.Module):
    """x + mixer(norm(x)), then x + mlp(norm(x)); no MLP where its ratio is 0. The mixer is set by Backbone."""

    def __init__(self, dim: int, mlp_ratio: float):
        super().__init__()
        self.mixer_norm = RMSNorm(dim)
        self.mixer: nn.Module
        self.mlp_norm = RMSNorm(dim) if mlp_ratio else None
        self.mlp = SwiGLU(dim, mlp_ratio) if mlp_ratio else None

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        y, aux = call_mixer(self.mixer, self.mixer_norm(x))
        x = x + y
        if self.mlp is not None:
            x = x + self.mlp(self.mlp_norm(x))
        return x, aux


class Backbone(nn.Module):
    """Embedding, `num_layers` blocks, final norm, untied head without bias.

    Draws from torch's global random state: seed it first. Our weights are drawn before any mixer is built and each mixer
    under a seed of its own, so that equal seeds give equal backbones whatever a mixer's constructor draws. A mixer's own
    parameters are never drawn again. Raises CandidateError when the mixer cannot be constructed.
    """

    def __init__(
        self,
        mixer_cls: type,
        hidden_size: int,
        num_heads: int,
        num_layers: int,
        mlp_ratio: float,
        vocab_size: int,
        num_classes: int,
        mixer_kwargs: dict | None = None,
    ):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, hidden_size)
        self.blocks = nn.ModuleList(Block(hidden_size, mlp_ratio) for _ in range(num_layers))
        self.norm = RMSNorm(hidden_size)
        self.head = nn.Linear(hidden_size, num_classes, bias=False)
        # Embeddings keep N(0, 1), under which the mixers rank as in the measurements that the protocol rests on. Std .02
        # ranks them otherwise: LM loss after 300 steps 2.02 for DeltaNet and 1.83 for softmax, against 1.94 and 2.01.
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.02)
        seeds = torch.randint(2**31, (num_layers,)).tolist()
        for i, block in enumerate(self.blocks):
            with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
                torch.manual_seed(seeds[i])
                block.mixer = make_mixer(mixer_cls, hidden_size, num_heads, i, **(mixer_kwargs or {}))

    def hidden(self, tokens: Tensor) -> tuple[Tensor, Tensor | None]:
        """tokens (B, T) int64 -> hidden states after the final norm (B, T, D), and the sum of auxiliary losses or None."""
        x, total = self.embed(tokens), None
        for block in self.blocks:
            x, aux = block(x)
            if aux is not None:
                total = aux if total is None else total + aux
        return self.norm(x), total

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor | None]:
        """tokens (B, T) -> logits (B, T, C), and the auxiliary loss or None."""
        h, aux = self.hidden(tokens)
        return self.head(h), aux


def count_parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def mixer_parameters(model: Backbone) -> int:
    """Parameters of all mixers together."""
    return sum(count_parameters(block.mixer) for block in model.blocks)


def full_state(model: nn.Module) -> dict[str, Tensor]:
    """All parameters and all buffers by name, non-persistent ones too (step counters live there), as detached copies that
    share no memory: what safetensors can write."""
    state = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    return {name: x.detach().clone().contiguous() for name, x in state.items()}


@torch.no_grad()
def load_full_state(model: nn.Module, state: dict[str, Tensor]):
    """Puts back what `full_state` gave. Buffers that a forward pass made or resized are made again; raises ValueError when
    a parameter is missing, unknown or of another shape."""
    parameters = dict(model.named_parameters())
    missing = parameters.keys() - state.keys()
    if missing:
        raise ValueError(f"The state lacks {', '.join(sorted(missing))}.")
    for name, value in state.items():
        path, _, leaf = name.rpartition(".")
        if name in parameters:
            if parameters[name].shape != value.shape:
                raise ValueError(f"{name} is {tuple(parameters[name].shape)}, its saved state {tuple(value.shape)}.")
            parameters[name].copy_(value)
            continue
        try:
            module = model.get_submodule(path)
        except AttributeError as error:
            raise ValueError(f"The saved state holds {name}, which the model has not.") from error
        current = module._buffers.get(leaf)
        if current is not None and current.shape == value.shape:
            current.copy_(value)
        elif leaf in module._buffers:
            module._buffers[leaf] = value.to(next(model.parameters()).device, copy=True)
        else:
            module.register_buffer(leaf, value.to(next(model.parameters()).device, copy=True), persistent=False)


@contextlib.contextmanager
def frozen_buffers(model: nn.Module):
    """Buffers after the block are what they were before: evaluation changes no step counter and no running mean."""
    saved = [
        (m, dict(m._buffers), {k: b.clone() for k, b in m._buffers.items() if b is not None}) for m in model.modules()
    ]
    try:
        yield
    finally:
        with torch.no_grad():
            for module, buffers, values in saved:
                module._buffers.clear()
                module._buffers.update(buffers)
                for name, value in values.items():
                    if buffers[name].shape == value.shape:
                        buffers[name].copy_(value)
                    else:
                        module._buffers[name] = value
