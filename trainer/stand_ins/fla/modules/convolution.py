import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainer.mixers.common import causal_conv


class ShortConvolution(nn.Conv1d):
    """Causal depthwise convolution: x (B, T, D) -> (y (B, T, D), the last inputs (N, D, W) or None). Its parameters have
    nn.Conv1d's names and shapes, as FLA's have, so that an initialisation by hand finds them."""

    def __init__(
        self,
        hidden_size: int,
        kernel_size: int,
        bias: bool = False,
        activation: str | None = "silu",
        backend: str | None = None,
        device=None,
        dtype=None,
        **kwargs,
    ):
        super().__init__(
            hidden_size,
            hidden_size,
            kernel_size,
            groups=hidden_size,
            bias=bias,
            padding=kernel_size - 1,
            device=device,
            dtype=dtype,
        )
        if activation not in (None, "silu", "swish"):
            raise ValueError(f"Activation `{activation}` not supported yet.")
        self.hidden_size, self.activation = hidden_size, activation

    @property
    def state_size(self) -> int:
        return self.hidden_size * self.kernel_size[0]

    def forward(
        self,
        x: Tensor,
        residual: Tensor | None = None,
        mask: Tensor | None = None,
        cache: Tensor | None = None,
        output_final_state: bool = False,
        cu_seqlens: Tensor | None = None,
        **kwargs,
    ) -> tuple[Tensor, Tensor | None]:
        if mask is not None:
            x = x * mask.unsqueeze(-1)
        if cu_seqlens is None:
            y, state = self.convolve(x, cache)
        else:  # sequences packed one after the other into a batch of one
            parts = x.split(cu_seqlens.diff().tolist(), 1)
            found = [self.convolve(p, None if cache is None else cache[i : i + 1]) for i, p in enumerate(parts)]
            y, state = torch.cat([f[0] for f in found], 1), torch.cat([f[1] for f in found])
        if residual is not None:
            y = y + residual
        return y, state if output_final_state else None

    def convolve(self, x: Tensor, cache: Tensor | None) -> tuple[Tensor, Tensor]:
        size, length = self.kernel_size[0], x.shape[1]
        before = x.new_zeros(x.shape[0], size, x.shape[2]) if cache is None else cache.to(x.dtype).transpose(1, 2)
        seen = torch.cat([before, x], 1)
        y = causal_conv(x if cache is None else seen, self.weight.squeeze(1).to(x.dtype))[:, -length:]
        if self.bias is not None:
            y = y + self.bias.to(x.dtype)
        return F.silu(y) if self.activation else y, seen[:, -size:].transpose(1, 2)
