"""Whether probabilities mean what they say: reliability diagram, expected calibration error, Brier score.

The confidence of an item is its largest probability; a network is calibrated if of the items of confidence 0.8 eight in
ten are answered rightly. Of labels, each known label of an item is an answer: the confidence is its probability, and of
those of 0.8 eight in ten should be present. Naeini, Cooper, Hauskrecht: Obtaining well
calibrated probabilities using Bayesian binning. AAAI 2015; Guo, Pleiss, Sun, Weinberger: On calibration of modern
neural networks. ICML 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pandas import DataFrame, concat

from fer_lab.errors import DataError
from fer_lab.evaluation.arrays import Bools, Floats
from fer_lab.evaluation.scores import predictions, probabilities
from fer_lab.evaluation.targets import PRESENT, target_of

BINS = 15
"""As Guo et al. 2017; bins of equal width, low < confidence <= high."""
DRAWS = 200
"""How often labels are drawn for the error that is left by chance."""
ROUNDING = 0.02
"""How far probabilities may be from a sum of 1: they are stored in half precision."""


@dataclass(frozen=True)
class Calibration:
    """How well the probabilities of a cell are calibrated; NaN where scores are undefined.

    Attributes:
        diagram: reliability diagram of the items of all seeds, see ``reliability``.
        ece: expected calibration error in [0, 1], mean over seeds.
        by_chance: the same if the network were calibrated: so few items leave so much, see ``ece_by_chance``.
        brier: Brier score, mean over seeds, see ``brier``.
        confidence, accuracy: means in [0, 1]; a network more confident than it is right is overconfident. Of labels the
            mean probability, and the share that is present.
        seeds: the expected calibration error of each seed.
    """

    diagram: DataFrame
    ece: float
    by_chance: float
    brier: float
    confidence: float
    accuracy: float
    seeds: tuple[float, ...]


def calibration_of(scores: Sequence[DataFrame], bins: int = BINS) -> Calibration:
    """Calibration of a cell.

    Args:
        scores: one scores frame a seed, of items (shares of votes are no probabilities).
        bins: how many of equal width.

    Raises:
        DataError: there are no scores, or they are no probabilities.
    """
    if not scores or not all(len(frame) for frame in scores):
        raise DataError("no scores to calibrate", do="train the missing runs")
    together = concat(list(scores), ignore_index=True)
    confidence, right = _answers(together)
    seeds = tuple(ece(frame, bins) for frame in scores)
    return Calibration(
        diagram=reliability(together, bins),
        ece=float(np.mean(seeds)),
        by_chance=float(np.mean([ece_by_chance(frame, bins) for frame in scores])),
        brier=float(np.mean([brier(frame) for frame in scores])),
        confidence=float(confidence.mean()),
        accuracy=float("nan") if np.isnan(confidence).any() else float(right.mean()),
        seeds=seeds,
    )


def reliability(scores: DataFrame, bins: int = BINS) -> DataFrame:
    """Reliability diagram: one row a bin, ``low, high, n, confidence, accuracy``.

    ``confidence`` and ``accuracy`` are means over the bin's items, NaN for a bin without any, and for all bins if any
    item's scores are undefined (``n`` is then 0: nothing can be placed).

    Raises:
        DataError: the scores are no probabilities.
    """
    confidence, right = _answers(scores)
    n, mean, share = _binned(confidence, right, bins)
    edges = np.linspace(0, 1, bins + 1)
    values = {"low": edges[:-1], "high": edges[1:], "n": n.astype(np.int64), "confidence": mean, "accuracy": share}
    return DataFrame(values)


def ece(scores: DataFrame, bins: int = BINS) -> float:
    """Expected calibration error: sum over bins of ``n / N * |accuracy - confidence|``, in [0, 1].

    NaN if any item's scores are undefined, or there is none.

    Raises:
        DataError: the scores are no probabilities.
    """
    return _error(*_answers(scores), bins)


def ece_by_chance(scores: DataFrame, bins: int = BINS, draws: int = DRAWS, seed: int = 0) -> float:
    """What the expected calibration error would be, on average, if every confidence were right.

    Even then a bin of few items is not answered rightly at exactly its rate. Answers are drawn with the confidences
    as their rates (consistency resampling, Bröcker and Smith 2007). Frames of one video are alike, so that this is a
    lower bound for them.
    """
    confidence, _ = _answers(scores)
    rng = np.random.default_rng(seed)
    drawn = (rng.random(len(confidence)) < confidence for _ in range(draws))
    return float(np.mean([_error(confidence, right, bins) for right in drawn]))


def brier(scores: DataFrame) -> float:
    """Brier score: mean squared distance of the probabilities to the truth; 0 is certain and right.

    Summed over the classes, in [0, 2]; of labels in [0, 1]. NaN if any item's scores are undefined.

    Raises:
        DataError: the scores are no probabilities.
    """
    confidence, right = _answers(scores)
    if not target_of(scores).exclusive:
        return float(((confidence - right) ** 2).mean()) if len(right) else float("nan")
    p = probabilities(scores)
    truth = np.eye(p.shape[1])[scores["label"].to_numpy(np.int64)]
    return float(((p - truth) ** 2).sum(axis=1).mean()) if len(p) else float("nan")


def _answers(scores: DataFrame) -> tuple[Floats, Bools]:
    """Confidence of each item (n,), NaN where it is undefined, and whether its answer is right (n,).

    Of labels those of each known label of each item, and whether it is present.
    """
    target = target_of(scores)
    p, several = target.answers(scores), target.kind == "labels"
    off = np.maximum(p - 1, 0) if several else np.abs(p.sum(axis=1) - 1)
    if target.kind == "values" or (off > ROUNDING).any() or (p < 0).any():
        raise DataError(
            "scores are no probabilities",
            expected="p0 .. p{C-1} of each item not below 0, with a sum of 1; of labels each of them at most 1",
            do="train the run again; its scores are not whole",
        )
    if several:
        known = ~np.isnan(target.truth(scores))
        return p[known], target.truth(scores)[known] > PRESENT
    return np.minimum(p.max(axis=1), 1), predictions(scores) == scores["label"].to_numpy()


def _binned(confidence: Floats, right: Bools, bins: int) -> tuple[Floats, Floats, Floats]:
    """Items, mean confidence and share of right answers of each bin, (bins,) each."""
    if np.isnan(confidence).any():
        return np.zeros(bins), np.full(bins, np.nan), np.full(bins, np.nan)
    place = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    n, sure, hits = (np.bincount(place, of, bins).astype(float) for of in (None, confidence, right))
    with np.errstate(invalid="ignore"):
        return n, sure / n, hits / n


def _error(confidence: Floats, right: Bools, bins: int) -> float:
    n, mean, share = _binned(confidence, right, bins)
    return float(np.nansum(n * np.abs(share - mean)) / n.sum()) if n.any() else float("nan")
