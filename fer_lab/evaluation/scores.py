"""The scores frame: one row an item with columns ``item, video, subject, part, epoch, label, p0 .. p{C-1}``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from fer_lab.errors import DataError

COLUMNS: tuple[str, ...] = ("item", "video", "subject", "part", "epoch", "label")
UNDEFINED = -1  # the prediction of an item whose scores are not numbers


def class_columns(scores: DataFrame) -> list[str]:
    """The probability columns ``p0 .. p{C-1}`` in class order.

    Raises:
        DataError: a column of the scores frame is missing.
    """
    names = [f"p{i}" for i in range(sum(str(c)[:1] == "p" and str(c)[1:].isdigit() for c in scores.columns))]
    missing = [name for name in (*COLUMNS, *(names or ["p0"])) if name not in scores.columns]
    if missing:
        raise DataError(
            f"scores lack the column(s) {', '.join(missing)}",
            expected=f"{', '.join(COLUMNS)}, p0 .. p{{C-1}}",
            do="train the run again; its scores are not whole",
        )
    return names


def probabilities(scores: DataFrame) -> NDArray[np.float64]:
    """Class probabilities (n, C) in double precision (they are stored in half)."""
    return scores[class_columns(scores)].to_numpy(dtype=np.float64)


def predictions(scores: DataFrame) -> NDArray[np.int64]:
    """Most probable class (n,), the lowest index on exact ties; ``UNDEFINED`` where a probability is NaN."""
    p = probabilities(scores)
    return np.where(np.isnan(p).any(axis=1), UNDEFINED, p.argmax(axis=1))


def n_subjects(scores: DataFrame) -> int:
    """Number of different subjects; 0 where the data set names none."""
    named = scores["subject"].dropna().astype(str)
    return int(named[named != ""].nunique())


def chance(scores: DataFrame) -> float:
    """Expected accuracy of guessing all C classes equally often: 1 / C."""
    return 1 / len(class_columns(scores))


def most_frequent(scores: DataFrame, train: DataFrame) -> float:
    """Accuracy in [0, 1] of always answering the class that is most frequent in training (lowest index on ties).

    NaN where nothing was trained on.
    """
    if train.empty:
        return float("nan")
    answer = int(np.bincount(train["label"].to_numpy(dtype=np.int64)).argmax())
    return float((scores["label"] == answer).mean())
