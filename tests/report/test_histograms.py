"""An image beside its histogram."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fer_lab.errors import ConfigError
from fer_lab.report.histograms import histogram

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 1), dtype=np.uint8)
FACES = SimpleNamespace(view=lambda name: PIXELS)


def test_each_image_has_a_picture_of_its_own(material: Any, picture: Any) -> None:
    first, second = (picture(histogram(material(FACES), row)) for row in (0, 1))
    assert (first != second).any()


def test_a_face_that_is_not_there_is_refused(material: Any) -> None:
    with pytest.raises(ConfigError, match="0 to 2"):
        histogram(material(FACES), 3)


def test_real_faces_say_that_they_stay_here(material: Any, picture: Any) -> None:
    plain, warned = (picture(histogram(material(FACES, warning=words), 0)) for words in ("", "not to be published"))
    assert (plain != warned).any()
    assert (plain[: plain.shape[0] // 2] == warned[: plain.shape[0] // 2]).all()
