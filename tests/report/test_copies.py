"""The figure of augmented copies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fer_lab.errors import ConfigError
from fer_lab.faces.actions import Action
from fer_lab.report.copies import copies, in_words


@pytest.fixture
def shown(material: Callable[..., Any]) -> Callable[[str], Any]:
    """A function: the material of a cell, with faces that are dark at the left and bright at the right."""
    view = np.zeros((9, 32, 32, 3), np.uint8)
    view[:, :, 16:] = 250

    def of(cell: str) -> Any:
        faces = SimpleNamespace(view=lambda name: view)
        return replace(material(faces, overrides=("profile=smoke",)), cell=f"universal/{cell}")

    return of


@pytest.mark.parametrize("cell", ["alexnet_augmented", "alexnet_on_the_fly"])
def test_each_copy_stands_beside_its_image_and_is_mirrored(cell: str, shown: Any, picture: Any) -> None:
    drawn = picture(copies(shown(cell), 2)).mean(-1)
    line = drawn[drawn.shape[0] * 2 // 3]  # through the lower image and its four copies
    first, *others = np.array_split(line, 5)
    assert first[: len(first) // 2].mean() < first[len(first) // 2 :].mean()
    assert all(other[: len(other) // 2].mean() > other[len(other) // 2 :].mean() for other in others)


def test_a_cell_without_actions_has_no_copies_to_show(shown: Any) -> None:
    with pytest.raises(ConfigError, match="stored_augmentation=four_actions"):
        copies(shown("alexnet"), 2)


def test_actions_are_said_in_words() -> None:
    assert in_words(Action(flip=True, turn=-2.0, noise=0.06)) == "mirrored\n2° to the right\nnoise 6% of the range"
