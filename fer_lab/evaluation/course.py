"""What the loss of training does from step to step: numbers of a course, which figures show and texts describe."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
import pandas as pd

Course: TypeAlias = "pd.Series[float]"
"""Loss by step, smoothed; the index is the number of the step, from 1."""
SMOOTHED = 0.02
"""Share of the steps over which a loss is averaged, those before a step alone."""
NEAR = 0.05
"""A plateau is reached where no more than this share of what the loss loses from first to last is left."""


def smoothed(losses: Course) -> Course:
    """The course of losses (those of batches jump): the mean over ``SMOOTHED`` of all steps, up to each step.

    Args:
        losses: of each step, by its number.
    """
    return losses.rolling(_window(losses), min_periods=1).mean()


def _window(losses: Course) -> int:
    return max(1, round(len(losses) * SMOOTHED))


def _whole(course: Course) -> Course:
    """From where the mean is of a whole window."""
    return course.iloc[_window(course) - 1 :]


def _step(course: Course, place: int) -> float:
    return float(course.index.to_numpy()[place])


def _first(course: Course) -> float:
    return float(_whole(course).iloc[0])


def _last(course: Course) -> float:
    return float(course.iloc[-1])


def _lowest_at(course: Course) -> float:
    return _step(_whole(course), int(_whole(course).to_numpy().argmin()))


def _rises_until(course: Course) -> float:
    """The step of the highest loss where that is not the first one, else 0: it falls from there on."""
    highest = int(_whole(course).to_numpy().argmax())
    return 0.0 if highest == 0 else _step(_whole(course), highest)


def _rise(course: Course) -> float:
    """By how much it rises above anything before, at the most; 0 of a course that never rises."""
    known = _whole(course)
    return float((known - known.cummin()).max())


def _jumps(course: Course) -> float:
    """What it regains in all its rises, in units of its span; 0 of a course that never rises, and of a constant.

    What theses call a stable curve of loss (Rosa Ramos 2018, sec. 8.8 and 10.2) goes down and stays down, whatever its
    height: each rise is steps that undid what steps before had reached, and of two that rise as much the one that falls
    further is the more stable. Means over a window rise by the noise of batches, too: compare what has batches of one
    size and as many steps. A loss that explodes has 1 or more.
    """
    known = _whole(course)
    low, high = float(known.min()), float(known.max())
    flat = math.isclose(low, high, rel_tol=1e-9)  # means of equal numbers differ in their last bits
    return 0.0 if flat else float(known.diff().clip(lower=0).sum()) / (high - low)


def _plateau_at(course: Course) -> float:
    """The first step from which on it stays near its last loss; NaN where it has not become less."""
    known, last = _whole(course), _last(course)
    far = known > last + NEAR * (_first(course) - last)
    if _first(course) <= last:
        return float("nan")
    after = np.flatnonzero(far.to_numpy())
    return _step(known, int(after[-1]) + 1 if len(after) else 0)


COURSE: Mapping[str, Callable[[Course], float]] = {
    "first": _first,
    "last": _last,
    "lowest": lambda course: float(_whole(course).min()),
    "lowest_at": _lowest_at,
    "highest": lambda course: float(_whole(course).max()),
    "rises_until": _rises_until,
    "rise": _rise,
    "jumps": _jumps,
    "plateau_at": _plateau_at,
}
"""Numbers of a course by name: losses, steps (``.._at``, ``.._until``), how unstable it is (``jumps``, from 0 on)."""
