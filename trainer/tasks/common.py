"""What a task is, and the pieces that the synthetic ones share."""

from typing import Protocol

import numpy as np

UNGRADED = -100  # cross_entropy's ignore_index


class Task(Protocol):
    """vocab: number of token ids; classes: of the head; seq_len: T.

    shown: class -> token id under which a target stands in the input one position later; None where targets never do.
    floor: loss in nats that scores 1.
    """

    vocab: int
    classes: int
    seq_len: int
    shown: np.ndarray | None
    floor: float

    def sample(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        """n training sequences: tokens (n, T), targets (n, T), int64."""
        ...

    def heldout(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        """The same from held-out material; no two sequences share text."""
        ...

    def alter(self, rng: np.random.Generator, tokens: np.ndarray, cut: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Another plausible future: a copy of tokens (T,) that differs at position `cut` and may differ after it.

        Also gives the distribution over classes (C,) that the new token at `cut` was drawn from, independently of all
        that stands before `cut` except through the true token, which has probability 0; None where `shown` is None.
        """
        ...


def swap_values(rng: np.random.Generator, tokens: np.ndarray, cut: int, first: int, count: int):
    """`alter` for streams whose values are the token ids first … first + count - 1, with a value at `cut`.

    The true value and another one, drawn uniformly, change places from `cut` on: the stream stays one that its generator
    could have made, but for the answer.
    """
    true = int(tokens[cut]) - first
    other = int(rng.integers(count - 1))
    other += other >= true
    row, future = tokens.copy(), tokens[cut:]
    row[cut:] = np.where(future == first + true, first + other, np.where(future == first + other, first + true, future))
    q = np.full(count, 1 / (count - 1))
    q[true] = 0
    return row, q
