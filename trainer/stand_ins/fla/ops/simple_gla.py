from fla.ops.layout import run
from trainer.mixers.chunked import chunk_linear


def chunk_simple_gla(q, k, v, g=None, scale=None, initial_state=None, output_final_state=False, **kwargs):
    return run(
        lambda q, k, v, g, state: chunk_linear(q, k, v, g, state),
        *(q, k, v, g),
        scale=scale,
        initial_state=initial_state,
        output_final_state=output_final_state,
        **kwargs,
    )


fused_recurrent_simple_gla = parallel_simple_gla = chunk_simple_gla
