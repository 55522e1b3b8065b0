"""The one interval of the project: a 95 % percentile bootstrap over subjects and seeds together."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame, Index, concat

from fer_lab.errors import DataError
from fer_lab.evaluation.metrics import Floats, Metric
from fer_lab.evaluation.scores import UNDEFINED, class_columns, n_subjects, predictions

FEW_SUBJECTS = 10
"""An interval over fewer subjects than this is marked wherever it is shown."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with its 95 % interval; NaN where it is undefined, as that over a single subject is."""

    mean: float
    low: float
    high: float
    n_subjects: int

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
    """Mean over seeds and percentile bootstrap interval of several metrics of one cell.

    A replicate draws as many subjects as there are (items where the data set names no subject) and as many seeds as
    there are, both with replacement; the subjects drawn are the same for every seed, the replicates for all metrics.
    With few seeds the variance between them is underestimated by (S - 1) / S, as in any bootstrap.

    Args:
        scores: one scores frame a seed, of one part at one epoch.
        metrics: functions of confusion matrices by a name of the caller's choice.
        level: coverage wanted, in (0, 1).
        resamples: number of replicates.
        seed: of the replicates; the same scores give the same interval.

    Raises:
        DataError: there are no scores, or the seeds do not have the same items.
    """
    units, _ = _units(scores)
    if len(units) == 1:
        only = {key: float(_seed_mean(m(units.sum(axis=0)), None)) for key, m in metrics.items()}
        return {key: Interval(mean, np.nan, np.nan, n_subjects(scores[0])) for key, mean in only.items()}
    means = {key: _seed_mean(m(units.sum(axis=0)), None) for key, m in metrics.items()}
    drawn, weights = _resample(units, resamples, np.random.default_rng(seed))
    matrices = drawn.reshape(resamples, *units.shape[1:])
    tail = (1 - level) / 2
    return {
        key: Interval(float(means[key]), *_quantiles(_seed_mean(m(matrices), weights), tail), n_subjects(scores[0]))
        for key, m in metrics.items()
    }


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
    found = [_units(scores) for scores in (first, second)]
    names = found[0][1].union(found[1][1])
    one, other = (_over(names, own, counts) for counts, own in found)
    joined = np.concatenate([values.reshape(len(names), len(first), -1) for values in (one, other)], axis=2)
    drawn, weights = _resample(joined, resamples, np.random.default_rng(seed))
    drawn = drawn.reshape(resamples, len(first), -1)
    halves = np.split(drawn, [one.shape[-1] ** 2], axis=-1)
    draws = [part.reshape(*part.shape[:2], *c.shape[2:]) for part, c in zip(halves, (one, other), strict=True)]
    values = metric(draws[0]) - metric(draws[1])
    mean = float(_seed_mean(metric(one.sum(0)) - metric(other.sum(0)), None))
    return Interval(mean, *_quantiles(_seed_mean(values, weights), (1 - level) / 2), n_subjects(first[0]))


def _over(names: Index, own: Index, counts: Floats) -> Floats:
    """Counts for all of ``names``, zero for units that do not occur."""
    everyone = np.zeros((len(names), *counts.shape[1:]))
    everyone[names.get_indexer(own)] = counts
    return everyone


def _units(scores: Sequence[DataFrame]) -> tuple[Floats, Index]:
    """Confusion counts of every unit of resampling and seed, (units, S, C, C), NaN where a score is undefined; and the
    names of the units."""
    if not scores or not all(len(frame) for frame in scores):
        raise DataError("no scores to make an interval of", do="train the missing runs")
    if any(set(frame["item"]) != set(scores[0]["item"]) for frame in scores[1:]):
        raise DataError("the seeds of a cell have different items", do="train them again on the same data and split")
    everything = concat(list(scores), keys=range(len(scores)), names=["seed"]).reset_index("seed")
    unit, names = _unit_of(everything)
    n, c = int(unit.max()) + 1, len(class_columns(scores[0]))
    predicted = predictions(everything)
    index = (unit, everything["seed"].to_numpy(), everything["label"].to_numpy(dtype=np.int64), predicted)
    counts = np.zeros((n, len(scores), c, c))
    np.add.at(counts, index, 1.0)
    undefined = predicted == UNDEFINED
    counts[index[0][undefined], index[1][undefined]] = np.nan
    return counts, names


def _unit_of(scores: DataFrame) -> tuple[NDArray[np.int64], Index]:
    """Number of the unit of every row, and the units' names: its subject, or the item itself where none is known."""
    subject = scores["subject"].fillna("").astype(str)
    name = ("subject " + subject).where(subject != "", "item " + scores["item"].astype(str))
    numbers, names = name.factorize()
    return numbers.astype(np.int64), Index(names)


def _resample(units: Floats, resamples: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Counts (B, ...) of resampled units (n, S, ...), flat, and the weights (B, S) of resampled seeds."""
    n, s = units.shape[:2]
    # Equal units (images classified alike by every seed) are drawn as one with its multiplicity: the same distribution.
    kinds, times = np.unique(units.reshape(n, -1), axis=0, return_counts=True)
    drawn = rng.multinomial(n, times / n, size=resamples).astype(np.float64)
    weights = rng.multinomial(s, np.full(s, 1 / s), size=resamples) / s
    return drawn @ kinds, weights


def _seed_mean(values: Floats, weights: Floats | None) -> Floats:
    """Weighted mean over the last axis (seeds)."""
    return np.average(values, axis=-1, weights=weights)


def _quantiles(values: Floats, tail: float) -> tuple[float, float]:
    """Lower and upper quantile of the replicates in which the metric is defined."""
    defined = values[~np.isnan(values)]
    if not len(defined):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)
