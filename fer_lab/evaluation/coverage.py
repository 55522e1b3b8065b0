"""Answers that are given only where a network is sure: how many there are, and how many of them are right.

Rosa Ramos 2018, ch. 11: the best class "needs more than 50% of confidence" to be accepted; an image without such a
class has no answer. El-Yaniv, Wiener: On the foundations of noise-free selective classification. JMLR 11, 2010.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from pandas import DataFrame

from fer_lab.evaluation.arrays import Floats
from fer_lab.evaluation.intervals import intervals
from fer_lab.evaluation.metrics import Metric, divide
from fer_lab.evaluation.scores import predictions, probabilities
from fer_lab.evaluation.targets import BESIDE

HALF = 0.5
"""The thesis's threshold."""


def sure(scores: DataFrame, above: float) -> DataFrame:
    """Scores of one label, "it is answered rightly", which is not known of an item that is not answered.

    Whatever is counted of labels can be counted of it, by person, as of any scores.

    Args:
        scores: of classes.
        above: an item is answered if its largest probability is above this, 0 to 1.

    Raises:
        DataError: the scores are not of classes.
    """
    p = probabilities(scores)
    most, right = p.max(axis=1), predictions(scores) == scores["label"].to_numpy()
    undefined = np.isnan(p).any(axis=1)
    answered = np.where(most > above, right.astype(np.float64), np.nan)
    said = np.where(undefined, np.nan, 1.0)
    return scores[[*BESIDE]].assign(y0=answered, p0=said)


@Metric
def coverage(m: Floats) -> Floats:
    """Share of the items that are answered, in [0, 1], of sums of ``sure`` (..., 2, 4)."""
    return divide(m[..., 0, :].sum(axis=-1), m[..., 1, :].sum(axis=-1), np.nan)


@Metric
def accuracy_of_answered(m: Floats) -> Floats:
    """Share of the answered items that are answered rightly, in [0, 1]; NaN where nothing is answered."""
    return divide(m[..., 0, 0], m[..., 0, :].sum(axis=-1), np.nan)


METRICS: Mapping[str, Metric] = {"coverage": coverage, "accuracy": accuracy_of_answered}
"""What can be said of answers above a threshold."""


def coverage_curve(scores: Sequence[DataFrame], thresholds: Sequence[float], *, seed: int = 0) -> DataFrame:
    """Coverage and accuracy of the answered by threshold, means over seeds with their 95 % intervals.

    Args:
        scores: one scores frame a seed, of classes, of one part at one epoch.
        thresholds: each 0 to 1.
        seed: of the intervals.

    Returns:
        One row a threshold and metric: ``above, metric, mean, low, high``.

    Raises:
        DataError: there are no scores, they are not of classes, or the seeds do not have the same items.
    """
    rows = []
    for above in thresholds:
        found = intervals([sure(frame, above) for frame in scores], METRICS, seed=seed)
        rows += [(above, name, one.mean, one.low, one.high) for name, one in found.items()]
    return DataFrame(rows, columns=["above", "metric", "mean", "low", "high"])
