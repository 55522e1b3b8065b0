"""What a program's answers to labelled pictures come to, each with an interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from fer_lab import evaluation
from fer_lab.evaluation.calibration import ece

CLASSES = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
RESAMPLES = 500


@dataclass(frozen=True)
class Picture:
    """A labelled picture.

    Args:
        path: of its file.
        label: number of its class among ``CLASSES``.
        person: who is seen; '' where nobody says.
    """

    path: Path
    label: int
    person: str


def figures(pictures: Sequence[Picture], said: Sequence[Mapping[str, Any]], block: int) -> dict[str, Any]:
    """Faces found, accuracy and UAR (a missed face counts as wrong), the same of found faces, calibration, time.

    Args:
        pictures: that were shown.
        said: of each: ``faces``, ``answers`` (probabilities in the order of the classes, or None), ``seconds``.
        block: pictures that were shown at a time, over which times are averaged.
    """
    missed = np.array([one["answers"] is None for one in said])
    scores = scores_of(pictures, said)
    found = scores[~missed].reset_index(drop=True)
    each = {"accuracy": scores, "uar": scores}
    target = evaluation.target_of(scores)
    values = {
        **{f"{name}_of_all": _interval(frame, target.metric(name)) for name, frame in each.items()},
        **{f"{name}_of_found": _interval(found, target.metric(name)) for name in each},
        "ece_of_found": _ece(found),
    }
    seconds = np.array([one["seconds"] for one in said])
    blocks = [1000 * float(seconds[begin : begin + block].mean()) for begin in range(0, len(seconds), block)]
    return {
        "pictures": len(pictures),
        "found": int((~missed).sum()),
        "several": sum(one["faces"] > 1 for one in said),
        **values,
        "ms": {"median": median(blocks), "lowest": min(blocks), "highest": max(blocks)},
    }


def scores_of(pictures: Sequence[Picture], said: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """A scores frame; of a picture without an answer a class that is not its own has all the probability."""
    answers = np.zeros((len(said), len(CLASSES)))
    for row, (picture, one) in enumerate(zip(pictures, said, strict=True)):
        if one["answers"] is None:
            answers[row, (picture.label + 1) % len(CLASSES)] = 1
        else:
            answers[row] = np.asarray(one["answers"]) / max(sum(one["answers"]), 1e-9)
    table = pd.DataFrame(answers, columns=[f"p{number}" for number in range(len(CLASSES))])
    names = [picture.person or f"item {number}" for number, picture in enumerate(pictures)]
    about = {"item": range(len(said)), "video": [str(number) for number in range(len(said))], "subject": names}
    return table.assign(**about, part="test", epoch=0, label=[picture.label for picture in pictures])


def _interval(scores: pd.DataFrame, metric: Any) -> dict[str, float]:
    one = evaluation.intervals([scores], {"it": metric})["it"]
    return {"value": one.mean, "low": one.low, "high": one.high}


def _ece(scores: pd.DataFrame) -> dict[str, float]:
    """Its interval is a percentile bootstrap over people: calibration is no function of sums."""
    rng, rows = np.random.default_rng(0), scores.groupby("subject").indices
    people = list(rows.values())
    drawn = [
        ece(scores.iloc[np.concatenate([people[k] for k in rng.integers(0, len(people), len(people))])])
        for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"value": ece(scores), "low": float(low), "high": float(high)}
