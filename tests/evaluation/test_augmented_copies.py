"""Augmented copies: those that Rosa Ramos 2018 makes are found, others are not, constant images are copies of none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fer_lab.errors import DataError
from fer_lab.evaluation import augmented_copies
from fer_lab.evaluation.arrays import Images
from fer_lab.evaluation.augmented_copies import augmented_pairs, hashes, proposed_pairs

ACTIONS = {1: (2, 0.6, 5), 2: (3, 0, 5), 3: (-2, 1.0, 15), 4: (2, 0, 10)}
"""Rosa Ramos 2018, sec. 6.4: degrees to the left; how much blur (px) and noise (levels) is ours."""
COUNT = 160


def pictures(seed: int, count: int, side: int = 48) -> Images:
    """Noise that has the less of a frequency the higher it is, as pictures do."""
    rng = np.random.default_rng(seed)
    across = np.fft.fftfreq(side)
    size = np.maximum(np.hypot(across[:, None], across), 1 / side) ** 1.7
    field = np.fft.ifft2(np.fft.fft2(rng.normal(size=(count, side, side))) / size).real
    field = (field - field.mean((1, 2), keepdims=True)) / field.std((1, 2), keepdims=True)
    return (128 + 45 * field).clip(0, 255).astype(np.uint8)


def augmented(image: Images, action: int, rng: np.random.Generator, mirror: bool = True) -> Images:
    degrees, blur, noise = ACTIONS[action]
    middle = (image.shape[0] - 1) / 2
    turned = cv2.warpAffine(
        np.ascontiguousarray(image[:, ::-1] if mirror else image),
        cv2.getRotationMatrix2D((middle, middle), degrees, 1.0),
        image.shape[::-1],
        borderMode=cv2.BORDER_REFLECT,
    ).astype(np.float32)
    blurred = cv2.GaussianBlur(turned, (0, 0), blur) if blur else turned
    return (blurred + rng.normal(0, noise, image.shape)).clip(0, 255).astype(np.uint8)


def found(images: Images, copies: Images) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """The upright and the mirrored pairs between images and copies."""
    group = np.repeat([0, 1], [len(images), len(copies)])
    pairs, mirrored = augmented_pairs(np.concatenate([images, copies]), group)
    return tuple({(one, other - len(images)) for one, other in pairs[mirrored == way]} for way in (False, True))  # type: ignore[return-value]


@pytest.mark.parametrize("mirror", [False, True], ids=["upright", "mirrored"])
def test_augmented_copies_are_found_and_nothing_else(mirror: bool) -> None:
    rng, images = np.random.default_rng(0), pictures(0, COUNT)
    copies = np.stack([augmented(image, 1 + row % 4, rng, mirror) for row, image in enumerate(images)])
    upright, mirrored = found(images, copies)
    own = {(row, row) for row in range(COUNT)}
    ours, theirs = (mirrored, upright) if mirror else (upright, mirrored)
    assert len(own & ours) >= 0.95 * COUNT
    assert ours <= own
    assert theirs == set()


@pytest.mark.parametrize(
    "change",
    [
        np.float32([[1, 0, 2], [0, 1, -2]]),  # shifted
        np.float32([[1.04, 0, -1], [0, 1.04, -1]]),  # zoomed
        np.float32([[1, 0.04, -1], [0, 1, 0]]),  # sheared
    ],
    ids=["shift", "zoom", "shear"],
)
def test_shifts_zooms_and_other_light_are_found(change: NDArray[np.float32]) -> None:
    images = pictures(1, 40)
    warped = [cv2.warpAffine(image, change, (48, 48), borderMode=cv2.BORDER_REPLICATE) for image in images]
    upright, mirrored = found(images, (np.stack(warped) * 0.7 + 30).astype(np.uint8))
    own = {(row, row) for row in range(40)}
    assert len(upright) >= 38
    assert upright <= own
    assert mirrored == set()


def test_larger_pictures_are_made_smaller() -> None:
    images = pictures(2, 12, 96)
    upright, _ = found(images, images[::-1])
    assert upright == {(row, 11 - row) for row in range(12)}


def test_false_proposals_are_few() -> None:
    images = pictures(3, 300)
    proposed = proposed_pairs(images, np.arange(300), mirrored=False)
    assert len(proposed) <= 300 * 299 / 2 / 1000


def test_only_pairs_of_two_groups_are_looked_for() -> None:
    images = pictures(4, 3)[[0, 1, 0, 1, 2]]
    pairs, _ = augmented_pairs(images, np.array([0, 0, 1, 0, 1]))
    assert pairs.tolist() == [[0, 2]]


def test_the_numbers_of_the_groups_mean_nothing() -> None:
    rng, images = np.random.default_rng(7), pictures(7, 60)
    images = np.concatenate([images, [augmented(image, 2, rng, mirror=False) for image in images]])
    group = np.repeat([0, 1, 2], 40)
    assert len(augmented_pairs(images, group)[0]) >= 50
    assert augmented_pairs(images, 7 - group)[0].tolist() == augmented_pairs(images, group)[0].tolist()


def test_constant_images_are_copies_of_none() -> None:
    images = np.concatenate([np.full((3, 48, 48), 9, np.uint8), pictures(5, 2), np.zeros((1, 48, 48), np.uint8)])
    assert not hashes(images)[[0, 1, 2, 5]].any()
    assert np.allclose(np.linalg.norm(hashes(images)[3:5], axis=1), 1)
    assert len(augmented_pairs(images, np.arange(6))[0]) == 0


def test_images_that_are_all_alike_are_refused_rather_than_compared_for_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(augmented_copies, "MOST", 5)
    images = pictures(6, 1).repeat(5, axis=0)
    with pytest.raises(DataError, match="10 pairs of images might be augmented copies"):
        augmented_pairs(images, np.arange(5))
