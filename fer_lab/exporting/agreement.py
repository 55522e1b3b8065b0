"""How far an exported model's answers are from those that the run has stored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_lab.evaluation.arrays import Singles
from fer_lab.evaluation.target import Target
from fer_lab.exporting.seen import Seen
from fer_lab.inference.model import Model

ALIKE, NEAR = 0.995, 0.02
"""The share of items that are to be answered as stored, and how near each probability (of values: of their scale)."""


@dataclass(frozen=True)
class Agreement:
    """Of the test part of a run.

    Attributes:
        items: how many.
        same: the share that is answered alike: the class, the labels that are present, values to a hundredth.
        near: the share of which every probability, or value, is within ``NEAR``.
        apart: the largest difference, of values as a share of their scale.
        tied: of the classes that are answered otherwise, how far at the most the two most probable ones are from each
            other in the stored scores; None where there is no such item, or no such target.
    """

    items: int
    same: float
    near: float
    apart: float
    tied: float | None = None

    @property
    def is_good(self) -> bool:
        """Whether the model can stand for the run."""
        return self.same >= ALIKE and self.apart <= NEAR

    def __str__(self) -> str:
        tied = (
            "" if self.tied is None else f" (of the others the two best stored ones are {self.tied:.4f} apart at most)"
        )
        return (
            f"{self.same:.2%} of the {self.items} items of the test part are answered as the run's scores have it"
            f"{tied}, {self.near:.2%} within {NEAR:g} of them, the farthest {self.apart:.4f} away"
        )


def agreement(model: Model, seen: Seen) -> Agreement:
    """How alike a model answers what a run has answered of the same items."""
    return agreement_of(model.contract.asked, answered(model, seen), seen.scores)


def answered(model: Model, seen: Seen) -> pd.DataFrame:
    """The scores of a run with a model's answers in the place of the stored ones."""
    return with_answers(model.contract.asked, seen.scores, seen.answers(model))


def with_answers(target: Target, scores: pd.DataFrame, answers: Singles) -> pd.DataFrame:
    """A scores frame with other answers, (items, names)."""
    columns = dict(zip(target.answer_columns, answers.T, strict=True))
    return scores.assign(**columns)


def agreement_of(target: Target, found: pd.DataFrame, stored: pd.DataFrame) -> Agreement:
    """Two scores frames of the same items, in the same order."""
    low, high = target.scale or (0.0, 1.0)
    apart = np.abs(target.answers(found) - target.answers(stored)).max(1) / (high - low)
    same = target.agree(found, stored)
    best = np.sort(target.answers(stored), axis=1)[~same, -2:] if target.exclusive else np.empty((0, 2))
    tied = float(np.ptp(best, axis=1).max()) if len(best) else None
    return Agreement(len(stored), float(same.mean()), float((apart <= NEAR).mean()), float(apart.max()), tied)
