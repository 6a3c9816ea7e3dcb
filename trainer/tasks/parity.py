"""parity: state tracking. Random bits; at every position the answer is the parity of all bits so far.

A linear recurrence passes only if its state transition has negative eigenvalues (Grazzi et al. 2024): DeltaNet with
beta <= 2 does, with beta <= 1 it does not. Tokens 0 and 1; graded everywhere. No params.
"""

import numpy as np


class Parity:
    floor = 1e-6
    vocab = classes = 2
    shown = None  # the answer never stands in the input

    def __init__(self, seq_len: int, params: dict, text=None):
        self.seq_len = seq_len

    def sample(self, rng: np.random.Generator, n: int):
        tokens = rng.integers(2, size=(n, self.seq_len))
        return tokens, np.cumsum(tokens, 1) % 2

    heldout = sample

    def alter(self, rng: np.random.Generator, tokens: np.ndarray, cut: int):
        row = tokens.copy()
        row[cut] = 1 - row[cut]
        row[cut + 1 :] = rng.integers(2, size=len(row) - cut - 1)
        return row, None
