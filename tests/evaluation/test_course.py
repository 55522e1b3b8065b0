"""Numbers of a course of losses."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


LOSSES = st.lists(st.floats(0.001, 20), min_size=2, max_size=200)


def jumps(losses: list[float] | np.ndarray) -> float:
    return COURSE["jumps"](smoothed(pd.Series(losses, index=range(1, len(losses) + 1))))


@given(LOSSES, st.floats(0.1, 10), st.floats(0, 5))
def test_jumps_are_the_same_at_any_height_and_scale(losses: list[float], scale: float, height: float) -> None:
    if np.ptp(losses) > 0.01:
        assert jumps(scale * np.array(losses) + height) == pytest.approx(jumps(losses), rel=1e-5)


@given(LOSSES)
def test_a_loss_that_only_falls_has_no_jumps_and_one_that_only_rises_has_one(losses: list[float]) -> None:
    constant = [losses[0]] * len(losses)
    assert jumps(sorted(losses, reverse=True)) == pytest.approx(0, abs=1e-6)
    assert jumps(constant) == 0
    if np.ptp(losses) > 0.01:
        assert jumps(sorted(losses)) == pytest.approx(1)


@given(st.integers(0, 99), st.floats(0.05, 0.5))
def test_the_noisier_loss_jumps_more(seed: int, noise: float) -> None:
    falling, disturbed = np.linspace(2, 1, 300), np.random.default_rng(seed).normal(size=300)
    assert jumps(falling) < jumps(falling + noise * disturbed) < jumps(falling + 4 * noise * disturbed)
