"""python -m trainer.bench: speed of the chunked delta rule against the naive recurrence and softmax attention.

Tokens/s of forward and backward of the token mixing alone (queries, keys, values and beta given), fp32, d = 128 in 4 heads,
4096 tokens in sequences of T. Each figure is the best of several alternating repeats, so that other load on the machine
touches all three alike.
"""

import argparse
import json
import time

import torch
import torch.nn.functional as F

from trainer.mixers.delta_rule import chunk_delta_rule
from trainer.mixers.naive import naive_delta_rule

DIM, HEADS, TOKENS, LENGTHS = 128, 4, 4096, (128, 256, 512)


def bench(length: int, device: str, repeats: int) -> dict:
    """{T, chunked, naive, sdpa (tokens/s), overNaive, overSdpa} for sequences of `length`."""
    shape = (TOKENS // length, HEADS, length, DIM // HEADS)
    generator = torch.Generator().manual_seed(0)
    q, k, v, grad = (torch.randn(shape, generator=generator).to(device) for _ in range(4))
    beta = torch.rand(shape[:3], generator=generator).to(device)
    leaves = [x.requires_grad_() for x in (q, F.normalize(k, dim=-1), v, beta)]
    forms = {
        "chunked": lambda q, k, v, beta: chunk_delta_rule(q, k, v, beta)[0],
        "naive": lambda q, k, v, beta: naive_delta_rule(q, k, v, beta)[0],
        "sdpa": lambda q, k, v, beta: F.scaled_dot_product_attention(q, k, v, is_causal=True),
    }
    best = dict.fromkeys(forms, float("inf"))
    for repeat in range(repeats + 1):  # the first one warms up
        for name, form in forms.items():
            for _ in range(1 if name == "naive" else 4):
                seconds = timed(form, leaves, grad, device)
                best[name] = min(best[name], seconds) if repeat else best[name]
    speed = {name: TOKENS / seconds for name, seconds in best.items()}
    ratios = {"overNaive": speed["chunked"] / speed["naive"], "overSdpa": speed["chunked"] / speed["sdpa"]}
    return {"T": length, **speed, **ratios}


def timed(form, leaves, grad, device: str) -> float:
    """Seconds of one forward and backward pass."""
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    wait()
    began = time.perf_counter()
    torch.autograd.grad(form(*leaves), leaves, grad, allow_unused=True)
    wait()
    return time.perf_counter() - began


def main():
    parser = argparse.ArgumentParser(prog="python -m trainer.bench", description=__doc__.split("\n\n")[0])
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default 1, as a training worker has)")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rows = [bench(length, args.device, args.repeats) for length in LENGTHS]
    if args.json:
        return print(
            json.dumps({"threads": args.threads, "device": args.device, "torch": torch.__version__, "rows": rows})
        )
    print(f"forward + backward, d {DIM}, {HEADS} heads, {TOKENS} tokens, {args.threads} threads, tokens/s")
    print(f"{'T':>5} {'chunked':>10} {'naive':>10} {'SDPA':>10} {'x naive':>9} {'x SDPA':>8}")
    for r in rows:
        speeds = f"{r['chunked']:>10,.0f} {r['naive']:>10,.0f} {r['sdpa']:>10,.0f}"
        print(f"{r['T']:>5} {speeds} {r['overNaive']:>9.1f} {r['overSdpa']:>8.2f}")


if __name__ == "__main__":
    main()
