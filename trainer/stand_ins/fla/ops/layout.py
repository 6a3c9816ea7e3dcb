"""FLA's calling convention around the chunked forms of trainer/mixers."""

import torch
from torch import Tensor

from trainer.mixers.common import l2norm


def run(
    form,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *gates: Tensor | None,
    scale: float | None = None,
    initial_state: Tensor | None = None,
    output_final_state: bool = False,
    head_first: bool = False,
    use_qk_l2norm_in_kernel: bool = False,
    cu_seqlens: Tensor | None = None,
    **kwargs,
) -> tuple[Tensor, Tensor | None]:
    """q, k, v and gates (B, T, H, ...), or (B, H, T, ...) if `head_first` -> o in v's layout and type, the last state or
    None. The scale of q is K ** -0.5 unless given. Packed sequences are refused."""
    if cu_seqlens is not None:
        raise NotImplementedError("fla.ops on packed sequences needs the real fla; train without an attention mask")
    kind = torch.promote_types(v.dtype, torch.float32)
    given = [None if x is None else (x if head_first else x.transpose(1, 2)).to(kind) for x in (q, k, v, *gates)]
    with torch.autocast(v.device.type, enabled=False):
        if use_qk_l2norm_in_kernel:
            given[:2] = l2norm(given[0]), l2norm(given[1])
        given[0] = given[0] * (q.shape[-1] ** -0.5 if scale is None else scale)
        o, state = form(*given, state=initial_state)
    return (o if head_first else o.transpose(1, 2)).to(v.dtype), state if output_final_state else None
