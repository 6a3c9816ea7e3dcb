"""Does the mixer keep the interface, and do its values and gradients stay finite? In fp32, as trained."""

import torch

from trainer.gates.exact import Settings, draw, seeded
from trainer.gates.verdict import verdict
from trainer.load import call_mixer

LARGE = 10.0  # input scale of the stress test: a normalised input times a norm weight that training has grown


def interface(settings: Settings, lengths: list[int]) -> dict:
    """Builds the mixer by keywords and calls it in both modes at batch 1 and 2 and at `lengths`; checks shape and dtype.

    The return convention is `call_mixer`'s matter. Any exception propagates to the caller, which knows what raised it.
    """
    mixer = settings.build()
    calls, wrong = 0, []
    for training in (False, True):
        mixer.train(training)
        for batch, length in [(2, 8), (1, 8), (2, 1), *((2, n) for n in lengths)]:
            x = draw(batch, length, settings.hidden_size, seed=1, device=settings.device, dtype=torch.float32)
            with seeded(0), torch.no_grad():
                out, aux = call_mixer(mixer, x)
            calls += 1
            where = f"for input {tuple(x.shape)} in {'train' if training else 'eval'} mode"
            if out.shape != x.shape:
                wrong.append(f"the output is {tuple(out.shape)} {where}")
            elif out.dtype != x.dtype:
                wrong.append(f"the output is {out.dtype} and the input {x.dtype} {where}")
            elif out.device != x.device:
                wrong.append(f"the output is on {out.device} and the input on {x.device} {where}")
            if aux is not None and aux.numel() != 1:
                wrong.append(f"the second return value is {tuple(aux.shape)}, neither None nor a scalar loss, {where}")
    detail = f"{calls} calls at batch 1 and 2 and T = 1 to {max(lengths)}: output (B, T, D) in the input's dtype."
    if wrong:
        detail = f"{len(wrong)} of {calls} calls broke the interface: {wrong[0]}."
    return verdict("interface", not wrong, detail, kind="interface", value=len(wrong), limit=0)


def numbers(settings: Settings, lengths: list[int]) -> list[dict]:
    """Verdicts `finite` (outputs), `gradients`, `unused-parameters` (a warning) and `in-place`.

    Forward and backward in train mode and fp32 at each of `lengths`, with inputs of scale 1 and LARGE; the loss is a random
    projection of the output plus the auxiliary loss.
    """
    mixer = settings.build().train()
    values, gradients, edited, seen, runs = [], [], [], set(), 0
    for length in lengths:
        for scale in (1.0, LARGE):
            runs += 1
            where = f"T = {length}, input scale {scale:g}"
            x = draw(1, length, settings.hidden_size, seed=2, device=settings.device, scale=scale, dtype=torch.float32)
            leaf = x.clone().requires_grad_()
            given = leaf * 1  # not a leaf, like the norm's output that a mixer sees in training
            mixer.zero_grad(set_to_none=True)
            with seeded(0):
                out, aux = call_mixer(mixer, given)
            if not torch.equal(given.detach(), x):
                edited.append(where)
            bad = int((~torch.isfinite(out)).sum())
            if bad:
                values.append((bad, where))
            if not out.requires_grad:
                continue
            weight = draw(*out.shape, seed=3, device=settings.device, dtype=out.dtype)
            loss = (out * weight).sum() / length + (aux.float().sum() if aux is not None else 0.0)
            if edited:  # backward through an edited input may raise, and the verdict is clear already
                continue
            loss.backward()
            grads = [(n, p.grad) for n, p in mixer.named_parameters()] + [("its input", leaf.grad)]
            seen |= {n for n, g in grads if g is not None}
            gradients += [(n, where) for n, g in grads if g is not None and not torch.isfinite(g).all()]
    spans = f"T = {', '.join(map(str, lengths))} and input scales 1 and {LARGE:g}, fp32"
    unused = [n for n, p in mixer.named_parameters() if p.requires_grad and n not in seen]
    bad = sum(n for n, _ in values)
    return [
        verdict(
            "finite",
            not bad,
            f"{bad} output values are NaN or infinite, first at {values[0][1]}."
            if bad
            else f"All outputs are finite at {spans}.",
            kind="numerical",
            value=bad,
            limit=0,
        ),
        verdict(
            "gradients",
            not gradients,
            f"{len(gradients)} gradients hold NaN or infinity, first that of {gradients[0][0]} at {gradients[0][1]}."
            if gradients
            else f"All gradients are finite at {spans}.",
            kind="numerical",
            value=len(gradients),
            limit=0,
        ),
        verdict(
            "unused-parameters",
            not unused,
            f"No gradient ever reaches {len(unused)} parameters: {', '.join(unused[:4])}."
            if unused
            else "Every parameter gets a gradient.",
            kind="numerical",
            value=len(unused),
            warning=bool(unused),
        ),
        verdict(
            "in-place",
            not edited,
            f"The mixer edits its input in place, first at {edited[0]}: the residual stream would change with it."
            if edited
            else f"The input is unchanged after {runs} calls.",
            kind="interface",
            value=len(edited),
            limit=0,
        ),
    ]
