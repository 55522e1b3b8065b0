"""How far answers lie from the truth, in its own unit: bias and limits of agreement.

Bland and Altman: Statistical methods for assessing agreement between two methods of clinical measurement. Lancet 327
(1986). Functions of the sums of ``targets.Values``, so that the intervals are those of all other metrics: people are
drawn again, as items of one person are no independent measurements.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from fer_lab.evaluation.arrays import Floats
from fer_lab.evaluation.metrics import Metric, divide

WITHIN = 1.96
"""Standard deviations from the bias to either limit: 95 % of normal differences lie between them."""

_free = partial(Metric, low=-np.inf, high=np.inf)


@_free
def biases(m: Floats) -> Floats:
    """Mean of answer minus truth of each value (..., L), in units of the scale."""
    return divide(m[..., 2] - m[..., 1], m[..., 0], np.nan)


def _spread(m: Floats) -> Floats:
    """Standard deviation of answer minus truth (..., L), of a sample; NaN of fewer than two items."""
    n, squares = m[..., 0], m[..., 3] - 2 * m[..., 5] + m[..., 4]
    variance = divide(squares - n * biases(m) ** 2, np.where(n > 1, n - 1, 0), np.nan)
    spread: Floats = np.sqrt(np.maximum(variance, 0))
    return spread


@_free
def lower_limits(m: Floats) -> Floats:
    """Bias minus ``WITHIN`` standard deviations of the differences, of each value (..., L)."""
    return biases(m) - WITHIN * _spread(m)


@_free
def upper_limits(m: Floats) -> Floats:
    """Bias plus ``WITHIN`` standard deviations of the differences, of each value (..., L)."""
    return biases(m) + WITHIN * _spread(m)


PER_VALUE: Mapping[str, Metric] = {"bias": biases, "lower": lower_limits, "upper": upper_limits}
