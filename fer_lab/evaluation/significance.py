"""Tests between two cells: by subjects, by seeds, by items; and Holm's correction for many of them.

None of them says how large a difference is, which the interval of ``difference`` does.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame, Index, concat

from fer_lab.errors import DataError
from fer_lab.evaluation.arrays import Floats, Ints
from fer_lab.evaluation.metrics import Compute, Metric
from fer_lab.evaluation.scores import UNDEFINED, exclusive, predictions
from fer_lab.evaluation.units import Counted, counted, kinds, shared, value_of
from fer_lab.evaluation.votes import vote

MIN_SEEDS = 8
"""With fewer paired seeds the smallest possible p value of ``seed_test`` lies above 0.01 (0.016 with 7)."""
MIN_EXACT = 25
"""With fewer items on which two cells differ, McNemar's test is the exact one."""
SAME = 1e-9
"""Differences closer than this are ties: sums in another order differ in their last bits."""
WORD = 8
"""Units whose random bits are counted together (one byte)."""


def paired_test(
    first: Sequence[DataFrame] | Counted,
    second: Sequence[DataFrame] | Counted,
    metric: Metric,
    *,
    draws: int = 10_000,
    seed: int = 0,
) -> float:
    """Two-sided permutation test of a metric between two cells, paired by subject (by video where none is named).

    If it does not matter which of the two cells looked at a person, both may be swapped for any person. The p value is
    the share of such swaps after which the metrics of the two cells differ by at least as much as they do. What is
    counted is averaged over the seeds first: the test is about the networks that were trained, not about those that
    other seeds would give. All swaps are tried where there are no more than ``draws``; otherwise that many are
    drawn, and p is (1 + b) / (1 + draws), b of them being as extreme (Phipson & Smyth 2010).

    Of a metric of ranks the mean over the seeds is compared: what seeds answer is in no common order.

    Args:
        first, second: one scores frame a seed, or what was counted of them; the numbers of seeds may differ, and so may
            the items (frames against clips): only subjects that both cells have are compared, and of frames only videos
            that both have (``units.shared``).
        metric: of the cells' kind of target, one that sums of another scale do not change.
        draws: number of random swaps.
        seed: of the swaps.

    Returns:
        p in (0, 1]; 1 where both answer alike, NaN where the metric is undefined.

    Raises:
        DataError: there are no scores, other targets, or no subject (video) in common; of ranks, other seeds.
    """
    cells, names = _paired(first, second)
    if metric.ranked:
        return _swap_ranks(cells, names, metric, draws, seed)
    one, other = (_shares(cell, names) for cell in cells)
    return swap_test(one, other, metric, draws, seed)


def swap_test(one: Floats, other: Floats, metric: Compute, draws: int, seed: int) -> float:
    """The test of ``paired_test`` on the sums of two cells by unit, (n, *shape) each."""
    total = one.sum(0), other.sum(0)
    found = float(np.abs(metric(total[0]) - metric(total[1])))
    if np.isnan(found):
        return float("nan")
    moved = _swapped(other - one, draws, np.random.default_rng(seed))
    values = np.abs(metric(total[0] + moved) - metric(total[1] - moved))
    extreme = int((~(values < found - SAME)).sum())  # an undefined difference counts as an extreme one
    exact = len(moved) < draws
    return extreme / len(moved) if exact else (1 + extreme) / (1 + draws)


def seed_test(first: Sequence[DataFrame], second: Sequence[DataFrame], metric: Metric) -> float:
    """Two-sided permutation test of a metric between two cells, paired by seed.

    Says whether other seeds would give the same order on these very test items; exact up to 13 seeds.

    Args:
        first, second: one scores frame a seed, the same seeds in the same order.
        metric: of the cells' kind of target.

    Returns:
        p in (0, 1]; NaN where the metric is undefined.

    Raises:
        DataError: there are fewer than eight seeds, too few to reject anything, or other numbers of them.
    """
    if len(first) != len(second) or len(first) < MIN_SEEDS:
        raise DataError(
            f"{len(first)} and {len(second)} seeds to test",
            expected=f"the same seeds in both cells, at least {MIN_SEEDS}",
            do="train more seeds",
        )
    apart = np.array([[value_of(frame, metric) for frame in cell] for cell in (first, second)])
    if np.isnan(apart).any():
        return float("nan")
    from scipy.stats import permutation_test  # takes more than a second to import

    result = permutation_test(tuple(apart), _mean_difference, permutation_type="samples", rng=0, vectorized=True)
    return float(result.pvalue)


def mcnemar(first: Sequence[DataFrame], second: Sequence[DataFrame]) -> float:
    """McNemar's test on the items of two cells: are those that only one of them gets right equally many?

    The answer to an item is that of most seeds (on a tie the higher summed probability). Items count as independent,
    so it is for data sets that name no subjects. Exact (binomial) below 25 items on which the cells differ, otherwise
    by chi-squared with continuity correction.

    Returns:
        p in (0, 1]; NaN where a score is undefined.

    Raises:
        DataError: the two cells do not have the same items, or are not of classes.
    """
    one, other = (_majority(cell) for cell in (first, second))
    if len(one) != len(other) or set(one["item"]) != set(other["item"]):
        raise DataError("the two cells have different items", do="compare them by subject (paired_test)")
    both = one.merge(other, on="item", suffixes=("", "_2"))
    if (both[["answer", "answer_2"]] == UNDEFINED).any(axis=None):
        return float("nan")
    right, right_2 = both["answer"] == both["label"], both["answer_2"] == both["label_2"]
    return mcnemar_of(int((right & ~right_2).sum()), int((~right & right_2).sum()))


