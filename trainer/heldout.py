"""The held-out sequences of one task, with probes among them, and the checks of what came back. Trusted side, numpy only.

The candidate's process reads every held-out sequence at once, so its future is there to be read. Three kinds of sequences
lie in shuffled places:

- *ordinary* (`n`): scored.
- *twins* (n/8): copies of ordinary ones that differ from a cut on. Hidden states before the cut must not differ.
- *unseen* (n/4): sequences of their own, with no twin, cut right before a graded target and continued otherwise. Their
  true target stands nowhere in the sandbox; another one, drawn from a known distribution q, stands in its place.

A program that wants to cheat can find twins and behave on them; it cannot tell an unseen sequence from an ordinary one.
Three tests on these, none with an assumption about how losses are distributed:

- rank of the loss on unseen targets among ordinary ones (Mann and Whitney 1947): they are exchangeable unless targets are
  read;
- rank of the *shown* target's probability under q: given a causal model, the shown target is independent of the model's
  output, so the rank is uniform; a program that raises what stands next in the input, however little, lifts it;
- a bet on the shown targets' probabilities, at odds that are fair for a causal model (Shafer 2021): a program that reads
  ahead in some sequences gives wrong answers a certainty that keeps winning.
"""

from dataclasses import dataclass

import numpy as np

from trainer.tasks import UNGRADED, Task

# Float32 kernels may round differently for another row of a batch. On sound mixers, bfloat16 casts and hard choices among
# them, the change was 0 in most and 3e-7 of a hidden state's length at most; a leak worth having is orders above the limit.
PROBE_LIMIT = 1e-3
# The same in nats, because a head could blow up a small difference (sound mixers: 2e-6 at most). What passes is worth less
# than the .03 nats below which two candidates are a tie.
LOSS_LIMIT = 0.01
Z_LIMIT = 5.0  # one-sided, 3e-7: about one false alarm in three million runs
BET_LIMIT = 15.0  # log of the winnings; e^-15 is 3e-7 too, by Markov's inequality
STAKES = (0.05, 0.1, 0.2, 0.4, 0.8)  # shares of the capital; their average is a fair bet as well


@dataclass
class Heldout:
    """tokens, targets (M, T) int64; of every row its kind, `ordinary`, `twins` and `unseen` being row numbers.

    of (P,): the ordinary row of each twin; cut (P,): first position that differs. For unseen rows: at (U,) position of
    the target, true and shown (U,) its class and the one in the input, q (U, C) what the latter was drawn from. check
    (n,): one graded position of each ordinary row, drawn as `at` was.
    """

    tokens: np.ndarray
    targets: np.ndarray
    ordinary: np.ndarray
    twins: np.ndarray
    of: np.ndarray
    cut: np.ndarray
    unseen: np.ndarray
    at: np.ndarray
    true: np.ndarray
    shown: np.ndarray
    q: np.ndarray
    check: np.ndarray


