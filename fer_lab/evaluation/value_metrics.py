"""Metrics of numbers, such as valence and arousal: functions of sums (..., L, 7) (``targets.Values``).

Sums are: how many, truth x, answer y, x squared, y squared, x times y, how often the signs agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from fer_lab.errors import ConfigError
from fer_lab.evaluation.arrays import Floats
from fer_lab.evaluation.metrics import Average, Compute, Metric, divide, mean_defined, of_names

ROUNDING = 1e-13
"""Share of a mean square below which a variance is taken for 0."""


def _moments(m: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Means of x and y, their variances and covariance (of the population), (..., L) each."""
    x, y, xx, yy, xy = (divide(m[..., i], m[..., 0], np.nan) for i in range(1, 6))
    return x, y, _variance(x, xx), _variance(y, yy), xy - x * y


def _variance(mean: Floats, square: Floats) -> Floats:
    """Mean square minus squared mean; 0 where that is no more than rounding leaves of a constant."""
    variance = square - mean * mean
    return np.where(variance <= ROUNDING * square, 0.0, variance)


@partial(Metric, high=np.inf)
def mses(m: Floats) -> Floats:
    """Mean squared error of each value (..., L)."""
    return divide(np.maximum(m[..., 3] - 2 * m[..., 5] + m[..., 4], 0), m[..., 0], np.nan)


@partial(Metric, high=np.inf)
def rmses(m: Floats) -> Floats:
    """Root mean squared error of each value (..., L), in units of the data set's scale."""
    root: Floats = np.sqrt(mses(m))
    return root


@partial(Metric, high=np.inf)
def constants(m: Floats) -> Floats:
    """RMSE of the mean of the items' own truth (..., L): no answer that is always the same has a lower one."""
    _, _, vx, _, _ = _moments(m)
    spread: Floats = np.sqrt(vx)
    return spread


@partial(Metric, low=-1.0)
def pccs(m: Floats) -> Floats:
    """Pearson's correlation of each value (..., L), in [-1, 1]; NaN where truth or answers are constant."""
    _, _, vx, vy, cov = _moments(m)
    return divide(cov, np.sqrt(vx * vy), np.nan)


@partial(Metric, low=-1.0)
def cccs(m: Floats) -> Floats:
    """Concordance correlation coefficient of each value (..., L), in [-1, 1] (Lin 1989); 0 for a constant answer.

    NaN where truth and answers are constant and equal.
    """
    x, y, vx, vy, cov = _moments(m)
    return divide(2 * cov, vx + vy + (x - y) ** 2, np.nan)


@Metric
def sagrs(m: Floats) -> Floats:
    """Share of items whose truth and answer have the same sign, of each value (..., L), in [0, 1]."""
    return divide(m[..., 6], m[..., 0], np.nan)


@partial(Metric, high=np.inf, counts=True)
def supports(m: Floats) -> Floats:
    """How many items each value is known of (..., L)."""
    return m[..., 0]


PER_VALUE: Mapping[str, Metric] = {
    "ccc": cccs, "pcc": pccs, "rmse": rmses, "mse": mses, "sagr": sagrs, "constant": constants, "support": supports
}  # fmt: skip


def _mean(per_value: Compute, m: Floats) -> Floats:
    return mean_defined(per_value(m))


def _pooled(per_value: Compute, m: Floats) -> Floats:
    return per_value(m.sum(axis=-2, keepdims=True))[..., 0]


AVERAGES: Mapping[str, Average] = {"mean": _mean, "pooled": _pooled}
"""Mean over the values; and all values and items as one."""
OVERALL: Mapping[str, Metric] = {
    name: PER_VALUE[name].by(partial(_mean, PER_VALUE[name])) for name in ("ccc", "pcc", "rmse", "sagr")
}


def metric(name: str, of: str | None, names: Sequence[str]) -> Metric:
    """The metric of a table's value.

    Args:
        name: one of ``OVERALL``, the mean over the values; or, with ``of``, one of ``PER_VALUE``.
        of: a value, ``mean`` or ``pooled``.
        names: of the values, in the order of the sums.

    Raises:
        ConfigError: there is no such metric or value.
    """
    if of is None and name in OVERALL:
        return OVERALL[name]
    found = of_names(name, of, names, PER_VALUE, AVERAGES, "value")
    if found is None:
        raise ConfigError(
            f"values have no metric {name!r} of {of!r}",
            expected=f"one of {', '.join(OVERALL)}, or one of {', '.join(PER_VALUE)} with a value or average",
        )
    return found
