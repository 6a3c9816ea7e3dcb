"""Does the mixer keep the interface, and do its values and gradients stay finite? In fp32, as trained."""

import itertools

import torch

from trainer.gates.exact import Settings, draw, seeded
from trainer.gates.verdict import explain, verdict
from trainer.load import call_mixer

equal, isfinite = torch.equal, torch.isfinite  # taken before any candidate is imported
LARGE = 10.0  # input scale of the stress test: a normalised input times a norm weight that training has grown


def interface(settings: Settings, lengths: list[int]) -> dict:
    """Builds the mixer by keywords and calls it in both modes at batch 1 and 2, T = 1 and `lengths`, in train mode also
    backward; checks the output's shape, dtype and device. `call_mixer` checks the return convention."""
    mixer = settings.build()
    calls, wrong, kind = 0, [], "interface"
    for training in (False, True):
        mixer.train(training)
        for batch, length in [(2, 8), (1, 8), (2, 1), *((2, n) for n in lengths)]:
            x = draw(batch, length, settings.hidden_size, seed=1, device=settings.device, dtype=torch.float32)
            given = (
                x.clone().requires_grad_(training) * 1
            )  # no leaf: a mixer that edits its input fails by its own gate
            calls += 1
            try:
                with seeded(0), torch.set_grad_enabled(training):
                    out, aux = call_mixer(mixer, given)
                    if training and out.requires_grad and equal(given, x):
                        (out.sum() + (0 if aux is None else aux)).backward()
                problem = misfit(out, x)
            except Exception as error:  # noqa: BLE001 a candidate may raise anything
                problem, kind = explain(error, settings.cls)
            if problem:
                wrong.append(f"for input {tuple(x.shape)} in {'train' if training else 'eval'} mode, {problem}")
    detail = f"{calls} calls at batch 1 and 2 and T = 1 to {max(lengths)}: output (B, T, D) in the input's dtype."
    if wrong:
        detail = f"{len(wrong)} of {calls} calls failed: {wrong[0]}"
    return verdict("interface", not wrong, detail, kind=kind, value=len(wrong), limit=0)


def misfit(out: torch.Tensor, x: torch.Tensor) -> str:
    """How an output fails to fit its input, or nothing."""
    for what in ("shape", "dtype", "device"):
        got, wanted = getattr(out, what), getattr(x, what)
        if got != wanted:
            return f"the output's {what} is {got} and the input's {wanted}."
    return ""


def numbers(settings: Settings, lengths: list[int]) -> list[dict]:
    """Verdicts `finite` (outputs), `gradients`, `unused-parameters` (a warning) and `in-place`.

    In fp32 at each of `lengths`, with inputs of scale 1 and LARGE: forward in eval mode, forward and backward in train mode.
    The loss is a random projection of the output plus the auxiliary loss.
    """
    mixer = settings.build()
    values, gradients, edited, seen, runs = [], [], [], set(), 0
    for length, scale, training in itertools.product(lengths, (1.0, LARGE), (False, True)):
        runs += 1
        where = f"T = {length}, input scale {scale:g}, {'train' if training else 'eval'} mode"
        x = draw(1, length, settings.hidden_size, seed=2, device=settings.device, scale=scale, dtype=torch.float32)
        leaf = x.clone().requires_grad_(training)
        given = leaf * 1  # no leaf, like the norm's output that a mixer sees in training
        mixer.train(training).zero_grad(set_to_none=True)
        with seeded(0), torch.set_grad_enabled(training):
            out, aux = call_mixer(mixer, given)
        bad = int((~isfinite(out)).sum())
        if bad:
            values.append((bad, where))
        if not equal(given, x):
            edited.append(where)
        if not out.requires_grad or edited:  # backward through an edited input may raise, and its verdict is clear
            continue
        weight = draw(*out.shape, seed=3, device=settings.device, dtype=out.dtype)
        ((out * weight).sum() / length + (0 if aux is None else aux)).backward()
        grads = [(n, p.grad) for n, p in mixer.named_parameters()] + [("its input", leaf.grad)]
        seen |= {n for n, g in grads if g is not None}
        gradients += [(n, where) for n, g in grads if g is not None and not isfinite(g).all()]
    spans = f"T = {', '.join(map(str, lengths))} and input scales 1 and {LARGE:g}, fp32"
    unused = [] if edited else [n for n, p in mixer.named_parameters() if p.requires_grad and n not in seen]
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
