from fla.ops.layout import run
from trainer.mixers import chunked


def chunk_gla(q, k, v, g, scale=None, initial_state=None, output_final_state=False, **kwargs):
    return run(
        lambda q, k, v, g, state: chunked.chunk_gla(q, k, v, g, state),
        *(q, k, v, g),
        scale=scale,
        initial_state=initial_state,
        output_final_state=output_final_state,
        **kwargs,
    )


def fused_recurrent_gla(q, k, v, gk, gv=None, scale=None, initial_state=None, output_final_state=False, **kwargs):
    if gv is not None:
        raise NotImplementedError("a decay over values needs the real fla")
    return chunk_gla(q, k, v, gk, scale, initial_state, output_final_state, **kwargs)


fused_chunk_gla = chunk_gla
