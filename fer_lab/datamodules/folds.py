"""Subjects dealt out to parts: so many to each, as many of each class to each, or K parts alike in size and classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab.datamodules.faces import Ints
from fer_lab.errors import ConfigError, DataError

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


def in_order(order: NDArray[np.object_], sizes: Mapping[str, int]) -> dict[str, str]:
    """The part of each of some subjects, one part after the other."""
    ends = np.cumsum(share_out(len(order), [*sizes.values()]))[:-1]
    return {who: part for part, group in zip(sizes, np.split(order, ends), strict=True) for who in group}


def stratified(index: pd.DataFrame, sizes: Mapping[str, float], seed: int) -> dict[str, str]:
    """The part of each subject, by the class distribution of the whole (Rosa Ramos 2018, sec. 8.5).

    Args:
        index: columns ``subject`` and ``label``, a row an item.
        sizes: of the parts, relative to each other, by their names.
        seed: of the order among equals.

    Raises:
        ConfigError: there are no classes.
        DataError: fewer subjects than parts.
    """
    if "label" not in index:
        raise ConfigError("data.split.stratified goes by class, and the target has none", do="set it to null")
    counts, parts = pd.crosstab(index["subject"].astype(str), index["label"]), list(sizes)
    places = by_class(counts.to_numpy(np.int64), [*sizes.values()], seed)
    return {who: parts[place] for who, place in zip(counts.index, places.tolist(), strict=True)}


def by_class(counts: NDArray[np.int64], sizes: Sequence[float], seed: int) -> Ints:
    """The part (n,) of each unit, so that every part has its share of the items of each class, and of all items.

    Greedy, the largest units first, ties in a seeded order: each comes to the part where it lessens most the sum of
    squares of what is lacking, over the part's share, so that parts fill alike. Of units of one item each, every part
    has of each class what it is due, to within an item or two. No part stays empty.

    Args:
        counts: items of each unit and class, (n, C).
        sizes: of the parts, relative to each other.
        seed: of the order among equals.

    Raises:
        DataError: fewer units than parts.
    """
    if len(counts) < len(sizes):
        raise DataError(f"{len(counts)} subjects for {len(sizes)} parts", expected="at least one subject a part")
    shares, due = _shares(counts), np.asarray(sizes, float)[:, None] / sum(sizes)
    lacking, part = np.repeat(due, shares.shape[1], axis=1), np.full(len(shares), -1)
    empty = np.ones(len(sizes), np.bool_)
    for left, who in zip(range(len(shares), 0, -1), _largest_first(shares, seed), strict=True):
        gain = (2 * lacking - shares[who]) @ shares[who] / due[:, 0]
        if left == empty.sum():
            gain[~empty] = -np.inf
        part[who] = chosen = int(np.argmax(gain))
        lacking[chosen] -= shares[who]
        empty[chosen] = False
    return part


def with_copies(names: Sequence[str], units: Sequence[str], copies: Mapping[str, str]) -> list[str]:
    """The unit of each item, where units that have an exact copy in common are one, called as the first of them."""
    first = {unit: unit for unit in units}

    def whole(unit: str) -> str:
        while first[unit] != unit:
            unit = first[unit]
        return unit

    seen: dict[str, str] = {}
    for name, unit in zip(names, units, strict=True):
        if name in copies:
            first[whole(unit)] = whole(seen.setdefault(copies[name], unit))
    return [whole(unit) for unit in units]


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
    shares = _shares(counts)
    fold, total = np.full(len(shares), -1), np.zeros((folds, shares.shape[1]))
    for who in _largest_first(shares, seed):
        fold[who] = int(np.argmin(total @ shares[who]))
        total[fold[who]] += shares[who]
    for _ in range(PASSES):
        if not _swap(fold, total, shares):
            break
    return fold


def _shares(counts: NDArray[np.int64]) -> Shares:
    """Of the items of each class, and of all, those of each unit (n, C + 1): a rare class weighs as a frequent one."""
    items = np.column_stack([counts, counts.sum(1)])
    shares: Shares = items / np.maximum(items.sum(0), 1)
    return shares


def _largest_first(shares: Shares, seed: int) -> Ints:
    """The order (n,) by shares, equals in a seeded order."""
    order = np.random.default_rng(seed).permutation(len(shares))
    return np.asarray(order[np.argsort(-shares.sum(1)[order], kind="stable")], np.int64)


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
