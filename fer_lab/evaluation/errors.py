"""Where a cell is wrong: the items that it answers worst; of classes by class, by person, the mistakes it is surest of,
and where it differs from another one. What is of classes raises DataError of other kinds of target."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from pandas import DataFrame, Series, concat

from fer_lab.errors import DataError
from fer_lab.evaluation.arrays import Floats
from fer_lab.evaluation.intervals import intervals
from fer_lab.evaluation.metrics import Metric, mean_defined, supports
from fer_lab.evaluation.scores import UNDEFINED, confusion, exclusive, predictions, probabilities
from fer_lab.evaluation.sums import undefined
from fer_lab.evaluation.targets import target_of


def per_class(scores: Sequence[DataFrame], classes: Sequence[str]) -> DataFrame:
    """Share of right answers of each class: ``class, n, mean, low, high``, in the order of the classes.

    ``mean`` is the recall, over seeds, with its 95 % interval (see ``intervals``); NaN where the class has no item.

    Args:
        scores: one scores frame a seed.
        classes: names in the order of the labels.

    Raises:
        DataError: there are no scores, or the seeds do not have the same items.
    """
    for frame in scores:
        exclusive(frame)
    found = intervals(scores, {name: Metric(partial(_recall, number)) for number, name in enumerate(classes)})
    n = np.bincount(scores[0]["label"].to_numpy(np.int64), minlength=len(classes))
    rows = [(name, n[number], of.mean, of.low, of.high) for number, (name, of) in enumerate(found.items())]
    return DataFrame(rows, columns=["class", "n", "mean", "low", "high"])


def per_subject(scores: Sequence[DataFrame]) -> DataFrame:
    """Share of right answers of each person: ``subject, n`` (items), ``accuracy`` (mean over seeds), worst first.

    NaN for a person with an undefined item; no row where the data set names nobody.

    Args:
        scores: one scores frame a seed.
    """
    frames = [frame.assign(right=_right(frame)) for frame in scores]
    together = concat(frames, keys=range(len(frames)), names=["seed", "row"]).reset_index("seed")
    named = together[together["subject"].fillna("").astype(str) != ""]
    by_seed = named.groupby(["seed", "subject"])["right"].agg(n="size", hits=_sum).reset_index()
    by_seed["accuracy"] = by_seed["hits"] / by_seed["n"]
    found: DataFrame = by_seed.groupby("subject").agg(n=("n", "first"), accuracy=("accuracy", _mean))
    return found.reset_index().sort_values(["accuracy", "subject"], ignore_index=True)


def most_confident_mistakes(scores: DataFrame, n: int) -> DataFrame:
    """The wrong answers with the largest probability, surest first: ``item, video, label, answer, confidence``.

    Of each video the surest one only: its frames are alike, and would fill the list. Items with undefined scores have
    no answer and are left out.

    Args:
        scores: of one seed.
        n: how many at most.
    """
    answer, p = predictions(scores), probabilities(scores)
    table = scores[["item", "video", "label"]].assign(answer=answer, confidence=p.max(axis=1))
    wrong = table[(answer != UNDEFINED) & (answer != table["label"].to_numpy())]
    surest: DataFrame = wrong.sort_values(["confidence", "item"], ascending=[False, True]).drop_duplicates("video")
    return surest.head(n).reset_index(drop=True)


def worst_items(scores: DataFrame, n: int) -> DataFrame:
    """The items with the largest loss, largest first: their rows, and ``loss``, the mean over what is known of them.

    Of any kind of target (``Target.losses``). Of each video the worst one only; items of which nothing is known, or
    whose answer is undefined, are left out.

    Args:
        scores: of one seed.
        n: how many at most.
    """
    target = target_of(scores)
    losses = target.losses(scores)
    loss = mean_defined(np.where(np.isnan(target.truth(scores)), np.nan, losses))
    table = scores.assign(loss=np.where(undefined(target.answers(scores)), np.nan, loss)).dropna(subset="loss")
    worst: DataFrame = table.sort_values(["loss", "item"], ascending=[False, True]).drop_duplicates("video")
    return worst.head(n).reset_index(drop=True)


def confusion_shares(scores: Sequence[DataFrame]) -> Floats:
    """Confusion matrix (C, C) in shares of each row, the truth, mean over seeds; NaN for a class without items.

    Raises:
        DataError: there are no scores.
    """
    if not scores:
        raise DataError("no scores to count answers of", do="train the missing runs")
    counts = np.array([confusion(frame) for frame in scores])
    with np.errstate(invalid="ignore"):
        shares: Floats = (counts / supports(counts)[..., None]).mean(axis=0)
    return shares


def confusion_difference(first: Sequence[DataFrame], second: Sequence[DataFrame]) -> Floats:
    """What one cell answers more often than another, (C, C): shares of each row, the first's minus the second's.

    In [-1, 1], each row sums to 0; NaN for a class that one of the two has no item of.

    Args:
        first: one scores frame a seed.
        second: of the other cell, with the same classes.

    Raises:
        DataError: there are no scores, or other numbers of classes.
    """
    one, other = confusion_shares(first), confusion_shares(second)
    if one.shape != other.shape:
        raise DataError(f"{len(one)} and {len(other)} classes", expected="two cells that tell the same classes apart")
    return one - other


def _recall(number: int, m: Floats) -> Floats:
    """Recall of one class; NaN where it has no item."""
    with np.errstate(invalid="ignore"):
        share: Floats = m[..., number, number] / supports(m)[..., number]
    return share


def _right(scores: DataFrame) -> Floats:
    answer = predictions(scores)
    return np.where(answer == UNDEFINED, np.nan, answer == scores["label"].to_numpy())


def _sum(values: Series[float]) -> float:
    """NaN where one value is: pandas would leave an undefined answer out."""
    return float(values.sum(skipna=False))


def _mean(values: Series[float]) -> float:
    return float(values.mean(skipna=False))
