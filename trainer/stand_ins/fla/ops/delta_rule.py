from fla.ops.layout import run
from trainer.mixers import delta_rule


def chunk_delta_rule(q, k, v, beta, scale=None, initial_state=None, output_final_state=False, **kwargs):
    return run(
        lambda q, k, v, beta, state: delta_rule.chunk_delta_rule(q, k, v, beta, state=state),
        *(q, k, v, beta),
        scale=scale,
        initial_state=initial_state,
        output_final_state=output_final_state,
        **kwargs,
    )


fused_recurrent_delta_rule = fused_chunk_delta_rule = chunk_delta_rule
