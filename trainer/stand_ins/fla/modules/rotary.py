from torch import Tensor, nn

from trainer.mixers.softmax_attention import rotate


class RotaryEmbedding(nn.Module):
    """Rotates q and k (B, T, H, D) by their positions."""

    def __init__(self, dim: int, base: float = 10000.0, **kwargs):
        super().__init__()
        self.dim, self.base = dim, base

    def forward(self, q: Tensor, k: Tensor, seqlen_offset: int = 0, **kwargs) -> tuple[Tensor, Tensor]:
        if not isinstance(seqlen_offset, int) or seqlen_offset:
            raise NotImplementedError("the stand-in for fla's RotaryEmbedding knows no offset: it is for training")
        q, k = (rotate(x.transpose(1, 2), self.base).transpose(1, 2) for x in (q, k))
        return q, k
