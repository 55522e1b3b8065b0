"""How well a finished run answers, with intervals: overall, by name, by how sure it is. From its scores, no torch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from pandas import DataFrame

from fer_lab import evaluation
from fer_lab.evaluation.arrays import Bools, Floats
from fer_lab.inference.contract import Score, Threshold
from fer_lab.ledger import Run

ERRORS = (0.3, 0.2, 0.1, 0.05, 0.02)
"""Shares of wrong answers for which a threshold is chosen."""
HALF = 0.5
"""Rosa Ramos 2018, ch. 11: the best class "needs more than 50% of confidence" to be accepted."""


def measured(run: Run) -> Iterator[Score]:
    """Each metric of all names together on the test part, the one that selects the epoch first."""
    scores, target = run.scores("test"), run.target
    for name, one in evaluation.intervals([scores], dict(target.overall)).items():
        yield _score(name, one, len(scores))


def by_name(run: Run) -> Iterator[Score]:
    """Of classes the share of right answers; of labels and values each one's own main metric."""
    scores, target = run.scores("test"), run.target
    if target.exclusive:
        for row in evaluation.per_class([scores], target.names).itertuples(index=False):
            name, items, value, low, high = row
            yield Score(str(name), number(value), number(low), number(high), int(items))
        return
    main = next(iter(target.each))
    found = evaluation.intervals([scores], {name: target.metric(main, name) for name in target.names})
    known = (~np.isnan(target.truth(scores))).sum(0)
    for (name, one), items in zip(found.items(), known, strict=True):
        yield _score(name, one, int(items))


def calibration(run: Run) -> dict[str, float | None]:
    """The expected calibration error on the test part, and what of it chance makes of so many items; {} of values."""
    if run.target.kind == "values":
        return {}
    found = evaluation.calibration_of([run.scores("test")])
    return {"ece": number(found.ece), "by_chance": number(found.by_chance)}


def thresholds(run: Run) -> Iterator[Threshold]:
    """Chosen on validation, each with what it came to there and on the test part; the fixed one last."""
    if not run.target.exclusive:
        return
    val, test = run.scores("val"), run.scores("test")
    chosen = {error: least_sure(*_answers(val), error) for error in ERRORS} if len(val) else {}
    for error, above in (*chosen.items(), (None, HALF)):
        if above is not None:
            yield _came_to(error, above, val, test)


def least_sure(sure: Floats, right: Bools, error: float) -> float | None:
    """The least probability above which no more than a share of the answers is wrong; None where there is none.

    Above any lower one more answers are wrong. A half of those above it is found by luck where they are few: at least
    as many must be left as would show one mistake at that share. It lies in the middle between two probabilities that
    were seen: they are stored in half precision, and an answer is given in single.

    Args:
        sure: the probability of each item's answer, (items,).
        right: whether the answer is right.
        error: the share.
    """
    order = np.argsort(-sure, kind="stable")
    falling, count = sure[order], np.arange(1, len(order) + 1)
    wrong = np.cumsum(~right[order])
    last = np.append(falling[1:] < falling[:-1], True)  # equally sure answers are given together
    good = np.flatnonzero(last & (wrong <= error * count) & (count * error >= 1))
    if not good.size:
        return None
    place = int(good[-1])
    return float(falling[place : place + 2].mean()) if place + 1 < len(order) else 0.0


def _came_to(error: float | None, above: float, val: DataFrame, test: DataFrame) -> Threshold:
    """What a threshold comes to on both parts."""
    answered, wrong, given = _shares(test, above)
    low, high = None, None
    if len(given):
        interval = evaluation.intervals([given], {"": evaluation.accuracy})[""]
        low, high = number(1 - interval.high), number(1 - interval.low)
    validated = dict(zip(("answered", "wrong"), _shares(val, above)[:2], strict=True)) if len(val) else {}
    return Threshold(error, above, answered, wrong, low, high, validated)


def _shares(scores: DataFrame, above: float) -> tuple[float, float | None, DataFrame]:
    """The share of items that is answered, of these the share that is wrong, and these."""
    sure, right = _answers(scores)
    answered = sure > above
    wrong = float(1 - right[answered].mean()) if answered.any() else None
    return float(answered.mean()), wrong, scores[answered].reset_index(drop=True)


def _answers(scores: DataFrame) -> tuple[Floats, Bools]:
    """Of each item how sure its answer is, and whether it is right."""
    probabilities = evaluation.target_of(scores).answers(scores)
    return probabilities.max(1), probabilities.argmax(1) == scores["label"].to_numpy()


def _score(name: str, interval: evaluation.Interval, items: int) -> Score:
    return Score(name, number(interval.mean), number(interval.low), number(interval.high), items)


def number(value: Any) -> float | None:
    """None for what is not a number: JSON has no word for it."""
    return None if np.isnan(value) else float(value)
