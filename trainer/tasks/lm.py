"""lm: the next byte of Python source code (trainer/data.py says which). Every position is graded. Params: folder.

The best signal-to-noise of all tasks here, but it rewards local mixing most: a bare short convolution ranks high. Never
rank on it alone.
"""

import numpy as np


class LM:
    floor = 0.5  # nats a byte; large models reach about 0.6 on code
    vocab = classes = 256
    shown = np.arange(256)

    def __init__(self, seq_len: int, params: dict, text: np.ndarray | None = None):
        if text is None:
            raise ValueError("The lm task needs a text.")
        if len(text) < 16 * (seq_len + 1):
            raise ValueError(f"The text has {len(text):,} bytes: too few for sequences of {seq_len}.")
        self.seq_len, self.text = seq_len, text
        self.used = np.zeros(len(text), bool)  # taken by `heldout`, so no donor for `alter`

    def sample(self, rng: np.random.Generator, n: int):
        return self.windows(rng.integers(len(self.text) - self.seq_len, size=n))

    def heldout(self, rng: np.random.Generator, n: int):
        """Windows that do not overlap: no sequence shows what another one hides."""
        width = self.seq_len + 1
        slots = len(self.text) // width
        if n > slots // 2:
            raise ValueError(
                f"The held-out text has {len(self.text):,} bytes: {n} sequences of {self.seq_len} would take more than half. "
                "Use a larger folder of text, or fewer held-out sequences."
            )
        starts = rng.permutation(slots)[:n] * width
        for s in starts:
            self.used[s : s + width] = True
        return self.windows(starts)

    def windows(self, starts: np.ndarray):
        rows = self.text[starts[:, None] + np.arange(self.seq_len + 1)].astype(np.int64)  # (n, T+1)
        return rows[:, :-1], rows[:, 1:]

    def alter(self, rng: np.random.Generator, tokens: np.ndarray, cut: int):
        """Goes on with another passage, taken where the two bytes before `cut` are the same (one byte, or none, where no
        such passage is free). A reader cannot see the seam."""
        tail = self.seq_len - cut
        last = len(self.text) - tail
        taken = np.concatenate([[0], np.cumsum(self.used)])
        free = np.zeros(last + 1, bool)
        free[2:] = taken[2 + tail : last + 1 + tail] == taken[: last - 1]  # [p-2, p+tail) overlaps no held-out window
        free &= self.text[: last + 1] != tokens[cut]
        for context in (2, 1, 0):
            match = free.copy()
            for back in range(1, min(context, cut) + 1):
                match[back:] &= self.text[: last + 1 - back] == tokens[cut - back]
            places = np.flatnonzero(match)
            if len(places) >= 8:
                break
        else:
            raise ValueError("The held-out text has no free passage left for the probes.")
        start = rng.choice(places)
        q = np.bincount(self.text[places], minlength=256) / len(places)
        return np.concatenate([tokens[:cut], self.text[start : start + tail].astype(np.int64)]), q
