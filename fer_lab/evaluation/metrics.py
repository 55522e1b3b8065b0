"""Metrics, and those of classes: functions of confusion matrices (..., C, C) of counts, rows the truth.

Conventions of scikit-learn: a class that is never predicted has precision 0, macro averages run over the classes that
occur in truth or prediction, UAR (balanced accuracy) over those that occur in the truth. A matrix of NaN (undefined
scores) gives NaN, never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from pandas import DataFrame

from fer_lab.errors import ConfigError, nearest
from fer_lab.evaluation.arrays import Floats

Compute = Callable[[Floats], Floats]
Average = Callable[[Compute, Floats], Floats]


@dataclass(frozen=True)
class Metric:
    """A number, or one a name, computed of sums; it decorates the function that computes it.

    Attributes:
        compute: takes sums ``(..., *shape)`` of a target, gives one value each (...), or one a name (..., names).
        low, high: what it can be; infinite where nothing bounds it, as of counts and errors.
        counts: whether it is a number of items.
        ranked: whether it is of the order of answers: it then takes areas under curves (..., L, 2) in place of sums,
            which can be had of items alone (``ranks``).
    """

    compute: Compute
    low: float = 0.0
    high: float = 1.0
    counts: bool = False
    ranked: bool = False

    def __call__(self, sums: Floats) -> Floats:
        """The value of sums."""
        return self.compute(sums)

    @property
    def span(self) -> float:
        """How far apart two of them can be."""
        return self.high - self.low

    def by(self, compute: Compute) -> Metric:
        """The same metric averaged, or of one name: with the same bounds."""
        return replace(self, compute=compute)


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


@Metric
def precisions(m: Floats) -> Floats:
    """Precision of every class (..., C) in [0, 1]."""
    return _occurs(m, divide(_hits(m), m.sum(axis=-2), 0))


@Metric
def recalls(m: Floats) -> Floats:
    """Recall of every class (..., C) in [0, 1]."""
    return _occurs(m, divide(_hits(m), m.sum(axis=-1), 0))


@Metric
def f1s(m: Floats) -> Floats:
    """F1 of every class (..., C) in [0, 1]."""
    return divide(2 * _hits(m), m.sum(axis=-1) + m.sum(axis=-2), np.nan)


@partial(Metric, high=np.inf, counts=True)
def supports(m: Floats) -> Floats:
    """Number of items of every class (..., C)."""
    counts: Floats = m.sum(axis=-1)
    return counts


@Metric
def answered(m: Floats) -> Floats:
    """Share of all items that are given each class as the answer (..., C) in [0, 1], whatever they are."""
    return divide(m.sum(axis=-2), m.sum(axis=(-2, -1))[..., None], np.nan)


@Metric
def accuracy(m: Floats) -> Floats:
    """Share of right answers in [0, 1]."""
    return divide(_hits(m).sum(axis=-1), m.sum(axis=(-2, -1)), np.nan)


@Metric
def macro_f1(m: Floats) -> Floats:
    """Mean F1 over the classes, in [0, 1]."""
    return mean_defined(f1s(m))


@Metric
def uar(m: Floats) -> Floats:
    """Unweighted average recall (balanced accuracy) in [0, 1]."""
    return mean_defined(divide(_hits(m), m.sum(axis=-1), np.nan))


@partial(Metric, low=-1.0)
def kappa(m: Floats) -> Floats:
    """Cohen's kappa: the share of right answers above what guessing with the same frequencies gives, in [-1, 1].

    NaN where truth and answers are of one and the same class only: guessing is then always right.
    """
    total = m.sum(axis=(-2, -1))
    guessed = divide((m.sum(axis=-1) * m.sum(axis=-2)).sum(axis=-1), total**2, np.nan)
    return divide(accuracy(m) - guessed, 1 - guessed, np.nan)


def _macro(per_class: Compute, m: Floats) -> Floats:
    return mean_defined(per_class(m))


def _weighted(per_class: Compute, m: Floats) -> Floats:
    weights = supports(m)
    values = np.where(weights == 0, 0, per_class(m))
    return divide((values * weights).sum(axis=-1), weights.sum(axis=-1), np.nan)


def _total(m: Floats) -> Floats:
    total: Floats = supports(m).sum(axis=-1)
    return total


def _of_class(per_class: Compute, index: int, m: Floats) -> Floats:
    return per_class(m)[..., index]


def _share(truth: int, answer: int, m: Floats) -> Floats:
    """Share of the items of one class that are given an answer, in [0, 1]; NaN where the class has none."""
    return divide(m[..., truth, answer], supports(m)[..., truth], np.nan)


def of_names(
    name: str,
    of: str | None,
    names: Sequence[str],
    each: Mapping[str, Metric],
    averages: Mapping[str, Average],
    what: str,
) -> Metric | None:
    """The metric of one of some names, or an average over them; None where there is no metric of one name so called.

    Args:
        name: one of ``each``.
        of: one of the names or averages.
        names: in the order of what ``each`` gives, (..., names).
        each: metrics of one name.
        averages: from such a metric and sums to one value.
        what: word for a name, such as ``label``.

    Raises:
        ConfigError: there is no such name.
    """
    if name not in each or of is None:
        return None
    if of in averages:
        return each[name].by(partial(averages[of], each[name]))
    if of not in names:
        raise ConfigError(f"no {what} {of!r} for the metric {name!r}", expected=f"one of {nearest(of, names)}")
    return each[name].by(partial(_of_name, each[name], list(names).index(of)))


def _of_name(each: Compute, index: int, m: Floats) -> Floats:
    """Of sums (..., names, F), of which those of the other names are not looked at."""
    return each(m[..., [index], :])[..., 0]


def expected_cost(costs: Floats) -> Metric:
    """What the answers cost on average over the items (Elkan 2001), 0 or more; the lower the better.

    Args:
        costs: (C, C), rows the truth, columns the answer, 0 on the diagonal; NaN anywhere gives NaN.
    """
    return Metric(partial(_cost, costs), high=float(costs.max()))


def _cost(costs: Floats, m: Floats) -> Floats:
    return divide((costs * m).sum(axis=(-2, -1)), m.sum(axis=(-2, -1)), np.nan)


def costs_of_missing(counts: Sequence[int]) -> Floats:
    """Costs (C, C) where to miss a class costs N / (C n), n of the N training items being of it, whatever is answered.

    Athanasiadis 2022, sec. 4.5: "the lower the class's size becomes, the higher the cost rises"; no formula is given.
    To miss a training item costs 1 on average; NaN for a class without one.
    """
    each = np.asarray(counts, np.float64)
    weights = divide(each.sum(), len(each) * each, np.nan)
    return weights[:, None] * (1 - np.eye(len(each)))


OVERALL: Mapping[str, Metric] = {"accuracy": accuracy, "macro_f1": macro_f1, "uar": uar, "kappa": kappa}
REPORTED: Mapping[str, Metric] = {"precision": precisions, "recall": recalls, "f1": f1s, "support": supports}
"""The columns of a classification report."""
PER_CLASS: Mapping[str, Metric] = {**REPORTED, "answered": answered}
PER_PAIR: Mapping[str, Callable[[int, int, Floats], Floats]] = {"share": _share}
"""Metrics of one true class and one answer, written ``<truth> as <answer>``."""
AVERAGES: tuple[str, ...] = ("macro", "weighted")
EXPECTED_COST = "expected_cost"
"""The metric of all classes together that needs more than what is counted of the items: ``expected_cost``."""


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
        return Metric(partial(PER_PAIR[name], _index(truth, classes, name), _index(answer, classes, name)))
    if name not in PER_CLASS or of is None:
        raise ConfigError(
            f"classes have no metric {name!r} of {of!r}",
            expected=f"one of {', '.join(OVERALL)}, or one of {', '.join(PER_CLASS)} with a class or average",
        )
    if of in AVERAGES:
        average = {"macro": _macro, "weighted": _weighted}[of]
        per_class = PER_CLASS[name]
        return per_class.by(_total if name == "support" else partial(average, per_class))
    return PER_CLASS[name].by(partial(_of_class, PER_CLASS[name], _index(of, classes, name)))


def _index(of: str, classes: Sequence[str], name: str) -> int:
    if of not in classes:
        raise ConfigError(f"no class {of!r} for the metric {name!r}", expected=f"one of {nearest(of, classes)}")
    return list(classes).index(of)


def report(m: Floats, classes: Sequence[str]) -> DataFrame:
    """Classification report: rows the classes, ``macro`` and ``weighted``; columns precision, recall, f1, support."""
    rows = [*classes, *AVERAGES]
    values = {name: [float(metric(name, of, classes)(m)) for of in rows] for name in REPORTED}
    return DataFrame(values, index=rows)
