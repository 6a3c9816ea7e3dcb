"""Reference mixers in plain PyTorch. Each file also loads as a candidate: its class is bound as `Mixer` at its end."""

from pathlib import Path

from trainer.mixers.delta_net import DeltaNet, widened_kwargs
from trainer.mixers.gated_delta_net import GatedDeltaNet
from trainer.mixers.gla import GLA
from trainer.mixers.identity import Identity
from trainer.mixers.linear_attention import LinearAttention
from trainer.mixers.mamba2 import Mamba2
from trainer.mixers.retnet import RetNet
from trainer.mixers.short_conv import ShortConvolution
from trainer.mixers.softmax_attention import SoftmaxAttention

__all__ = ["REFERENCE", "reference_file", "widened_kwargs"]

REFERENCE: dict[str, type] = {
    "softmax_attention": SoftmaxAttention,
    "linear_attention": LinearAttention,
    "retnet": RetNet,
    "gla": GLA,
    "mamba2": Mamba2,
    "delta_net": DeltaNet,
    "gated_delta_net": GatedDeltaNet,
    "short_conv": ShortConvolution,
    "identity": Identity,
}


def reference_file(name: str) -> Path:
    """The file of a reference mixer, to be gated or trained as a candidate. Raises KeyError for an unknown name."""
    if name not in REFERENCE:
        raise KeyError(f"no reference mixer is called {name!r}; there are {', '.join(REFERENCE)}")
    return Path(__file__).with_name(f"{name}.py")