def mcnemar_of(only_first: int, only_second: int) -> float:
    """McNemar's p value of the numbers of items that only the first, and only the second of two cells gets right."""
    from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

    exact = only_first + only_second < MIN_EXACT
    found = statsmodels_mcnemar([[0, only_first], [only_second, 0]], exact=exact, correction=True)
    return float(found.pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """P values corrected for their number (Holm 1979), in the same order; undefined ones (NaN) are passed over.

    Rejecting those at most 0.05 keeps the probability of a single false one among all of them at 5 %, whatever their
    dependence.
    """
    corrected = np.full(len(p_values), np.nan)
    defined = ~np.isnan(np.asarray(p_values, dtype=np.float64))
    if defined.any():
        from statsmodels.stats.multitest import multipletests

        gc.freeze()  # it collects garbage in every call, which takes a tenth of a second where many objects live
        corrected[defined] = multipletests(np.asarray(p_values)[defined], method="holm")[1]
        gc.unfreeze()
    return [float(value) for value in corrected]


def _swap_ranks(cells: tuple[Counted, Counted], names: Index, metric: Metric, draws: int, seed: int) -> float:
    """The test of ``paired_test`` on how cells rank: units of both in one list, each drawn from one or the other."""
    one, other = (cell.ranks(names) for cell in cells)
    if any(cell.undefined for cell in cells):
        return float("nan")
    both, n, rng = one.beside(other), len(names), np.random.default_rng(seed)
    exact = 2**n < draws
    swapped = (np.arange(2**n)[:, None] >> np.arange(n) & 1) if exact else rng.integers(0, 2, (draws, n))

    def apart(swapped: Ints) -> Floats:
        drawn = np.concatenate([1 - swapped, swapped], axis=1).astype(np.float64)
        first, second = (metric(both.areas(weights)).mean(axis=-1) for weights in (drawn, np.roll(drawn, n, axis=1)))
        distance: Floats = np.abs(first - second)
        return distance

    found = float(apart(np.zeros((1, n), np.int64))[0])
    if np.isnan(found):
        return found
    extreme = int((~(apart(swapped) < found - SAME)).sum())
    return extreme / len(swapped) if exact else (1 + extreme) / (1 + draws)


def _paired(
    first: Sequence[DataFrame] | Counted, second: Sequence[DataFrame] | Counted
) -> tuple[tuple[Counted, Counted], Index]:
    """What is counted of two cells, and the units that both have."""
    if not isinstance(first, Counted) and not isinstance(second, Counted):
        first, second = shared(first, second)
    found = counted(first), counted(second)
    targets = [f"{len(cell.target.names)} {cell.target.kind}" for cell in found]
    if targets[0] != targets[1]:
        raise DataError(f"the two cells are of {' and '.join(targets)}", expected="cells with the same target")
    names = found[0].names.intersection(found[1].names)
    if names.empty:
        raise DataError("the two cells share no subject and no video", expected="cells tested on the same people")
    return found, names


def _shares(cell: Counted, names: Index) -> Floats:
    """Mean counts over seeds of some units, (n, *shape), as shares of their items."""
    counts = cell.counts[cell.names.get_indexer(names)].mean(axis=1)
    shares: Floats = counts / cell.target.items(counts.sum(axis=0))
    return shares


def _swapped(apart: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """What swaps add to the first cell's sums, (B, *shape): all of them, or ``draws`` random ones.

    Args:
        apart: sums of the second cell minus those of the first by unit, (n, *shape).
    """
    flat = apart.reshape(len(apart), -1)
    flat = flat[np.abs(flat).max(axis=1) > 0]  # swapping what is the same changes nothing
    if 2 ** len(flat) < draws:
        every: Floats = (np.arange(2 ** len(flat))[:, None] >> np.arange(len(flat)) & 1) @ flat
        return every.reshape(-1, *apart.shape[1:])
    kind, first = kinds(np.round(flat, 12))
    words, masks = _words(np.bincount(kind))
    bits = rng.integers(0, 256, (draws, len(words)), dtype=np.uint8)
    moved: Floats = np.bitwise_count(bits & masks).astype(np.float64) @ flat[first][words]
    return moved.reshape(-1, *apart.shape[1:])


def _words(times: Ints) -> tuple[Ints, NDArray[np.uint8]]:
    """Bytes of random bits, each one unit's coin, for kinds of ``times`` units: the kind of each, and its mask."""
    number = -(-times // WORD)
    words = np.repeat(np.arange(len(times)), number)
    masks = np.full(len(words), 2**WORD - 1)
    last = np.cumsum(number) - 1
    masks[last] = 2 ** (times - WORD * (number - 1)) - 1
    return words, masks.astype(np.uint8)


def _majority(cell: Sequence[DataFrame]) -> DataFrame:
    """Items with their labels and the answer of most seeds: ``item, label, answer``."""
    exclusive(cell[0])
    seeds = concat([frame.assign(video=frame["item"], epoch=0) for frame in cell], ignore_index=True)
    voted = vote(seeds, "majority")
    return voted[["item", "label"]].assign(answer=predictions(voted))


def _mean_difference(one: Floats, other: Floats, axis: int) -> Floats:
    difference: Floats = np.mean(one, axis=axis) - np.mean(other, axis=axis)
    return difference
