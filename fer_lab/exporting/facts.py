"""What an exported model says of itself: read from the run's record, its scores and its configuration. No torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from pandas import DataFrame

from fer_lab import evaluation
from fer_lab.evaluation.arrays import Bools, Floats
from fer_lab.faces import FacesConfig, Preparation, RawConfig, landmarks_digest
from fer_lab.inference.baseline import measured
from fer_lab.inference.contract import Contract, Input, Score, Threshold
from fer_lab.ledger import STAMP, Run

ERRORS = (0.3, 0.2, 0.1, 0.05, 0.02)
"""Shares of wrong answers for which a threshold is chosen."""
HALF = 0.5
"""Rosa Ramos 2018, ch. 11: the best class "needs more than 50% of confidence" to be accepted."""
NOT_STATED = "not stated: as that of the data and of the weights that it starts from"


def contract_of(
    run: Run,
    faces: Preparation | RawConfig,
    settings: Mapping[str, Any],
    takes: Sequence[Input],
    length: int,
    title: str,
) -> Contract:
    """All that is known of a run, in the form in which it travels with its network.

    Args:
        run: finished, of one network.
        faces: how its faces are prepared.
        settings: the same as its configuration has it.
        takes: the inputs of its network.
        length: of how many faces an item is.
        title: of its data set.
    """
    stamp = {key: getattr(run, key) for key in (*STAMP, "id", "cell", "seed", "dataset")}
    target = run.target
    return Contract(
        run={**stamp, "title": title, "data": run.facts["data"], "items": dict(run.facts["items"])},
        generated=run.source == "embedded",
        target={"kind": target.kind, "names": list(target.names), "scale": target.scale, "name": run.column},
        faces=settings,
        landmarks=landmarks_digest(faces) if isinstance(faces, FacesConfig) else None,
        inputs=tuple(takes),
        length=length,
        measured=tuple(_measured(run)),
        by_name=tuple(_by_name(run)),
        thresholds=tuple(_thresholds(run)),
        weights=run.facts["weights"],
        licence=NOT_STATED,
        baseline=measured(run.scores("val"), run.scores("test"), target),
    )


def _measured(run: Run) -> Iterator[Score]:
    """Each metric of all names together, the one that selects the epoch first."""
    scores, target = run.scores("test"), run.target
    found = evaluation.intervals([scores], dict(target.overall))
    for name, one in found.items():
        yield _score(name, one, len(scores))


def _by_name(run: Run) -> Iterator[Score]:
    """Of classes the share of right answers; of labels and values each one's own main metric."""
    scores, target = run.scores("test"), run.target
    if target.exclusive:
        for row in evaluation.per_class([scores], target.names).itertuples(index=False):
            name, items, value, low, high = row
            yield Score(str(name), _number(value), _number(low), _number(high), int(items))
        return
    main = next(iter(target.each))
    found = evaluation.intervals([scores], {name: target.metric(main, name) for name in target.names})
    known = (~np.isnan(target.truth(scores))).sum(0)
    for (name, one), items in zip(found.items(), known, strict=True):
        yield _score(name, one, int(items))


def _score(name: str, interval: evaluation.Interval, items: int) -> Score:
    return Score(name, _number(interval.mean), _number(interval.low), _number(interval.high), items)


def _number(value: float) -> float | None:
    """None for what is not a number: JSON has no word for it."""
    return None if np.isnan(value) else float(value)


def _thresholds(run: Run) -> Iterator[Threshold]:
    """Chosen on validation, each with what it came to on the test part; the fixed one last."""
    if not run.target.exclusive:
        return
    chosen = {error: least_sure(*_answers(run.scores("val")), error) for error in ERRORS}
    sure, right = _answers(run.scores("test"))
    for error, above in (*chosen.items(), (None, HALF)):
        if above is not None:
            answered = sure > above
            wrong = float(1 - right[answered].mean()) if answered.any() else None
            yield Threshold(error, above, float(answered.mean()), wrong)


def least_sure(sure: Floats, right: Bools, error: float) -> float | None:
    """The least probability above which no more than a share of the answers is wrong; None where there is none.

    Above any higher one fewer items are answered. A half of those above it is found by luck where they are few: at
    least as many must be left as would show one mistake at that share.

    Args:
        sure: the probability of each item's answer, (items,).
        right: whether the answer is right.
        error: the share.
    """
    order = np.argsort(-sure, kind="stable")
    wrong = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    last = np.append(sure[order][1:] < sure[order][:-1], True)  # equally sure answers are given together
    good = np.flatnonzero(last & (wrong <= error) & (np.arange(1, len(order) + 1) * error >= 1))
    if not good.size:
        return None
    place = int(good[-1])
    return float(sure[order][place + 1]) if place + 1 < len(order) else 0.0


def _answers(scores: DataFrame) -> tuple[Floats, Bools]:
    """Of each item how sure its answer is, and whether it is right."""
    probabilities = evaluation.target_of(scores).answers(scores)
    return probabilities.max(1), probabilities.argmax(1) == scores["label"].to_numpy()
