"""The one interval of the project: a 95 % percentile bootstrap over subjects and seeds together."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame, concat

from fer_lab.errors import DataError
from fer_lab.evaluation.metrics import Floats, Metric
from fer_lab.evaluation.scores import UNDEFINED, class_columns, n_subjects, predictions

FEW_SUBJECTS = 10
"""An interval over fewer subjects than this is marked wherever it is shown."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with its 95 % interval; NaN where it is undefined."""

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
    units = _units(scores)
    means = {key: _seed_mean(m(units.sum(axis=0)), None) for key, m in metrics.items()}
    matrices, weights = _resample(units, resamples, np.random.default_rng(seed))
    tail = (1 - level) / 2
    return {
        key: Interval(float(means[key]), *_quantiles(_seed_mean(m(matrices), weights), tail), n_subjects(scores[0]))
        for key, m in metrics.items()
    }


def _units(scores: Sequence[DataFrame]) -> Floats:
    """Confusion counts of every unit of resampling and seed: (units, S, C, C); NaN where a score is undefined."""
    if not scores or not all(len(frame) for frame in scores):
        raise DataError("no scores to make an interval of", do="train the missing runs")
    if any(set(frame["item"]) != set(scores[0]["item"]) for frame in scores[1:]):
        raise DataError("the seeds of a cell have different items", do="train them again on the same data and split")
    everything = concat(list(scores), keys=range(len(scores)), names=["seed"]).reset_index("seed")
    unit = _unit_of(everything)
    n, c = int(unit.max()) + 1, len(class_columns(scores[0]))
    predicted = predictions(everything)
    index = (unit, everything["seed"].to_numpy(), everything["label"].to_numpy(dtype=np.int64), predicted)
    counts = np.zeros((n, len(scores), c, c))
    np.add.at(counts, index, 1.0)
    undefined = predicted == UNDEFINED
    counts[index[0][undefined], index[1][undefined]] = np.nan
    return counts


def _unit_of(scores: DataFrame) -> NDArray[np.int64]:
    """Number of the unit of every row: its subject, or the item itself where no subject is known."""
    subject = scores["subject"].fillna("").astype(str)
    name = ("subject " + subject).where(subject != "", "item " + scores["item"].astype(str))
    return name.factorize()[0].astype(np.int64)


def _resample(units: Floats, resamples: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Matrices (B, S, C, C) of resampled units and the weights (B, S) of resampled seeds."""
    n, s, c, _ = units.shape
    # Equal units (images classified alike by every seed) are drawn as one with its multiplicity: the same distribution.
    kinds, times = np.unique(units.reshape(n, -1), axis=0, return_counts=True)
    drawn = rng.multinomial(n, times / n, size=resamples).astype(np.float64)
    weights = rng.multinomial(s, np.full(s, 1 / s), size=resamples) / s
    return (drawn @ kinds).reshape(resamples, s, c, c), weights


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
