"""A driver before several cameras: what the face does is known, and seen by each of them."""

from __future__ import annotations

import numpy as np
import pytest

from fer_lab.errors import ConfigError, DataError
from fer_lab.generator.drive import CAMERAS, LIGHTS, drive


def test_each_expression_comes_and_goes() -> None:
    found = drive(5, ["happiness", "neutral", "anger"], seconds=4.0, fps=5.0)
    assert len(found.truth) == len(found.performance) == 60
    assert found.truth[0] == "neutral"
    assert {*found.truth[:20]} == {"neutral", "", "happiness"}
    assert {*found.truth[20:40]} == {"neutral"}
    assert {"anger", "neutral"} <= {*found.truth[40:]}
    assert found.truth.count("happiness") > 5


def test_cameras_see_the_head_turned_and_nothing_else() -> None:
    found = drive(5, ["happiness"], seconds=1.0, fps=2.0)
    views = {camera: found.seen(camera, "day", 64) for camera in CAMERAS}
    assert all(view.shape == (2, 64, 64, 3) for view in views.values())
    assert (views["in front"] != views["from the side"]).any()
    assert np.array_equal(found.seen("from below", "day", 64), views["from below"])


def test_nights_are_dark_and_infrared_is_grey() -> None:
    found = drive(5, ["happiness"], seconds=1.0, fps=1.0)
    pictures = {light: found.seen("in front", light, 64)[0].astype(float) for light in LIGHTS}
    assert pictures["night"].mean() < 0.6 * pictures["day"].mean()
    assert np.ptp(pictures["infrared"].mean((0, 1))) < 2 < np.ptp(pictures["day"].mean((0, 1)))


def test_what_is_not_known_is_refused() -> None:
    found = drive(5, ["happiness"], seconds=1.0, fps=1.0)
    with pytest.raises(ConfigError, match="no 'above'"):
        found.seen("above", "day", 64)
    with pytest.raises(ConfigError, match="no 'dusk'"):
        found.seen("in front", "dusk", 64)
    with pytest.raises(DataError):
        drive(5, ["boredom"], seconds=1.0, fps=1.0)
