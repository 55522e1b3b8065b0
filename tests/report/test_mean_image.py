"""The figure of the mean image."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from fer_lab.datasets import Showing
from fer_lab.errors import ConfigError
from fer_lab.ledger import WEIGHTS
from fer_lab.report.mean_image import mean_image

COLOUR = (0.9, 0.5, 0.1)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Any]:
    """A function: a finished run whose network subtracts an image of this side, of weights that see 0 to 255."""

    def make(side: int = 32) -> Any:
        image = np.full((3, side, side), 255.0, np.float32) * np.array(COLOUR, np.float32)[:, None, None]
        image[:, side // 2 :] *= 0.5
        save_file({"backbone.mean": image, "backbone.scale": np.array([255.0], np.float32)}, tmp_path / "w")
        return SimpleNamespace(cell="a/b", file={WEIGHTS: tmp_path / "w"}.__getitem__)

    return make


def test_it_shows_what_is_subtracted_in_colour(
    run: Callable[..., Any], material: Callable[..., Any], picture: Callable[..., Any]
) -> None:
    drawn = picture(mean_image(material(runs={0: run()})))
    expected = (255 * np.array(COLOUR[::-1])).astype(int)  # OpenCV reads blue first
    assert (np.abs(drawn.astype(int) - expected).max(-1) <= 1).sum() > 5000


def test_faces_that_must_not_be_shown_have_no_mean_image(run: Callable[..., Any], material: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError, match="not to be published"):
        mean_image(material(runs={0: run()}, warning=Showing.HERE.value))


def test_a_network_that_subtracts_a_number_a_channel_has_none_to_show(
    run: Callable[..., Any], material: Callable[..., Any]
) -> None:
    with pytest.raises(ConfigError, match=r"a/b subtracts no image[\s\S]*model\.mean: pixel"):
        mean_image(material(runs={0: run(side=1)}))


def test_it_needs_a_finished_run(material: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError, match="no finished run"):
        mean_image(material())
