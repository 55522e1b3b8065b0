"""The one interval of the project: a 95 % BCa bootstrap over subjects and seeds together (docs/statistics.md)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from pandas import DataFrame, Index

from fer_lab.errors import DataError
from fer_lab.evaluation.bootstrap import Resampled, Value, bca, estimate, resample
from fer_lab.evaluation.metrics import Floats, Metric
from fer_lab.evaluation.scores import n_subjects
from fer_lab.evaluation.units import units

FEW_SUBJECTS = 10
"""An interval over fewer subjects than this is marked wherever it is shown."""
INNER = 0.90
"""Level of the inner interval: that of two one-sided tests at 5 % each (``equivalence``)."""
SHARE, DIFFERENCE = (0.0, 1.0), (-1.0, 1.0)
"""What a metric can be, and what a difference of two can be."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with its 95 % interval; NaN where it is undefined, as that over a single subject is.

    Attributes:
        low, high: its bounds.
        inner_low, inner_high: those of the 90 % interval of the same kind.
    """

    mean: float
    low: float
    high: float
    n_subjects: int
    inner_low: float = float("nan")
    inner_high: float = float("nan")

    @property
    def few_subjects(self) -> bool:
        """Whether it rests on fewer than ten people (0: the data set names none, items are resampled)."""
        return 0 < self.n_subjects < FEW_SUBJECTS


def intervals(
    scores: Sequence[DataFrame],
    metrics: Mapping[Key, Metric],
    *,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> dict[Key, Interval]:
    """Mean over seeds and BCa bootstrap interval of several metrics of one cell.

    A replicate draws subjects (items where the data set names no subject) and seeds, both with replacement; the
    subjects drawn are the same for every seed, the replicates for all metrics. With a single seed the interval is that
    of the network that was trained: how much seeds differ cannot be known from it.

    Args:
        scores: one scores frame a seed, of one part at one epoch.
        metrics: functions of confusion matrices by a name of the caller's choice.
        level: coverage wanted, in (0, 1).
        resamples: number of replicates.
        seed: of the replicates; the same scores give the same interval.

    Raises:
        DataError: there are no scores, or the seeds do not have the same items.
    """
    counts, _ = units(scores)
    shape = counts.shape[2:]
    values = {key: partial(_by_seed, metric, shape) for key, metric in metrics.items()}
    return _found(counts, values, level, resamples, seed, SHARE, n_subjects(scores[0]))


def difference(
    first: Sequence[DataFrame],
    second: Sequence[DataFrame],
    metric: Metric,
    *,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Mean over seeds of a metric of one cell minus that of another, with its interval.

    Each replicate draws the same subjects and seeds for both cells: what both find hard cancels out.

    Args:
        first: one scores frame a seed.
        second: those of the other cell for the same seeds; items and classes may be others, subjects are compared by
            name.
        metric: a function of confusion matrices.
        level, resamples, seed: as for ``intervals``.

    Raises:
        DataError: there are no scores, or other numbers of seeds.
    """
    if len(first) != len(second):
        raise DataError(f"{len(first)} and {len(second)} seeds", expected="runs of the same seeds in both cells")
    found = [units(scores) for scores in (first, second)]
    names = found[0][1].union(found[1][1], sort=False)
    one, other = (_over(names, own, counts) for counts, own in found)
    joined = np.concatenate([counts.reshape(*counts.shape[:2], -1) for counts in (one, other)], axis=2)
    value = partial(_difference, metric, one.shape[2:], other.shape[2:])
    same = one.shape == other.shape and bool((one == other).all())
    reach = (0.0, 0.0) if same else DIFFERENCE
    return _found(joined, {"": value}, level, resamples, seed, reach, n_subjects(first[0]))[""]


def _found(
    counts: Floats,
    values: Mapping[Key, Value],
    level: float,
    resamples: int,
    seed: int,
    reach: tuple[float, float],
    people: int,
) -> dict[Key, Interval]:
    """Intervals of values of counts (n, S, ...); undefined ones of undefined counts and of a single unit."""
    flat = counts.reshape(*counts.shape[:2], -1)
    if len(flat) == 1 or np.isnan(flat).any():
        means = {key: float(value(flat.sum(axis=0)).mean()) for key, value in values.items()}
        return {key: Interval(mean, np.nan, np.nan, people) for key, mean in means.items()}
    drawn = resample(flat, resamples, np.random.default_rng(seed))
    return {key: _interval(drawn, value, level, reach, people) for key, value in values.items()}


def _interval(drawn: Resampled, value: Value, level: float, reach: tuple[float, float], people: int) -> Interval:
    mean, levels = estimate(drawn, value), (level, INNER)
    if np.isnan(mean):
        return Interval(mean, np.nan, np.nan, people)
    (low, high), inner = (
        _unlike(mean, one, reach, drawn.n_units) if bounds[0] == bounds[1] else bounds
        for one, bounds in zip(levels, bca(drawn, value, levels), strict=True)
    )
    return Interval(mean, low, high, people, *inner)


def _unlike(mean: float, level: float, reach: tuple[float, float], n: int) -> tuple[float, float]:
    """Bounds where every replicate gives the same, as when all n units are right: it does not follow that all are.

    Units unlike those seen may be a share q of all that would have been missed n times with probability (1 - q)^n;
    q is such that this is the probability outside one bound. They might give anything within ``reach``. At 0 and 1 it
    is the exact interval of Clopper & Pearson (1934).
    """
    if not reach[0] <= mean <= reach[1]:
        return mean, mean  # a number of items
    q = 1 - ((1 - level) / 2) ** (1 / n)
    return mean + q * (reach[0] - mean), mean + q * (reach[1] - mean)


def _by_seed(metric: Metric, shape: tuple[int, ...], counts: Floats) -> Floats:
    """A metric of counts (..., S, C * C), a value a seed."""
    return metric(counts.reshape(*counts.shape[:-1], *shape))


def _difference(metric: Metric, one: tuple[int, ...], other: tuple[int, ...], counts: Floats) -> Floats:
    """A metric of the first counts of (..., S, F) minus that of the others."""
    parts = np.split(counts, [one[0] * one[1]], axis=-1)
    return _by_seed(metric, one, parts[0]) - _by_seed(metric, other, parts[1])


def _over(names: Index, own: Index, counts: Floats) -> Floats:
    """Counts for all of ``names``, zero for units that do not occur."""
    everyone = np.zeros((len(names), *counts.shape[1:]))
    everyone[names.get_indexer(own)] = counts
    return everyone
