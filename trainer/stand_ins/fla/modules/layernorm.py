import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Norm(nn.Module):
    """Computes in fp32 at least and gives its input's type. `residual` is added first, and the sum returned too if `prenorm`."""

    def __init__(
        self,
        hidden_size: int,
        elementwise_affine: bool = True,
        bias: bool = False,
        eps: float = 1e-5,
        device=None,
        dtype=None,
        **kwargs,
    ):
        super().__init__()
        self.hidden_size, self.eps = hidden_size, eps
        affine = elementwise_affine
        self.weight = nn.Parameter(torch.ones(hidden_size, device=device, dtype=dtype)) if affine else None
        self.bias = nn.Parameter(torch.zeros(hidden_size, device=device, dtype=dtype)) if affine and bias else None

    def normalise(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def forward(self, x: Tensor, residual: Tensor | None = None, prenorm: bool = False, residual_in_fp32: bool = False):
        if residual is not None:
            x = x + residual
        wide = torch.promote_types(x.dtype, torch.float32)
        y = self.normalise(x.to(wide))
        if self.weight is not None:
            y = y * self.weight
        if self.bias is not None:
            y = y + self.bias
        y = y.to(x.dtype)
        return (y, x.to(wide) if residual_in_fp32 else x) if prenorm else y


class RMSNorm(Norm):
    def normalise(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, (self.hidden_size,), eps=self.eps)


class LayerNorm(Norm):
    def normalise(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, (self.hidden_size,), eps=self.eps)


def rms_norm(x: Tensor, weight: Tensor | None, bias: Tensor | None = None, eps: float = 1e-5, **kwargs) -> Tensor:
    y = F.rms_norm(x.to(torch.promote_types(x.dtype, torch.float32)), x.shape[-1:], eps=eps)
    y = y if weight is None else y * weight
    return (y if bias is None else y + bias).to(x.dtype)
