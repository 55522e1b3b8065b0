"""Each step against OpenCV and against an independent computation; every order of them."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, permutations
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fer_lab.errors import ConfigError
from fer_lab.faces import (
    EqualiseHistogram,
    Face,
    Grey,
    Resize,
    Step,
    StepsConfig,
    ThreeChannels,
    ViolaJonesCrop,
    prepare,
)

STEPS: tuple[Step, ...] = (Grey(), ViolaJonesCrop(), EqualiseHistogram(), Resize(48), ThreeChannels())
"""In the order of Athanasiadis 2022, Figure 4.2."""
ORDERS = list(permutations(STEPS))
pictures = arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(1)))


def follows_itself(order: tuple[Step, ...]) -> bool:
    """Grey is equalised before it is copied to three channels, and the crop comes before the size is made the same."""
    place = {type(step): number for number, step in enumerate(order)}
    grey = place[Grey] < place[EqualiseHistogram] < place[ThreeChannels]
    return grey and place[ViolaJonesCrop] < place[Resize]


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(20, 236, shape, dtype=np.uint8)


def by_the_equations(image: np.ndarray) -> np.ndarray:
    """Athanasiadis 2022, equations 3.1 to 3.4, level by level, in fractions; halves are rounded to even levels."""
    values = [int(value) for value in image.ravel()]
    p = [Fraction(values.count(i), len(values)) for i in range(256)]  # 3.1
    cdf = list(accumulate(p))  # 3.2
    low, high = min(values), max(values)
    scaled = [round(cdf[x] * (high - low) + low) for x in values]  # T(k) = cdf(k), 3.3; back to the former span, 3.4
    return np.array(scaled, np.uint8).reshape(image.shape)


def test_grey_is_weighted_after_itu_r_bt_601() -> None:
    image = noise(31, 17, 3)
    found = Grey()(image)
    assert isinstance(found, np.ndarray)
    assert found.shape == (31, 17, 1)
    np.testing.assert_allclose(found[..., 0], image @ np.array([0.299, 0.587, 0.114]), atol=0.51)


def test_a_grey_picture_in_three_channels_stays_as_it_is() -> None:
    image = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    np.testing.assert_array_equal(Grey()(image.repeat(3, axis=2)), image)


@settings(deadline=None, max_examples=50)
@given(pictures)
def test_equalisation_is_that_of_the_equations(image: np.ndarray) -> None:
    np.testing.assert_array_equal(EqualiseHistogram()(image), by_the_equations(image))


@settings(deadline=None, max_examples=50)
@given(pictures)
def test_equalisation_over_the_full_span_is_opencvs(image: np.ndarray) -> None:
    found = EqualiseHistogram("full")(image)
    np.testing.assert_array_equal(found, cv2.equalizeHist(image[..., 0])[..., None])


def test_opencv_takes_the_share_of_the_darkest_level_off_and_stretches_to_255() -> None:
    """So it differs from the equations, where the darkest level moves up by its share and the span is kept."""
    image = noise(40, 40, 1)
    cdf = np.array([(image <= value).mean() for value in range(256)])
    darkest = cdf[image.min()]
    expected = 255 * (cdf - darkest) / (1 - darkest)
    full, printed = EqualiseHistogram("full")(image), EqualiseHistogram()(image)
    np.testing.assert_allclose(full, expected[image], atol=0.51)
    assert (full.min(), full.max()) == (0, 255)
    assert (printed.min(), printed.max()) == (round(20 + darkest * 215), 235)


def test_a_flat_picture_stays_as_it_is() -> None:
    image = np.full((5, 5, 1), 77, np.uint8)
    for span in ("picture", "full"):
        np.testing.assert_array_equal(EqualiseHistogram(span)(image), image)


def test_resizing_averages_when_it_makes_smaller_and_is_bilinear_when_larger() -> None:
    image = noise(64, 64, 3)
    small, large = Resize(16)(image), Resize(128)(image)
    np.testing.assert_allclose(small, image.reshape(16, 4, 16, 4, 3).mean((1, 3)), atol=0.51)
    np.testing.assert_array_equal(small, cv2.resize(image, (16, 16), interpolation=cv2.INTER_AREA))
    np.testing.assert_array_equal(large, cv2.resize(image, (128, 128), interpolation=cv2.INTER_LINEAR))
    np.testing.assert_array_equal(Resize(16)(image[..., :1]), small[..., :1])


def test_grey_is_copied_to_three_channels() -> None:
    image = noise(9, 8, 1)
    found = ThreeChannels()(image)
    assert isinstance(found, np.ndarray)
    assert found.shape == (9, 8, 3)
    assert (found == image).all()


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(type(step).__name__ for step in order))
def test_any_order_works_or_is_refused_in_words(order: tuple[Step, ...], twin: Any) -> None:
    picture = twin[0][0]
    before = picture.copy()
    if not follows_itself(order):
        with pytest.raises(ConfigError, match=r"faces\.steps[\s\S]*Expected: [\s\S]*Do: "):
            StepsConfig(order)
        return
    config = StepsConfig(order)
    face = prepare(picture, None, config)
    assert isinstance(face, Face)
    assert face.views["face"].shape == (48, 48, config.channels)
    assert face.views["face"].dtype == np.uint8
    np.testing.assert_array_equal(picture, before)


@pytest.mark.parametrize(
    ("steps", "what"),
    [
        ((ThreeChannels(),), "ThreeChannels is given pictures of 3 channels"),
        ((EqualiseHistogram(), Resize(32)), "EqualiseHistogram is given pictures of 3 channels"),
        ((Grey(), Grey(), Resize(32)), "Grey is given pictures of 1 channels"),
        ((), "differ in size"),
        ((Grey(), ViolaJonesCrop()), r"\(Grey, ViolaJonesCrop\): the pictures differ in size"),
        ((Resize(32), ViolaJonesCrop()), "differ in size"),
        (({},), "faces.steps = {}"),
    ],
)
def test_steps_that_do_not_follow_each_other_are_refused(steps: tuple[Any, ...], what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        StepsConfig(steps)


def test_a_step_refuses_a_picture_that_it_does_not_take() -> None:
    with pytest.raises(
        ConfigError, match=r"EqualiseHistogram is given pictures of 3 channels[\s\S]*put Grey before it"
    ):
        EqualiseHistogram()(noise(8, 8, 3))


@pytest.mark.parametrize("make", [lambda: EqualiseHistogram("half"), lambda: Resize(4), lambda: Resize(2000)])
def test_settings_out_of_range_are_refused(make: Any) -> None:
    with pytest.raises(ConfigError, match=r"faces.steps: \w+\.\w+ = "):
        make()


def test_of_what_is_left_in_one_channel_a_grey_view_is_made(twin: Any) -> None:
    face = prepare(twin[0][0], None, StepsConfig((Grey(), Resize(16))))
    assert isinstance(face, Face)
    assert face.views["face"].shape == (16, 16, 1)
    assert face.faces_found == 0  # nobody looked for any
