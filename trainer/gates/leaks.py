"""Does the output at a position depend on anything but the inputs up to it?

Every check compares two outputs of the same mixer that must be equal, in fp64 (see exact.py). Gradients are not used: a
detached leak, or the argmax of the future, has none.
"""

import torch

from trainer.gates.exact import Exact, difference
from trainer.gates.verdict import verdict

isfinite = torch.isfinite  # taken before any candidate is imported
MODES = [(noise, train) for noise in (True, False) for train in (False, True)]
FUTURE = 3.0  # scale of a changed input: large enough to move a maximum or an argmax


def describe(noise: bool, train: bool) -> str:
    return f"{'train' if train else 'eval'} mode {'with noise on the parameters' if noise else 'at initialisation'}"


def cuts(length: int) -> list[int]:
    """Positions at which the future is changed: borders of chunks of 16, 32 and 64, positions inside them, and the ends."""
    at = {1, 16, length // 3 | 1, length // 2, (length - 1) // 16 * 16, (length - 1) // 64 * 64, length - 1}
    return sorted(c for c in at if 0 < c < length)


def is_random(exact: Exact, x, y, noise: bool, train: bool) -> bool:
    """Whether the output `y` for `x` depends on the random state, beyond a GPU's varying order of sums."""
    return difference(y, exact(x, noise=noise, train=train, seed=1)) > exact.threshold


class Worst:
    """The largest of many measured differences, and where it was."""

    def __init__(self):
        self.value, self.where, self.count, self.broken = 0.0, "", 0, ""

    def check_finite(self, y: torch.Tensor, where: str):
        """Where the output is NaN or infinite nothing can be compared, and equal NaNs must not pass for equal outputs."""
        if not self.broken and not isfinite(y).all():
            self.broken = where

    def add(self, value: float, where: str):
        self.count += 1
        if value > self.value:
            self.value, self.where = value, where


def leak_verdict(name: str, worst: Worst, exact: Exact, detail: str) -> dict:
    """The verdict on the largest difference; a leak that was found outranks outputs that could not be compared."""
    ok, kind = worst.value <= exact.threshold, "leak"
    if ok and worst.broken:
        ok, kind, detail = (
            False,
            "numerical",
            f"The output is NaN or infinite at {worst.broken}: nothing can be compared.",
        )
    return verdict(name, ok, detail, kind=kind, value=worst.value, limit=exact.threshold)


def causality(exact: Exact, trained: Exact, lengths: list[int]) -> list[dict]:
    """`causality`: replaces the inputs from a cut on, and compares the outputs before it; and `mixing`, a warning when the
    outputs after the cut do not depend on the inputs before it.

    `exact` runs all of `lengths` in eval mode with noise, in the other modes the two longest; `trained`, the mixer in the
    types it is trained in, one length, for what it may do in those alone.
    """
    worst, as_trained, mixes = Worst(), Worst(), 0.0
    for noise, train in MODES:
        for length in lengths if noise and not train else lengths[-2:]:
            x, other = exact.draw(2, length, seed=4), exact.draw(2, length, seed=5, scale=FUTURE)
            y = exact(x, noise=noise, train=train)
            perturb(exact, worst, x, y, other, cuts(length), noise, train)
            if noise and length > 1:
                half = length // 2
                past = exact(torch.cat([other[:, :half], x[:, half:]], 1), noise=noise, train=train)
                mixes = max(mixes, difference(y[:, half:], past[:, half:]))
        length = lengths[-2]
        x, other = trained.draw(2, length, seed=4), trained.draw(2, length, seed=5, scale=FUTURE)
        y = trained(x, noise=noise, train=train)
        perturb(trained, as_trained, x, y, other, [length // 3, length - 1], noise, train)
    note = exact.note
    if worst.value <= exact.threshold and as_trained.value > trained.threshold:
        worst, exact = as_trained, trained
        note = " It does so only in the types it is trained in."
    ok = worst.value <= exact.threshold
    detail = f"Future inputs changed in {worst.count} ways: past outputs moved by at most {worst.value:.2g} (relative)."
    if not ok:
        detail = f"The future leaks: past outputs moved by {worst.value:.2g} (relative) at {worst.where}."
    blind = mixes <= exact.threshold
    return [
        leak_verdict("causality", worst, exact, detail + note),
        verdict(
            "mixing",
            True,
            "The output at a position depends on its own input alone: the layer mixes no tokens."
            if blind
            else f"Changing the past moves later outputs by {mixes:.2g} (relative).",
            kind="leak",
            value=mixes,
            warning=blind,
        ),
    ]


def perturb(exact: Exact, worst: Worst, x, y, other, at: list[int], noise: bool, train: bool):
    """Adds to `worst` how the outputs before each cut move when the inputs from it on are those of `other`."""
    length = x.shape[1]
    worst.check_finite(y, f"T = {length}, {describe(noise, train)}")
    for cut in at:
        changed = exact(torch.cat([x[:, :cut], other[:, cut:]], 1), noise=noise, train=train)
        where = f"T = {length}, inputs from position {cut} on changed, {describe(noise, train)}"
        worst.add(difference(y[:, :cut], changed[:, :cut]), where)


def prefix(exact: Exact, lengths: list[int]) -> dict:
    """f(x[:t]) against f(x)[:t]: what depends on the total length, as a position divided by T - 1 does, differs.

    A mode that is random is skipped, because draws of different shapes cannot be compared.
    """
    worst, skipped = Worst(), set()
    for noise, train in MODES:
        for length in lengths[-2:] if noise and not train else lengths[-1:]:
            x = exact.draw(2, length, seed=6)
            y = exact(x, noise=noise, train=train)
            worst.check_finite(y, f"T = {length}, {describe(noise, train)}")
            if is_random(exact, x, y, noise, train):
                skipped.add("train" if train else "eval")
                continue
            for t in cuts(length):
                where = f"T = {t} cut from {length}, {describe(noise, train)}"
                worst.add(difference(y[:, :t], exact(x[:, :t], noise=noise, train=train)), where)
    ok = worst.value <= exact.threshold
    detail = f"f(x[:t]) equals f(x)[:t] to {worst.value:.2g} (relative) for {worst.count} prefixes."
    if not ok:
        detail = f"The output depends on the total length: f(x[:t]) and f(x)[:t] differ by {worst.value:.2g} (relative) at {worst.where}."
    if skipped:
        detail += f" Not compared in {' and '.join(sorted(skipped))} mode, which is random."
    return leak_verdict("prefix", worst, exact, detail + exact.note)


def batch(exact: Exact, length: int) -> dict:
    """Replaces the other samples of a batch in all modes; in eval mode also each sample alone, and the batch reversed."""
    worst = Worst()
    for noise, train in MODES:
        x, other = exact.draw(3, length, seed=7), exact.draw(3, length, seed=8, scale=FUTURE)
        y = exact(x, noise=noise, train=train)
        changed = exact(torch.cat([x[:1], other[1:]]), noise=noise, train=train)
        worst.add(difference(y[:1], changed[:1]), f"other samples changed, {describe(noise, train)}")
        if train or is_random(exact, x, y, noise, train):  # dropout draws by shape and place in the batch
            continue
        worst.add(difference(y, exact(x.flip(0), noise=noise).flip(0)), f"batch reversed, {describe(noise, train)}")
        for i in range(3):
            worst.add(
                difference(y[i : i + 1], exact(x[i : i + 1], noise=noise)),
                f"sample {i} alone, {describe(noise, train)}",
            )
    ok = worst.value <= exact.threshold
    detail = f"A sample's output does not depend on the others: at most {worst.value:.2g} (relative) in {worst.count} comparisons."
    if not ok:
        detail = f"Samples of a batch mix: an output moved by {worst.value:.2g} (relative) at {worst.where}."
    return leak_verdict("batch", worst, exact, detail + exact.note)


def determinism(exact: Exact, length: int) -> list[dict]:
    """`determinism` in eval mode: the same call under another random seed; again after another input, with the buffers put
    back as the trainer does; and after one other input or another, from whatever they left. A published step counter that
    ticks in eval mode passes, because it holds nothing of what was seen: it is what the warning `buffers` reports."""
    worst, touched = Worst(), []
    for noise in (True, False):
        mode = describe(noise, False)
        x = exact.draw(2, length, seed=9)
        others = [exact.draw(2, length + 3, seed=s, scale=FUTURE) for s in (10, 11)]
        y = exact(x, noise=noise)
        touched = exact.states[noise].changed()
        worst.add(difference(y, exact(x, noise=noise, seed=1)), f"the call repeated under another seed, {mode}")
        exact(others[0], noise=noise, start="last")
        worst.add(difference(y, exact(x, noise=noise, start="frozen")), f"another input seen in between, {mode}")
        after = []
        for other in others:
            exact(other, noise=noise)
            after.append(exact(x, noise=noise, start="last"))
        worst.add(difference(*after), f"one other input or another seen before, {mode}")
    ok = worst.value <= exact.threshold
    detail = f"Repeated calls in eval mode agree to {worst.value:.2g} (relative)."
    if not ok:
        detail = f"Eval mode is random or remembers earlier calls: an output moved by {worst.value:.2g} (relative) at {worst.where}."
    return [
        leak_verdict("determinism", worst, exact, detail + exact.note),
        verdict(
            "buffers",
            True,
            f"A call in eval mode changes {', '.join(touched[:4])}."
            if touched
            else "Calls in eval mode change no buffer.",
            kind="leak",
            value=len(touched),
            warning=bool(touched),
        ),
    ]
