import torch
from torch import Tensor, nn

from trainer.mixers import common


def l2norm(x: Tensor, eps: float = 1e-6, output_dtype: torch.dtype | None = None) -> Tensor:
    """Rows of unit length over the last dimension, computed in fp32 at least, in x's type unless another is named."""
    y = common.l2norm(x.to(torch.promote_types(x.dtype, torch.float32)), eps)
    return y.to(output_dtype or x.dtype)


l2_norm = l2norm_fn = l2norm


class L2Norm(nn.Module):
    def __init__(self, eps: float = 1e-6, output_dtype: torch.dtype | None = None):
        super().__init__()
        self.eps, self.output_dtype = eps, output_dtype

    def forward(self, x: Tensor) -> Tensor:
        return l2norm(x, self.eps, self.output_dtype)
