"""icr: in-context recall. A stream of (key, value) pairs; a key that comes back has the value it had before.

Associative recall as in Zoology (Arora et al. 2023) and MAD (Poli et al. 2024), every repeated key graded. Tokens: keys
0 … K-1, values K … K+V-1. Graded: the prediction of the value, at the position of a key seen before in the sequence.
Params: keys (16), values (32).
"""

import numpy as np

from trainer.tasks.common import UNGRADED, swap_values


class Recall:
    floor = 1e-6

    def __init__(self, seq_len: int, params: dict, text=None):
        self.seq_len, self.keys, self.values = seq_len, int(params.get("keys", 16)), int(params.get("values", 32))
        self.vocab, self.classes = self.keys + self.values, self.values
        self.shown = self.keys + np.arange(self.values)

    def sample(self, rng: np.random.Generator, n: int):
        pairs = self.seq_len // 2
        keys = rng.integers(self.keys, size=(n, pairs))  # (n, P)
        book = rng.integers(self.values, size=(n, self.keys))  # this sequence's value of every key
        values = np.take_along_axis(book, keys, 1)
        seen = np.tril(keys[:, :, None] == keys[:, None, :], -1).any(2)  # (n, P): key came before
        tokens = np.zeros((n, self.seq_len), np.int64)
        targets = np.full((n, self.seq_len), UNGRADED, np.int64)
        tokens[:, 0 : 2 * pairs : 2], tokens[:, 1 : 2 * pairs : 2] = keys, self.keys + values
        targets[:, 0 : 2 * pairs : 2] = np.where(seen, values, UNGRADED)
        return tokens, targets

    heldout = sample

    def alter(self, rng: np.random.Generator, tokens: np.ndarray, cut: int):
        if cut % 2 == 0:  # a key: give it and its twin another name from here on
            row, _ = swap_values(rng, tokens, cut, 0, self.keys)
            return row, None
        return swap_values(rng, tokens, cut, self.keys, self.values)
