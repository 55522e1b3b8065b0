from __future__ import annotations

import cv2
import numpy as np
import pytest

from fer_lab.configs import compose_data
from fer_lab.errors import ConfigError
from fer_lab.report.peak import peak_png

SMALL = ["profile=smoke", "profile.subjects=3", "profile.stills=40", "workers=1"]
"""That of tests/sources/test_cut.py: the videos are drawn, and looked at, once for both."""


def test_the_curve_of_a_take_is_drawn_with_its_cut_and_true_peak() -> None:
    config = compose_data("mug", [*SMALL, "data.cut=peak"])
    picture = cv2.imdecode(np.frombuffer(peak_png(config, "002/fear/take000", "title", "stamp"), np.uint8), 1).astype(
        int
    )
    for blue, green, red in ((0xB3, 0x6D, 0x2F), (0x1B, 0x64, 0xC8), (0x44, 0x7D, 0x3A)):
        assert (np.abs(picture - (blue, green, red)).max(axis=2) < 24).any()
    with pytest.raises(ConfigError, match="no video '002/fear/take009'"):
        peak_png(config, "002/fear/take009", "", "")


def test_without_a_cut_there_is_nothing_to_draw() -> None:
    with pytest.raises(ConfigError, match="nothing is cut"):
        peak_png(compose_data("mug", SMALL), None, "", "")
