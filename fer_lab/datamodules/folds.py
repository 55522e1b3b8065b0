"""Subjects dealt out to parts: so many to each, or K parts of about equal size and class shares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fer_lab.datamodules.faces import Ints
from fer_lab.errors import DataError

PASSES = 20
Shares = NDArray[np.float64]


def share_out(total: int, counts: Sequence[int]) -> list[int]:
    """Scale counts to another total: largest remainder, at least one each.

    Raises:
        DataError: fewer subjects than parts.
    """
    if total < len(counts):
        raise DataError(f"{total} subjects for {len(counts)} parts", expected="at least one subject a part")
    exact = np.asarray(counts, float) * total / sum(counts)
    given = np.maximum(np.floor(exact), 1).astype(int)
    while given.sum() < total:
        given[np.argmax(exact - given)] += 1
    while given.sum() > total:
        given[np.argmax(np.where(given > 1, given - exact, -np.inf))] -= 1
    return [int(n) for n in given]


def random_folds(count: int, folds: int, seed: int) -> Ints:
    """The fold (count,) of each item, in a seeded order; sizes differ by at most one.

    Raises:
        DataError: fewer items than folds.
    """
    _check(count, folds, "items")
    places = np.empty(count, np.int64)
    places[np.random.default_rng(seed).permutation(count)] = np.arange(count) % folds
    return places


def balanced_folds(counts: NDArray[np.int64], folds: int, seed: int) -> Ints:
    """The fold (n,) of each subject, so that every fold has about the same number of items of each class.

    Greedy (the largest subjects first, ties in a seeded order), then pairs of subjects change places as long as that
    lessens the sum of squares of the folds' shares of each class and of all items: it is least where they are equal.

    Args:
        counts: items of each subject and class, (n, C).
        folds: how many.
        seed: of the order among equals.

    Raises:
        DataError: fewer subjects than folds.
    """
    _check(len(counts), folds, "subjects")
    items = np.column_stack([counts, counts.sum(1)])
    shares: Shares = items / np.maximum(items.sum(0), 1)  # of each class: a rare one weighs as much as a frequent one
    order = np.random.default_rng(seed).permutation(len(shares))
    fold, total = np.full(len(shares), -1), np.zeros((folds, shares.shape[1]))
    for who in order[np.argsort(-shares.sum(1)[order], kind="stable")]:
        fold[who] = int(np.argmin(total @ shares[who]))
        total[fold[who]] += shares[who]
    for _ in range(PASSES):
        if not _swap(fold, total, shares):
            break
    return fold


def _check(count: int, folds: int, what: str) -> None:
    if not 2 <= folds <= count:
        raise DataError(f"{folds} folds of {count} {what}", expected=f"2 to {count} folds", do="set data.split.folds")


def _swap(fold: Ints, total: Shares, shares: Shares) -> bool:
    """Exchange pairs of subjects wherever that lessens the sum of squares; whether any was exchanged."""
    changed = False
    for one in range(len(fold)):
        for other in range(one + 1, len(fold)):
            a, b, move = fold[one], fold[other], shares[other] - shares[one]
            if a == b:
                continue
            if move @ (total[a] - total[b] + move) < -1e-12:  # half of |a + move|^2 + |b - move|^2 - |a|^2 - |b|^2
                total[a] += move
                total[b] -= move
                fold[one], fold[other], changed = b, a, True
    return changed
