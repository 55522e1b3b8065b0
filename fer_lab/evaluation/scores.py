"""What is read of a scores frame: subjects of any; answers, probabilities and confusion of exclusive classes."""

from __future__ import annotations

import numpy as np
from pandas import DataFrame

from fer_lab.errors import DataError
from fer_lab.evaluation.arrays import Floats, Ints
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import target_of

UNDEFINED = -1  # the prediction of an item whose scores are not numbers


def exclusive(scores: DataFrame) -> Target:
    """The target of scores of which exactly one answer is true.

    Raises:
        DataError: several may be true, or a column is missing.
    """
    target = target_of(scores)
    if not target.exclusive:
        raise DataError(
            f"scores of {target.kind} have no single answer",
            expected="scores of classes, of which exactly one is true of an item",
        )
    return target


def probabilities(scores: DataFrame) -> Floats:
    """Class probabilities (n, C) in double precision (they are stored in half).

    Raises:
        DataError: see ``exclusive``; likewise below.
    """
    return exclusive(scores).answers(scores)


def predictions(scores: DataFrame) -> Ints:
    """Most probable class (n,), the lowest index on exact ties; ``UNDEFINED`` where a probability is NaN."""
    p = probabilities(scores)
    return np.where(np.isnan(p).any(axis=1), UNDEFINED, p.argmax(axis=1))


def confusion(scores: DataFrame) -> Floats:
    """Confusion matrix (C, C) of counts, rows the truth; all NaN if any item's scores are undefined."""
    return exclusive(scores).total(scores)


def constant_answer(scores: DataFrame, train: DataFrame) -> DataFrame:
    """The scores as if every item were answered the same: what ``Target.constant`` says of the training items."""
    target = target_of(scores)
    answer = np.tile(target.constant(train), (len(scores), 1))
    return scores.assign(**dict(zip(target.answer_columns, answer.T, strict=True)))


def n_subjects(scores: DataFrame) -> int:
    """Number of different subjects; 0 where the data set names none."""
    named = scores["subject"].dropna().astype(str)
    return int(named[named != ""].nunique())
