import torch

from fla.ops.simple_gla import chunk_simple_gla


def chunk_retention(q, k, v, *args, head_first=False, **kwargs):
    """Retention: the decay of head h is 1 - 2^(-5-h)."""
    heads = q.shape[1] if head_first else q.shape[2]
    g = torch.log1p(-(2.0 ** (-5 - torch.arange(heads, device=q.device, dtype=torch.float64))))
    g = g.view(1, -1, 1) if head_first else g
    return chunk_simple_gla(q, k, v, g.expand(q.shape[:3]), *args, head_first=head_first, **kwargs)


fused_chunk_retention = fused_recurrent_retention = parallel_retention = chunk_retention
