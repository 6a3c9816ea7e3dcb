"""upd: overwriting. Keys are written again and again; a read must answer the latest value.

What a delta rule does and a pure accumulation cannot (Schlag et al. 2021; Yang et al. 2024). A stream of pairs, either a
write (key, value) or a read (key asked for, value). Tokens: written keys 0 … K-1, keys asked for K … 2K-1, values
2K … 2K+V-1. A sequence uses `active` of the K keys, so that most of them are overwritten. Graded: the prediction of the
value, at the position of a read. Params: keys (16), values (32), active (4).
"""

import numpy as np

from trainer.tasks.common import UNGRADED, swap_values


class Overwrite:
    floor = 1e-6

    def __init__(self, seq_len: int, params: dict, text=None):
        self.seq_len, self.keys, self.values = seq_len, int(params.get("keys", 16)), int(params.get("values", 32))
        self.active = min(int(params.get("active", 4)), self.keys)
        self.vocab, self.classes = 2 * self.keys + self.values, self.values
        self.shown = 2 * self.keys + np.arange(self.values)

    def sample(self, rng: np.random.Generator, n: int):
        pairs = self.seq_len // 2
        names = rng.permuted(np.tile(np.arange(self.keys), (n, 1)), axis=1)[:, : self.active]  # (n, A)
        slots = rng.integers(self.active, size=(n, pairs))  # which of the active keys
        values = rng.integers(self.values, size=(n, pairs))
        reads = rng.random((n, pairs)) < 0.5
        latest = np.full((n, self.active), -1)  # value each key holds now; -1: never written
        rows = np.arange(n)
        for p in range(pairs):
            held = latest[rows, slots[:, p]]
            reads[:, p] &= held >= 0
            values[:, p] = np.where(reads[:, p], held, values[:, p])
            latest[rows, slots[:, p]] = values[:, p]
        keys = np.take_along_axis(names, slots, 1)
        tokens = np.zeros((n, self.seq_len), np.int64)
        targets = np.full((n, self.seq_len), UNGRADED, np.int64)
        tokens[:, 0 : 2 * pairs : 2] = keys + self.keys * reads
        tokens[:, 1 : 2 * pairs : 2] = 2 * self.keys + values
        targets[:, 0 : 2 * pairs : 2] = np.where(reads, values, UNGRADED)
        return tokens, targets

    heldout = sample

    def alter(self, rng: np.random.Generator, tokens: np.ndarray, cut: int):
        if cut % 2 == 0:
            row, _ = swap_values(rng, tokens, cut, 0, 2 * self.keys)
            return row, None
        return swap_values(rng, tokens, cut, 2 * self.keys, self.values)
