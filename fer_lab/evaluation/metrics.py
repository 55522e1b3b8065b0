"""Metrics, all of them functions of confusion matrices (..., C, C) of counts, rows the truth.

Conventions of scikit-learn: a class that is never predicted has precision 0, macro averages run over the classes that
occur in truth or prediction, UAR (balanced accuracy) over those that occur in the truth. A matrix of NaN (undefined
scores) gives NaN, never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from fer_lab.errors import ConfigError, nearest
from fer_lab.evaluation.scores import UNDEFINED, class_columns, predictions

Floats = NDArray[np.float64]
Metric = Callable[[Floats], Floats]
"""Takes matrices (..., C, C), gives one value each (...)."""


def confusion(scores: DataFrame) -> Floats:
    """Confusion matrix (C, C) of counts, rows the truth; all NaN if any item's scores are undefined."""
    predicted, c = predictions(scores), len(class_columns(scores))
    if (predicted == UNDEFINED).any():
        return np.full((c, c), np.nan)
    cell = scores["label"].to_numpy(dtype=np.int64) * c + predicted
    return np.bincount(cell, minlength=c * c).reshape(c, c).astype(np.float64)


def divide(a: Floats, b: Floats, empty: float) -> Floats:
    """``a / b``, and ``empty`` where b is 0; NaN stays NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(b == 0, empty, a / b)


def mean_defined(values: Floats) -> Floats:
    """Mean over the last axis of what is not NaN; NaN if nothing is left."""
    defined = ~np.isnan(values)
    return divide(np.where(defined, values, 0).sum(axis=-1), defined.sum(axis=-1).astype(np.float64), np.nan)


def _hits(m: Floats) -> Floats:
    hits: Floats = np.einsum("...cc->...c", m)
    return hits


def _occurs(m: Floats, values: Floats) -> Floats:
    """NaN for the classes that occur neither in truth nor in prediction."""
    return np.where(m.sum(axis=-1) + m.sum(axis=-2) == 0, np.nan, values)


def precisions(m: Floats) -> Floats:
    """Precision of every class (..., C) in [0, 1]."""
    return _occurs(m, divide(_hits(m), m.sum(axis=-2), 0))


def recalls(m: Floats) -> Floats:
    """Recall of every class (..., C) in [0, 1]."""
    return _occurs(m, divide(_hits(m), m.sum(axis=-1), 0))


def f1s(m: Floats) -> Floats:
    """F1 of every class (..., C) in [0, 1]."""
    return divide(2 * _hits(m), m.sum(axis=-1) + m.sum(axis=-2), np.nan)


def supports(m: Floats) -> Floats:
    """Number of items of every class (..., C)."""
    counts: Floats = m.sum(axis=-1)
    return counts


def answered(m: Floats) -> Floats:
    """Share of all items that are given each class as the answer (..., C) in [0, 1], whatever they are."""
    return divide(m.sum(axis=-2), m.sum(axis=(-2, -1))[..., None], np.nan)


def accuracy(m: Floats) -> Floats:
    """Share of right answers in [0, 1]."""
    return divide(_hits(m).sum(axis=-1), m.sum(axis=(-2, -1)), np.nan)


def macro_f1(m: Floats) -> Floats:
    """Mean F1 over the classes, in [0, 1]."""
    return mean_defined(f1s(m))


def uar(m: Floats) -> Floats:
    """Unweighted average recall (balanced accuracy) in [0, 1]."""
    return mean_defined(divide(_hits(m), m.sum(axis=-1), np.nan))


def kappa(m: Floats) -> Floats:
    """Cohen's kappa: the share of right answers above what guessing with the same frequencies gives, in [-1, 1].

    NaN where truth and answers are of one and the same class only: guessing is then always right.
    """
    total = m.sum(axis=(-2, -1))
    guessed = divide((m.sum(axis=-1) * m.sum(axis=-2)).sum(axis=-1), total**2, np.nan)
    return divide(accuracy(m) - guessed, 1 - guessed, np.nan)


def _macro(per_class: Metric, m: Floats) -> Floats:
    return mean_defined(per_class(m))


def _weighted(per_class: Metric, m: Floats) -> Floats:
    weights = supports(m)
    values = np.where(weights == 0, 0, per_class(m))
    return divide((values * weights).sum(axis=-1), weights.sum(axis=-1), np.nan)


def _total(m: Floats) -> Floats:
    total: Floats = supports(m).sum(axis=-1)
    return total


def _of_class(per_class: Metric, index: int, m: Floats) -> Floats:
    return per_class(m)[..., index]


def _share(truth: int, answer: int, m: Floats) -> Floats:
    """Share of the items of one class that are given an answer, in [0, 1]; NaN where the class has none."""
    return divide(m[..., truth, answer], supports(m)[..., truth], np.nan)


OVERALL: Mapping[str, Metric] = {"accuracy": accuracy, "macro_f1": macro_f1, "uar": uar, "kappa": kappa}
REPORTED: Mapping[str, Metric] = {"precision": precisions, "recall": recalls, "f1": f1s, "support": supports}
"""The columns of a classification report."""
PER_CLASS: Mapping[str, Metric] = {**REPORTED, "answered": answered}
PER_PAIR: Mapping[str, Callable[[int, int, Floats], Floats]] = {"share": _share}
"""Metrics of one true class and one answer, written ``<truth> as <answer>``."""
AVERAGES: tuple[str, ...] = ("macro", "weighted")


def metric(name: str, of: str | None, classes: Sequence[str]) -> Metric:
    """The metric of a table's value.

    Args:
        name: ``accuracy``, ``macro_f1``, ``uar``, ``kappa``; or, with ``of``: ``precision``, ``recall``, ``f1``,
            ``support`` and ``share``.
        of: a class, ``macro`` or ``weighted`` (both are the total for ``support``); for ``share`` (of the items of
            one class that are given an answer) the pair ``anger as fear``.
        classes: the class names in the order of the matrix.

    Raises:
        ConfigError: there is no such metric or class.
    """
    if of is None and name in OVERALL:
        return OVERALL[name]
    if name in PER_PAIR and of is not None:
        truth, _, answer = of.partition(" as ")
        return partial(PER_PAIR[name], _index(truth, classes, name), _index(answer, classes, name))
    if name not in PER_CLASS or of is None:
        raise ConfigError(
            f"no metric {name!r} of {of!r}",
            expected=f"one of {', '.join(OVERALL)}, or one of {', '.join(PER_CLASS)} with a class or average",
        )
    if of in AVERAGES:
        average = {"macro": _macro, "weighted": _weighted}[of]
        return _total if name == "support" else partial(average, PER_CLASS[name])
    return partial(_of_class, PER_CLASS[name], _index(of, classes, name))


def _index(of: str, classes: Sequence[str], name: str) -> int:
    if of not in classes:
        raise ConfigError(f"no class {of!r} for the metric {name!r}", expected=f"one of {nearest(of, classes)}")
    return list(classes).index(of)


def report(m: Floats, classes: Sequence[str]) -> DataFrame:
    """Classification report: rows the classes, ``macro`` and ``weighted``; columns precision, recall, f1, support."""
    rows = [*classes, *AVERAGES]
    values = {name: [float(metric(name, of, classes)(m)) for of in rows] for name in REPORTED}
    return DataFrame(values, index=rows)
