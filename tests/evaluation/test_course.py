"""Numbers of a course of losses."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from fer_lab.evaluation.course import COURSE, Course, smoothed


def course(*parts: tuple[float, float, int]) -> Course:
    """Straight lines of losses, each from, to and in so many steps."""
    losses = np.concatenate([np.linspace(start, end, steps) for start, end, steps in parts])
    return smoothed(pd.Series(losses, index=range(1, len(losses) + 1)))


def numbers(of: Course) -> dict[str, float]:
    return {name: compute(of) for name, compute in COURSE.items()}


def test_a_loss_that_falls_to_a_plateau() -> None:
    found = numbers(course((1.0, 0.2, 500), (0.2, 0.2, 500)))  # the mean is of 20 steps
    assert found["first"] == pytest.approx(np.linspace(1.0, 0.2, 500)[:20].mean())
    assert found["last"] == found["lowest"] == pytest.approx(0.2)
    assert found["rises_until"] == found["rise"] == 0
    assert found["highest"] == found["first"]
    assert 470 < found["plateau_at"] < 500  # 5 % of the way from there
    assert found["lowest_at"] == pytest.approx(520, abs=2)


def test_a_loss_that_rises_before_it_falls() -> None:
    found = numbers(course((1.0, 3.0, 100), (3.0, 0.5, 900)))
    assert 100 <= found["rises_until"] <= 120
    assert found["rise"] == pytest.approx(2.0, abs=0.3)
    assert found["highest"] == pytest.approx(3.0, abs=0.1)
    assert found["last"] == found["lowest"] < 0.6
    assert found["plateau_at"] > 900


def test_a_loss_that_grows_reaches_no_plateau() -> None:
    found = numbers(course((1.0, 50.0, 300)))
    assert math.isnan(found["plateau_at"])
    assert found["rises_until"] == 300
    assert found["last"] == found["highest"] > 49


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_a_few_steps_are_no_course_to_smooth(steps: int) -> None:
    found = numbers(course((1.0, 0.5, steps)))
    assert found["first"] == 1.0
    assert found["lowest_at"] == steps
    assert found["rise"] == 0
