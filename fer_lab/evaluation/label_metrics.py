"""Metrics of labels, each of them present or absent: functions of counts (..., L + 1, 4) (``targets.Labels``).

Counts are true positives, false positives, false negatives, true negatives; the last row is that of whole items.
Conventions of scikit-learn: a label that is never answered has precision 0, one that never occurs recall 0, one that
neither occurs nor is answered no F1 and is left out of macro averages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from fer_lab.errors import ConfigError
from fer_lab.evaluation.arrays import Floats
from fer_lab.evaluation.metrics import Average, Compute, Metric, divide, mean_defined, of_names


def _parts(m: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    return m[..., 0], m[..., 1], m[..., 2], m[..., 3]


@Metric
def precisions(m: Floats) -> Floats:
    """Precision of each row (..., L)."""
    tp, fp, fn, _ = _parts(m)
    return np.where(tp + fp + fn == 0, np.nan, divide(tp, tp + fp, 0))


@Metric
def recalls(m: Floats) -> Floats:
    """Recall of each row (..., L)."""
    tp, fp, fn, _ = _parts(m)
    return np.where(tp + fp + fn == 0, np.nan, divide(tp, tp + fn, 0))


@Metric
def f1s(m: Floats) -> Floats:
    """F1 of each row (..., L); NaN where a label neither occurs nor is answered."""
    tp, fp, fn, _ = _parts(m)
    return divide(2 * tp, 2 * tp + fp + fn, np.nan)


@Metric
def accuracies(m: Floats) -> Floats:
    """Share of right answers of each row (..., L)."""
    tp, _, _, tn = _parts(m)
    return divide(tp + tn, m.sum(axis=-1), np.nan)


@Metric
def balanced(m: Floats) -> Floats:
    """Mean of the recalls of present and absent (..., L); the area under the ROC curve at the threshold alone."""
    tp, fp, fn, tn = _parts(m)
    return (divide(tp, tp + fn, np.nan) + divide(tn, tn + fp, np.nan)) / 2


@Metric
def absent(m: Floats) -> Floats:
    """Share of items in which each label is absent (..., L): the accuracy of never answering it."""
    _, fp, _, tn = _parts(m)
    return divide(fp + tn, m.sum(axis=-1), np.nan)


@partial(Metric, high=np.inf, counts=True)
def supports(m: Floats) -> Floats:
    """Number of items that each label is present in (..., L)."""
    tp, _, fn, _ = _parts(m)
    return tp + fn


@partial(Metric, high=np.inf, counts=True)
def known(m: Floats) -> Floats:
    """Number of items that it is known of whether each label is present (..., L)."""
    count: Floats = m.sum(axis=-1)
    return count


def _count(place: int, what: str) -> Metric:
    def count(m: Floats) -> Floats:
        found: Floats = m[..., place]
        return found

    count.__doc__ = f"Number of items in which each label is {what} (..., L)."
    return Metric(count, high=np.inf, counts=True)


PER_LABEL: Mapping[str, Metric] = {
    "f1": f1s,
    "precision": precisions,
    "recall": recalls,
    "accuracy": accuracies,
    "balanced": balanced,
    "absent": absent,
    "support": supports,
    "known": known,
    "tp": _count(0, "present, and said to be so"),
    "fp": _count(1, "absent, and said to be present"),
    "fn": _count(2, "present, and said to be absent"),
    "tn": _count(3, "absent, and said to be so"),
}


def _labels(m: Floats) -> Floats:
    return m[..., :-1, :]


def _macro(per_label: Compute, m: Floats) -> Floats:
    return mean_defined(per_label(_labels(m)))


def _pooled(per_label: Compute, m: Floats) -> Floats:
    return per_label(_labels(m).sum(axis=-2, keepdims=True))[..., 0]


def _f_betas(beta: float, m: Floats) -> Floats:
    tp, fp, fn, _ = _parts(m)
    return divide((1 + beta**2) * tp, (1 + beta**2) * tp + fp + beta**2 * fn, np.nan)


@Metric
def challenge(m: Floats) -> Floats:
    """Score of the EmotioNet challenge of 2017: half the mean accuracy and half the mean F score over the labels.

    Benitez-Quiroz et al. 2017 (arXiv 1703.01210) and the challenge's page judge by accuracy and by F scores, each a
    mean over the units. That the betas are .5, 1 and 2, and that both halves weigh alike, could not be looked up again.
    """
    f_scores = np.mean([mean_defined(_f_betas(beta, _labels(m))) for beta in BETAS], axis=0)
    score: Floats = (_macro(accuracies, m) + f_scores) / 2
    return score


@partial(Metric, high=np.inf, counts=True)
def both_known(m: Floats) -> Floats:
    """Number of labels that are known to be present in an item and absent in another, as an area needs."""
    tp, fp, fn, tn = _parts(_labels(m))
    number: Floats = ((tp + fn > 0) & (fp + tn > 0)).sum(axis=-1).astype(np.float64)
    return number


@Metric
def exact(m: Floats) -> Floats:
    """Share of items of which every known label is right."""
    return recalls(m)[..., -1]


BETAS = (0.5, 1.0, 2.0)
"""How much more recall counts than precision in the F scores of the challenge."""
AVERAGES: Mapping[str, Average] = {"macro": _macro, "pooled": _pooled}
"""Mean over the labels; and all labels and items as one."""
OVERALL: Mapping[str, Metric] = {
    "macro_f1": f1s.by(partial(_macro, f1s)),
    "micro_f1": f1s.by(partial(_pooled, f1s)),
    "accuracy": accuracies.by(partial(_pooled, accuracies)),
    "uar": balanced.by(partial(_macro, balanced)),
    "exact": exact,
}


FURTHER: Mapping[str, Metric] = {"challenge": challenge, "both_known": both_known}


@partial(Metric, ranked=True)
def roc_aucs(areas: Floats) -> Floats:
    """Area under the ROC curve of each label (..., L): how often a present item is above an absent one, ties half."""
    return areas[..., 0]


@partial(Metric, ranked=True)
def average_precisions(areas: Floats) -> Floats:
    """Average precision of each label (..., L): the precision at each recall that is gained, without interpolation."""
    return areas[..., 1]


def _mean(per_label: Compute, areas: Floats) -> Floats:
    return mean_defined(per_label(areas))


RANKED: Mapping[str, Metric] = {"roc_auc": roc_aucs, "average_precision": average_precisions}
RANKED_AVERAGES: Mapping[str, Average] = {"macro": _mean}
"""Mean over the labels that have an area; what two labels answer is in no common order."""


def metric(name: str, of: str | None, names: Sequence[str]) -> Metric:
    """The metric of a table's value.

    Args:
        name: one of ``OVERALL`` or ``FURTHER``; or, with ``of``, one of ``PER_LABEL`` or ``RANKED``.
        of: a label, ``macro``, or ``pooled`` (but of ``RANKED``).
        names: of the labels, in the order of the counts.

    Raises:
        ConfigError: there is no such metric or label.
    """
    together = {**OVERALL, **FURTHER}
    if of is None and name in together:
        return together[name]
    each, averages = (RANKED, RANKED_AVERAGES) if name in RANKED else (PER_LABEL, AVERAGES)
    found = of_names(name, of, names, each, averages, "label")
    if found is None:
        alone = ", ".join([*PER_LABEL, *RANKED])
        raise ConfigError(
            f"labels have no metric {name!r} of {of!r}",
            expected=f"one of {', '.join(together)}, or one of {alone} with a label or average",
        )
    return found
