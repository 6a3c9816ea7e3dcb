from fla.ops.layout import run
from trainer.mixers import delta_rule


def chunk_gated_delta_rule(q, k, v, g, beta, scale=None, initial_state=None, output_final_state=False, **kwargs):
    return run(
        lambda q, k, v, g, beta, state: delta_rule.chunk_delta_rule(q, k, v, beta, g, state),
        *(q, k, v, g, beta),
        scale=scale,
        initial_state=initial_state,
        output_final_state=output_final_state,
        **kwargs,
    )


fused_recurrent_gated_delta_rule = chunk_gated_delta_rule
