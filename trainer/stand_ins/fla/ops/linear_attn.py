from fla.ops.simple_gla import chunk_simple_gla


def chunk_linear_attn(
    q, k, v, scale=None, initial_state=None, output_final_state=False, normalize=True, head_first=False, **kwargs
):
    """Linear attention; `normalize` divides by q . (k_1 + ... + k_t)."""
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    o, state = chunk_simple_gla(
        q, k, v, None, scale, initial_state, output_final_state, head_first=head_first, **kwargs
    )
    if normalize:
        total = (q * scale * k.cumsum(2 if head_first else 1)).sum(-1, keepdim=True)
        o = o / (total + 1e-10)
    return o, state


fused_chunk_linear_attn = fused_recurrent_linear_attn = chunk_linear_attn
