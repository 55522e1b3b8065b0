"""Drawn objects: the same again, as many of each class, and of a class neither the colour nor the light."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fer_lab.pretraining.examples import Examples
from fer_lab.pretraining.objects import CLASSES, HELD_OUT, TEXTURES, objects
from fer_lab.pretraining.shapes import SHAPES


@pytest.fixture(scope="module")
def drawn() -> Examples:
    return objects(len(CLASSES), 10, 32)


def test_every_shape_comes_with_every_texture() -> None:
    assert set(CLASSES) == {(shape, texture) for shape in SHAPES for texture in TEXTURES}
    assert len(CLASSES) == len(SHAPES) * len(TEXTURES)


def test_shapes_fill_the_square_and_do_not_leave_it() -> None:
    for polygons in SHAPES.values():
        reach = np.abs(np.concatenate(polygons)).max()
        assert 0.9 < reach < 1.1


@settings(max_examples=5, deadline=None)
@given(classes=st.integers(1, len(CLASSES)), drawings=st.integers(1, 2 * HELD_OUT), size=st.sampled_from([16, 24]))
def test_they_are_the_same_again_and_as_many_of_each_class(classes: int, drawings: int, size: int) -> None:
    found, again = objects(classes, drawings, size), objects(classes, drawings, size)
    assert found.images.shape == (classes * drawings, size, size, 3)
    assert np.array_equal(found.images, again.images)
    assert np.bincount(found.classes).tolist() == [drawings] * classes
    assert np.bincount(found.classes[found.held_out], minlength=classes).tolist() == [drawings // HELD_OUT] * classes


def test_they_do_not_depend_on_the_workers_nor_on_how_many_there_are(drawn: Examples) -> None:
    few = objects(6, 10, 32, workers=2)
    assert np.array_equal(few.images, drawn.images[: len(few.images)])


def test_no_two_are_alike(drawn: Examples) -> None:
    assert len(np.unique(drawn.images.reshape(len(drawn.images), -1), axis=0)) == len(drawn.images)
    assert drawn.images.std(axis=(1, 2, 3)).min() > 5


def nearest_class(features: NDArray[np.float64], examples: Examples) -> NDArray[np.bool_]:
    """Whether the class whose training images are nearest in the mean is a held-out image's own."""
    train = ~examples.held_out
    means = np.stack([features[train & (examples.classes == one)].mean(0) for one in np.unique(examples.classes)])
    distances = np.linalg.norm(features[examples.held_out][:, None] - means, axis=2)
    hits: NDArray[np.bool_] = distances.argmin(1) == examples.classes[examples.held_out]
    return hits


def test_colours_do_not_tell_the_class() -> None:
    examples = objects(8, 100, 16)
    colours = examples.images.mean((1, 2))
    hits = nearest_class(np.concatenate([colours, examples.images.std((1, 2))], axis=1), examples)
    chance = 1 / 8
    assert hits.mean() < chance + 4 * np.sqrt(chance * (1 - chance) / len(hits))
