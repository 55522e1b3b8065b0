"""Actions that make another picture of the same face."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_lab.errors import ConfigError
from fer_lab.faces.actions import Action

SIDE = 64


def draw() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def image() -> NDArray[np.uint8]:
    """Grey, with a bright bar from the middle to the right."""
    made = np.full((SIDE, SIDE, 3), 100, np.uint8)
    made[30:34, 32:60] = 220
    return made


def test_nothing_is_done_unless_asked_for(image: NDArray[np.uint8]) -> None:
    assert np.array_equal(Action()(image, draw()), image)


def test_mirrored(image: NDArray[np.uint8]) -> None:
    assert np.array_equal(Action(flip=True)(image, draw()), image[:, ::-1])


@pytest.mark.parametrize("turn", [10.0, -10.0])
def test_to_the_left_what_is_right_goes_up(image: NDArray[np.uint8], turn: float) -> None:
    rows, _ = np.nonzero(Action(turn=turn)(image, draw())[:, 55:60, 0] > 160)
    up = SIDE / 2 - rows.mean()
    assert up == pytest.approx(np.tan(np.radians(turn)) * (57.5 - 31.5), abs=1.0)


def test_blur_is_a_share_of_the_side(image: NDArray[np.uint8]) -> None:
    small, large = (Action(blur=blur)(image, draw())[:, 40, 0].astype(int) for blur in (0.01, 0.05))
    assert small.max() > large.max() > 100
    assert abs(int(large.sum()) - int(image[:, 40, 0].astype(int).sum())) < SIDE  # what is lost goes beside


def test_noise_has_its_size_in_each_channel() -> None:
    grey = np.full((112, 112, 3), 128, np.uint8)
    noisy = Action(noise=0.05)(grey, draw())
    assert (noisy.reshape(-1, 3).std(axis=0) / 255) == pytest.approx([0.05] * 3, rel=0.05)
    assert noisy.mean() == pytest.approx(128, abs=0.5)


def test_noise_is_normal() -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    drawn = np.sort(Action(noise=0.1)(grey, draw()).ravel().astype(float) - 128)
    for share, deviations in ((0.001, -3.09), (0.1587, -1), (0.5, 0), (0.9772, 2), (0.999, 3.09)):
        assert drawn[int(share * len(drawn))] == pytest.approx(25.5 * deviations, abs=3)


@pytest.mark.parametrize("level", [0, 255])
def test_noise_goes_no_further_than_black_and_white(level: int) -> None:
    noisy = Action(noise=0.5)(np.full((64, 64, 3), level, np.uint8), draw())
    assert (noisy == level).mean() == pytest.approx(0.5, abs=0.02)


def test_one_channel_stays_one() -> None:
    grey = np.zeros((48, 48, 1), np.uint8)
    assert Action(flip=True, turn=2, blur=0.01, noise=0.01)(grey, draw()).shape == (48, 48, 1)


@pytest.mark.parametrize("wrong", [{"blur": -0.1}, {"noise": -0.1}])
def test_less_than_nothing_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="0 or more"):
        Action(**wrong)  # type: ignore[arg-type]
