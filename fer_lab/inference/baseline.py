"""A person's own neutral answers: what they change of others, and whether that was measured to help.

Faces differ at rest: a mouth that hangs is taken for sadness. Where it is known what a model answers of a person's
neutral face, the others are read against it. Of probabilities log-odds against the usual neutral answer are taken off,
of values differences: whoever looks at rest as people usually do keeps every answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pandas import DataFrame

from fer_lab.errors import ConfigError
from fer_lab.evaluation import Target, difference, intervals
from fer_lab.evaluation.arrays import Bools, Floats

NEUTRAL = "neutral"
"""The class that a person's baseline is made of; of labels and values that of items of which nothing is true."""
LEAST = 1e-4
"""Of a probability, before its logarithm is taken."""
CALM = 0.1
"""Of values: an item is neutral if each is so near to the middle of its scale, as a share of half of it."""
QUIETEST = 0.2
"""Share of a person's items that are taken for neutral where nobody says which are: those least expressive."""
WAYS = {"given": "neutral faces that somebody names", "found": f"the least expressive {QUIETEST:.0%} of a person"}
"""How a baseline comes about."""


def against(target: Target, answers: Floats, own: Floats, usual: Floats) -> Floats:
    """Answers as they are read against a person's neutral ones.

    Args:
        target: what is asked for.
        answers: float (..., names): probabilities or values.
        own: the mean answer of the person's neutral faces, (names,).
        usual: the same of people in general, (names,).
    """
    if target.kind == "values":
        low, high = target.scale or (-np.inf, np.inf)
        values: Floats = np.clip(answers - own + usual, low, high)
        return values
    odds = _log_odds(target, answers) - _log_odds(target, own) + _log_odds(target, usual)
    if not target.exclusive:
        return np.asarray(1 / (1 + np.exp(-odds)))
    raised = np.exp(odds - odds.max(-1, keepdims=True))
    return np.asarray(raised / raised.sum(-1, keepdims=True))


def _log_odds(target: Target, answers: Floats) -> Floats:
    p = np.clip(np.asarray(answers, np.float64), LEAST, 1 - LEAST)
    return np.asarray(np.log(p) if target.exclusive else np.log(p / (1 - p)))


def expressiveness(target: Target, answers: Floats) -> Floats:
    """How far answers (n, names) are from a neutral face, (n,); the least is the most neutral."""
    if target.kind == "values":
        low, high = target.scale or (-1.0, 1.0)
        return np.asarray(np.abs(answers - (low + high) / 2).sum(-1))
    if target.exclusive:
        return np.asarray(1 - answers[:, target.names.index(NEUTRAL)])
    return np.asarray(answers.sum(-1))


def can(target: Target) -> bool:
    """Whether a target says what is neutral."""
    return not target.exclusive or NEUTRAL in target.names


def measured(val: DataFrame, test: DataFrame, target: Target) -> dict[str, Any] | None:
    """What both ways did to the answers of the test part, paired by people.

    The usual neutral answer is that of validation. Of ``given`` the first half of each person's neutral items in the
    test part is their baseline, all their other items are answered; of ``found`` the true answers are not looked at.

    Args:
        val, test: scores of a run.
        target: of it.

    Returns:
        ``usual``: the mean answer by name; and of each of ``WAYS`` its ``metric``, ``before``, ``after``, ``change``
        with ``low`` and ``high``, ``items``, ``people`` and whether it ``helps``: its interval is above 0. None where
        no neutral item of validation is there, or of nobody both a baseline and something else.
    """
    if not can(target) or not (calm := neutral(val, target)).any():
        return None
    usual = target.answers(val)[calm].mean(0)
    ways = {way: _tried(test, target, usual, way) for way in WAYS}
    found = {way: one for way, one in ways.items() if one is not None}
    return {"usual": [float(value) for value in usual], **found} if found else None


def neutral(scores: DataFrame, target: Target) -> Bools:
    """Of which items it is true that the face is neutral."""
    if target.exclusive:
        return np.asarray(scores["label"] == target.names.index(NEUTRAL))
    truth = target.truth(scores)
    if target.kind == "labels":
        return np.asarray((truth == 0).all(1))
    low, high = target.scale or (-1.0, 1.0)
    return np.asarray((np.abs(truth - (low + high) / 2) <= CALM * (high - low) / 2).all(1))


def _tried(test: DataFrame, target: Target, usual: Floats, way: str) -> dict[str, Any] | None:
    """Before and after, of the items that are no part of a baseline."""
    answers, calm = target.answers(test), neutral(test, target)
    after, used = answers.astype(np.float64), np.zeros(len(test), bool)
    named = test["subject"].fillna("").astype(str).reset_index(drop=True)
    for rows in (own for name, own in named.groupby(named).indices.items() if name):
        base = _baseline(answers[rows], calm[rows], target, way)
        if not base.any() or (way == "given" and base.all()):
            continue
        after[rows] = against(target, answers[rows], answers[rows][base].mean(0), usual)
        used[rows] = True if way == "found" else ~base
    if not used.any():
        return None
    columns = target.answer_columns
    before = test[used]
    return _compared(before, before.assign(**dict(zip(columns, after[used].T, strict=True))), target)


def _baseline(answers: Floats, calm: Bools, target: Target, way: str) -> Bools:
    """Which items of a person are their baseline."""
    if way == "given":
        return np.asarray(calm & (np.cumsum(calm) <= (calm.sum() + 1) // 2))
    chosen = np.zeros(len(answers), bool)
    chosen[np.argsort(expressiveness(target, answers), kind="stable")[: max(1, round(QUIETEST * len(answers)))]] = True
    return chosen


def _compared(before: DataFrame, after: DataFrame, target: Target) -> dict[str, Any]:
    metric = target.overall[target.main]
    change = difference([after], [before], metric)
    values = [intervals([scores], {"": metric})[""].mean for scores in (before, after)]
    numbers = {"before": values[0], "after": values[1], "change": change.mean, "low": change.low, "high": change.high}
    said = {name: None if np.isnan(value) else float(value) for name, value in numbers.items()}
    people = int(before["subject"].nunique())
    return {"metric": target.main, **said, "items": len(before), "people": people, "helps": bool(change.low > 0)}


def usual_answer(baseline: Mapping[str, Any] | None, way: str) -> Floats:
    """The usual neutral answer (names,) of a model for which a way was measured to help.

    Raises:
        ConfigError: it was not measured, or it was measured and does not help; with what was found.
    """
    asked = f"a baseline of {WAYS[way]}"
    if baseline is None or way not in baseline:
        raise ConfigError(f"{asked}: what it does to this model's answers was not measured",
                          expected="a model with neutral faces of people in its validation and test part",
                          do="predict without --neutral")  # fmt: skip
    one = baseline[way]
    if not one["helps"]:
        raise ConfigError(f"{asked} was measured, and does not help this model: {told(one)}",
                          expected="a change whose interval is above 0", do="predict without --neutral")  # fmt: skip
    return np.asarray(baseline["usual"], np.float64)


def told(one: Mapping[str, Any]) -> str:
    """What was measured of a way, in words."""
    spread = "" if one["low"] is None else f" [{one['low']:+.3f}, {one['high']:+.3f}]"
    return (f"{one['metric']} {one['before']:.3f} -> {one['after']:.3f}, change {one['change']:+.3f}{spread}, "
            f"{one['items']} items of {one['people']} people of the test part")  # fmt: skip