def counts(task: Task, n: int) -> tuple[int, int]:
    """Twins and unseen sequences that go with n ordinary ones."""
    return max(8, n // 8), 0 if task.shown is None else max(16, n // 4)


def make_heldout(task: Task, rng: np.random.Generator, n: int) -> Heldout:
    """A function of the task and the generator alone, so the scorer makes it again instead of keeping it."""
    p, u = counts(task, n)
    tokens, targets = task.heldout(rng, n + u)
    spots = np.array([draw_target(rng, row) for row in targets])  # (n+u,) a graded position that has a successor
    of = rng.choice(n, size=p, replace=p > n)
    twins = [task.alter(rng, tokens[i], spots[i] + 1)[0] for i in of]
    altered = [task.alter(rng, tokens[i], spots[i] + 1) for i in range(n, n + u)]
    true = targets[np.arange(n, n + u), spots[n:]]
    seen = np.array([row[spots[n + i] + 1] for i, (row, _) in enumerate(altered)], dtype=np.int64)
    place = rng.permutation(n + p + u)  # place[i]: where row i goes
    rows = np.concatenate([tokens[:n], np.array(twins), *([[row for row, _ in altered]] if u else [])])
    shuffled, graded = np.empty_like(rows), np.full_like(rows, UNGRADED)
    shuffled[place] = rows
    graded[place[:n]] = targets[:n]
    return Heldout(
        tokens=shuffled,
        targets=graded,
        ordinary=place[:n],
        twins=place[n : n + p],
        of=place[of],
        cut=spots[of] + 1,
        unseen=place[n + p :],
        at=spots[n:],
        true=true,
        shown=np.searchsorted(task.shown, seen) if u else seen,
        q=np.array([q for _, q in altered]) if u else np.zeros((0, task.classes)),
        check=spots[:n],
    )


def draw_target(rng: np.random.Generator, targets: np.ndarray) -> int:
    graded = np.flatnonzero(targets[:-1] != UNGRADED)
    return int(rng.choice(graded)) if len(graded) else 0


def log_softmax(hidden: np.ndarray, head: np.ndarray) -> np.ndarray:
    """hidden (..., D), head (C, D), float32 -> log probabilities (..., C), float64."""
    logits = (hidden @ head.T).astype(np.float64)
    logits -= logits.max(-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


@dataclass
class Measured:
    loss: float  # mean nats a graded target of the ordinary sequences
    accuracy: float
    probe: float  # largest |h - h'| / |h| over positions before a twin's cut
    drift: float  # largest change of a loss there, in nats
    unseen: float  # z: losses on unseen targets rank above ordinary ones
    shown: float  # z: probabilities of shown targets rank high under q
    bet: float  # log of what a bet on these probabilities wins


def measure(held: Heldout, hidden: np.ndarray, head: np.ndarray) -> Measured:
    """hidden (M, T, D) and head (C, D), finite float32. Everything that a score needs, from the trusted side's own sums."""
    losses, right = np.full(held.targets.shape, np.nan), np.zeros(held.targets.shape, bool)  # (M, T)
    for rows in np.array_split(held.ordinary, max(1, len(held.ordinary) // 16)):
        logp = log_softmax(hidden[rows], head)
        index = np.maximum(held.targets[rows], 0)[..., None]
        losses[rows] = -np.take_along_axis(logp, index, -1)[..., 0]
        right[rows] = logp.argmax(-1) == held.targets[rows]
    graded = held.targets != UNGRADED
    losses[~graded] = np.nan

    probe = drift = 0.0
    for twin, row, cut in zip(held.twins, held.of, held.cut, strict=True):
        a, b = hidden[row, :cut].astype(np.float64), hidden[twin, :cut].astype(np.float64)
        probe = max(probe, float((np.linalg.norm(a - b, axis=-1) / (np.linalg.norm(a, axis=-1) + 1e-12)).max()))
        where = np.flatnonzero(graded[row, :cut])
        again = -log_softmax(hidden[twin, where], head)[np.arange(len(where)), held.targets[row, where]]
        drift = max(drift, float(np.abs(again - losses[row, where]).max(initial=0.0)))

    logp = log_softmax(hidden[held.unseen, held.at], head)  # (U, C)
    users = np.arange(len(logp))
    return Measured(
        loss=float(losses[graded].mean()),
        accuracy=float(right[graded].mean()),
        probe=probe,
        drift=drift,
        unseen=rank_z(-logp[users, held.true], losses[held.ordinary, held.check]),
        shown=shown_z(logp, held.shown, held.q),
        bet=bet(np.exp(logp), held.shown, held.q),
    )


def rank_z(a: np.ndarray, b: np.ndarray) -> float:
    """z of the Mann-Whitney U test, with its correction for ties: positive when a ranks above b. 0 when either is empty."""
    a, b = a[~np.isnan(a)], b[~np.isnan(b)]
    n, m = len(a), len(b)
    if not n or not m:
        return 0.0
    both = np.sort(np.concatenate([a, b]))
    ranks = (np.searchsorted(both, a, "left") + np.searchsorted(both, a, "right") + 1) / 2
    _, ties = np.unique(both, return_counts=True)
    total = n + m
    variance = n * m / 12 * (total + 1 - (ties.astype(float) ** 3 - ties).sum() / (total * (total - 1)))
    return float((ranks.sum() - n * (total + 1) / 2) / np.sqrt(variance)) if variance > 0 else 0.0


def shown_z(logp: np.ndarray, shown: np.ndarray, q: np.ndarray) -> float:
    """logp, q (U, C), shown (U,) drawn from q. z of the mid-rank of the shown class's log probability under q, its mean 1/2
    and its variance exact for every row."""
    total = variance = 0.0
    for row, cls, weight in zip(logp, shown, q, strict=True):
        support = np.flatnonzero(weight)
        w, x = weight[support], row[support]
        below = (w[None, :] * (x[None, :] < x[:, None])).sum(1) + 0.5 * (w[None, :] * (x[None, :] == x[:, None])).sum(1)
        total += float(below[np.searchsorted(support, cls)] - 0.5)
        variance += float((w * (below - 0.5) ** 2).sum())
    return total / variance**0.5 if variance > 0 else 0.0


def bet(p: np.ndarray, shown: np.ndarray, q: np.ndarray) -> float:
    """p, q (U, C), shown (U,) drawn from q. Log of the capital, from 1, after staking a share on p[shown] / E_q[p] in every
    row: a factor of mean 1 whenever p does not know `shown`, so that P(capital >= c) <= 1/c."""
    if not len(p):
        return 0.0
    odds = p[np.arange(len(p)), shown] / np.maximum((p * q).sum(1), 1e-300)
    capital = np.array([np.log1p(stake * (odds - 1)).sum() for stake in STAKES])
    return float(capital.max() + np.log(np.exp(capital - capital.max()).mean()))


def leak(m: Measured) -> str | None:
    """What is wrong with a run, as a sentence, or None."""
    if m.probe > PROBE_LIMIT or m.drift > LOSS_LIMIT:
        return (
            "A past position changes when only the future differs: hidden states by "
            f"{m.probe:.2g} of their length (limit {PROBE_LIMIT}), losses by {m.drift:.2g} nats (limit {LOSS_LIMIT})."
        )
    if m.unseen > Z_LIMIT:
        return f"Targets that stand in the input are predicted better than those that do not (z = {m.unseen:.1f}, limit {Z_LIMIT})."
    if m.shown > Z_LIMIT or m.bet > BET_LIMIT:
        return (
            "The model favours what stands next in the input, although it is not the answer "
            f"(z = {m.shown:.1f}, limit {Z_LIMIT}; a bet on it wins e^{m.bet:.1f}, limit e^{BET_LIMIT})."
        )
    return None
