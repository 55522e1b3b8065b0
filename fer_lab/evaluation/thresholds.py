"""From which answer on a label is present: chosen on validation, one threshold a label."""

from __future__ import annotations

import numpy as np
from pandas import DataFrame

from fer_lab.errors import DataError
from fer_lab.evaluation.arrays import Bools, Floats
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import PRESENT, target_of


def thresholds(scores: DataFrame) -> Floats:
    """The answer of each label (L,) from which on it is best taken as present: that of the best F1 on these items.

    Tried are the answers to the items and .5; of equals that next to .5, then the lower. A label that is present in no
    item keeps .5; NaN where an answer is no number.

    Args:
        scores: of labels, of items that are not those that are judged.

    Raises:
        DataError: the scores are not of labels.
    """
    target = _labels(scores)
    truth, answers = target.truth(scores), target.answers(scores)
    if np.isnan(answers).any():
        return np.full(len(target.names), np.nan)
    known = ~np.isnan(truth)
    places = range(len(target.names))
    return np.array([_best(truth[known[:, i], i] > PRESENT, answers[known[:, i], i]) for i in places])


def decided(scores: DataFrame, least: Floats) -> DataFrame:
    """Scores of labels whose answers are 1 from a threshold (L,) on, else 0: what is counted of them is at it.

    Raises:
        DataError: the scores are not of labels.
    """
    target = _labels(scores)
    answers = target.answers(scores)
    said = np.where(np.isnan(answers) | np.isnan(least), np.nan, answers >= least)
    return scores.assign(**dict(zip(target.answer_columns, said.T, strict=True)))


def _best(present: Bools, answers: Floats) -> float:
    if not present.any():
        return PRESENT
    tried = np.append(np.unique(answers), PRESENT)
    said = len(answers) - np.searchsorted(np.sort(answers), tried)
    right = present.sum() - np.searchsorted(np.sort(answers[present]), tried)
    f1 = 2 * right / np.maximum(said + present.sum(), 1)
    return float(tried[np.lexsort((tried, np.abs(tried - PRESENT), -f1))[0]])


def _labels(scores: DataFrame) -> Target:
    target = target_of(scores)
    if target.kind != "labels":
        raise DataError(f"scores of {target.kind} have no thresholds", expected="scores of labels")
    return target
