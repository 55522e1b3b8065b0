"""Mass centres: held against the definition, all pairs of images, on small random pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lab.errors import ConfigError, DataError
from fer_lab.evaluation.arrays import Images, Ints
from fer_lab.evaluation.image_differences import DIFFERENCES, STEPS, histograms, summed_differences
from fer_lab.evaluation.mass_centres import assign, face_cropped, mass_centres


def normalised(image: Images) -> Ints:
    counts = np.array([(image == value).sum() for value in range(256)])
    return (counts - counts.min()) * STEPS // max(1, counts.max() - counts.min())


ONE_PAIR: dict[str, Callable[[Images, Images], int]] = {
    "absolute": lambda a, b: int(np.abs(a.astype(int) - b).sum()),
    "differing": lambda a, b: int((a != b).sum()),
    "histogram": lambda a, b: int(np.abs(normalised(a) - normalised(b)).sum()),
    "intersection": lambda a, b: -int(np.minimum(normalised(a), normalised(b)).sum()),
}


def pictures(seed: int, number: int, side: int = 4, values: int = 256) -> Images:
    """Random pictures; with few values there are many ties and copies."""
    return np.random.default_rng(seed).integers(0, values, (number, side, side), dtype=np.uint8)


def all_pairs(images: Images, difference: str) -> Ints:
    pair = ONE_PAIR[difference]
    return np.array([sum(pair(one, other) for other in images) for one in images])


@pytest.mark.parametrize("difference", DIFFERENCES)
@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    number=st.integers(1, 12),
    values=st.sampled_from([2, 4, 256]),
    side=st.integers(1, 4),
)
def test_sums_are_those_over_all_pairs(difference: str, seed: int, number: int, values: int, side: int) -> None:
    images = pictures(seed, number, side, values)
    assert summed_differences(images, difference).tolist() == all_pairs(images, difference).tolist()


@pytest.mark.parametrize("difference", DIFFERENCES)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), values=st.sampled_from([2, 256]))
def test_centres_and_nearest_centres_follow_the_definition(difference: str, seed: int, values: int) -> None:
    images = pictures(seed, 20, values=values)
    labels = np.arange(20) % 3
    centres = mass_centres(images, labels, "abc", difference)
    for number, row in enumerate(centres):
        own = np.flatnonzero(labels == number)
        assert row == own[all_pairs(images[own], difference).argmin()]  # the lowest row of those equally near
    pair, others = ONE_PAIR[difference], pictures(seed + 1, 9, values=values)
    nearest = [int(np.argmin([pair(one, centre) for centre in images[centres]])) for one in others]
    assert assign(others, images[centres], difference).tolist() == nearest


def test_many_images_in_blocks_give_the_same_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    images = pictures(0, 23)
    whole = summed_differences(images, "absolute"), assign(images, images[:4], "histogram")
    monkeypatch.setattr("fer_lab.evaluation.image_differences.BLOCK", 5)
    monkeypatch.setattr("fer_lab.evaluation.mass_centres.BLOCK", 5)
    assert summed_differences(images, "absolute").tolist() == whole[0].tolist()
    assert assign(images, images[:4], "histogram").tolist() == whole[1].tolist()


def test_the_lowest_of_equal_images_and_of_equal_centres_is_taken() -> None:
    images = np.zeros((4, 2, 2), np.uint8)
    assert mass_centres(images, np.array([1, 0, 0, 1]), "ab", "absolute").tolist() == [1, 0]
    assert assign(images, images[:2], "differing").tolist() == [0, 0, 0, 0]


def test_a_centre_is_nearest_to_itself_but_for_the_intersection() -> None:
    images = pictures(3, 5)
    for difference in ("absolute", "differing", "histogram"):
        assert assign(images, images, difference).tolist() == [0, 1, 2, 3, 4]


def test_histograms_do_not_know_where_a_pixel_is() -> None:
    image = pictures(1, 1)
    assert (histograms(image) == histograms(image[:, ::-1])).all()
    assert (histograms(image).min(), histograms(image).max()) == (0, STEPS)


def test_a_histogram_with_all_values_equally_frequent_is_flat() -> None:
    assert not histograms(np.arange(256, dtype=np.uint8).reshape(1, 16, 16)).any()


def test_outside_the_face_a_picture_is_white() -> None:
    image = np.full((2, 48, 48), 7, np.uint8)
    cropped = face_cropped(image)
    assert (cropped[:, [0, 0, -1, -1], [0, -1, 0, -1]] == 255).all()
    assert (cropped[:, 10:38, 10:38] == 7).all()
    assert (cropped == cropped[:, ::-1]).all()
    assert 0.55 < (cropped == 7).mean() < 0.70
    assert (image == 7).all()


def test_what_cannot_be_mapped_is_refused() -> None:
    images = pictures(0, 3)
    with pytest.raises(ConfigError, match="histogram"):
        mass_centres(images, np.zeros(3, np.int64), "a", "histograms")
    with pytest.raises(ConfigError, match="absolute"):
        assign(images, images, "abs")
    with pytest.raises(DataError, match="'b'"):
        mass_centres(images, np.zeros(3, np.int64), "ab", "absolute")
    with pytest.raises(DataError, match="one size"):
        assign(images, images[:, :2, :2], "absolute")
