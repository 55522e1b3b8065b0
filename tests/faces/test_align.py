from collections.abc import Callable

import numpy as np
import pytest

from fer_lab.faces import align as stage
from fer_lab.faces.align import align, similarity
from fer_lab.faces.landmarks import STABLE
from fer_lab.faces.reference import frontal_frame, landmarks_3d
from fer_lab.faces.sample import SamplingMap, sample

MARGIN = 0.05


def rotation(degrees: float) -> np.ndarray:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[cos, -sin], [sin, cos]])


def ramps(height: int, width: int) -> np.ndarray:
    """A picture whose red and green tell where one is: x and y of the pixel's centre, px."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([columns, rows, np.full_like(rows, 77)], -1).astype(np.uint8)


def test_a_known_similarity_is_found() -> None:
    points = np.random.default_rng(0).normal(size=(20, 2))
    found = similarity(points, 2.5 * points @ rotation(40).T + (3, -7))
    assert found.scale == pytest.approx(2.5)
    np.testing.assert_allclose(found.rotation, rotation(40), atol=1e-9)
    np.testing.assert_allclose(found(np.zeros(2)), (3, -7), atol=1e-9)


def test_a_mirrored_face_is_turned_but_never_mirrored() -> None:
    points = np.random.default_rng(0).normal(size=(20, 2))
    assert np.linalg.det(similarity(points, points * (-1, 1)).rotation) == pytest.approx(1)


@pytest.mark.parametrize(("scale", "degrees", "shift"), [(1.0, 0, (0, 0)), (0.8, 25, (60, 20)), (0.6, -70, (20, 120))])
def test_the_crop_shows_the_picture_where_the_face_is(scale: float, degrees: float, shift: tuple[int, int]) -> None:
    there = frontal_frame(64, MARGIN).to_px(landmarks_3d())
    crop = sample(ramps(200, 200), align(scale * there @ rotation(degrees).T + shift, 64, MARGIN))
    rows, columns = np.mgrid[:64, :64] + 0.5
    expected = scale * np.stack([columns, rows], -1) @ rotation(degrees).T + shift - 0.5
    inside = ((expected > 1) & (expected < 198)).all(-1)
    assert inside.mean() > 0.6
    np.testing.assert_allclose(crop[inside][:, :2], expected[inside], atol=1)
    assert (crop[inside][:, 2] == 77).all()


def test_a_larger_picture_is_averaged_and_does_not_alias() -> None:
    checks = np.indices((600, 600)).sum(0) % 2 * 255
    landmarks = 8.0 * frontal_frame(64, MARGIN).to_px(landmarks_3d()) + 40
    crop = sample(np.repeat(checks[..., None], 3, -1).astype(np.uint8), align(landmarks, 64, MARGIN))
    assert np.abs(crop.astype(int) - 127).max() <= 10


def test_a_larger_picture_is_shown_in_the_same_place() -> None:
    landmarks = 3.0 * frontal_frame(64, MARGIN).to_px(landmarks_3d()) + 20
    crop = sample(ramps(240, 240), align(landmarks, 64, MARGIN)).astype(float)
    rows, columns = np.mgrid[:64, :64] + 0.5
    expected = 3 * np.stack([columns, rows], -1) + 20 - 0.5
    np.testing.assert_allclose(crop[..., :2], expected, atol=2)


def test_what_lies_outside_the_picture_is_black() -> None:
    landmarks = frontal_frame(64, MARGIN).to_px(landmarks_3d()) - (32, 0)
    crop = sample(np.full((64, 64, 3), 200, np.uint8), align(landmarks, 64, MARGIN))
    assert (crop[:, :31] == 0).all()
    assert (crop[:, 33:] == 200).all()


def test_a_face_far_outside_its_picture_gives_a_black_crop() -> None:
    far = SamplingMap(np.full((8, 8, 2), 1e6, np.float32), np.ones((8, 8), bool), 4.0)
    assert not sample(np.full((32, 32, 3), 255, np.uint8), far).any()


def test_expressions_do_not_move_the_crop() -> None:
    landmarks = frontal_frame(64, MARGIN).to_px(landmarks_3d())
    moved = landmarks.copy()
    moving = np.setdiff1d(np.arange(68), STABLE)
    moved[moving] += 5
    np.testing.assert_array_equal(align(landmarks, 64, MARGIN).source, align(moved, 64, MARGIN).source)


def test_golden_values(seen: Callable[..., np.ndarray]) -> None:
    """If these change, so does what a face store holds: raise ``align.VERSION``."""
    found = align(seen(12, -5, 20), 8, MARGIN)
    golden = [[25.346, 76.971], [186.278, 22.769], [79.548, 237.903], [240.480, 183.701]]
    assert stage.VERSION == 3
    np.testing.assert_allclose(found.source[[0, 0, 7, 7], [0, 7, 0, 7]], golden, atol=0.01)
