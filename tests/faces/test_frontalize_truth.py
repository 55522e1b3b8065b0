"""Frontalization against the truth of twins: the same expression, seen at pose 0."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from fer_lab.faces.align import align, similarity
from fer_lab.faces.detect import Detector
from fer_lab.faces.frontalize import fit_camera, frontalize
from fer_lab.faces.landmarks import eye_distance, ibug68
from fer_lab.faces.sample import SamplingMap, sample
from fer_lab.generator import Identity, perform, render

MARGIN, SIDE = 0.05, 256
EMOTIONS = ("happiness", "surprise", "anger", "sadness")
Landmarks = Callable[[np.ndarray, np.ndarray], np.ndarray]


@lru_cache
def seen(person: int, yaw: float) -> tuple[np.ndarray, np.ndarray]:
    """Picture and true landmarks of a twin that shows an emotion with its head at a yaw, upright."""
    performance = perform(person, EMOTIONS[person % 4], fps=10, duration=3)
    pose = np.repeat(np.array([[yaw, 0, 0]], float), len(performance.pose), 0)
    performance = replace(performance, pose=pose, shift=performance.shift * 0)
    images, truth = render(Identity(100 + person), performance, [20], size=224, supersampling=2, seed=1)
    return images[0], truth.landmarks[0]


def carried(points: np.ndarray, view: SamplingMap) -> np.ndarray:
    """Points of the picture (n, 2), where they lie in the view: at the pixel that looks closest by."""
    rows, columns = np.nonzero(view.inside)
    apart = np.linalg.norm(view.source[view.inside][None] - points[:, None], axis=-1)
    nearest = apart.argmin(1)
    return np.stack([columns[nearest], rows[nearest]], -1) + 0.5


def error(person: int, yaw: float, landmarks: Landmarks) -> float:
    """Mean distance from the true points at pose 0 after a similarity fit, as a share of the outer eye distance."""
    found, aim = landmarks(*seen(person, yaw)), seen(person, 0)[1]
    points = carried(found, frontalize(fit_camera(found), SIDE, MARGIN))
    moved = similarity(points, aim)(points)
    return float(np.linalg.norm(moved - aim, axis=1).mean() / eye_distance(aim))


@pytest.mark.parametrize("yaws", [(0,), (-15, 15), (-30, 30)])
@pytest.mark.parametrize("source", ["true", "detected"])
def test_points_carried_through_the_warp_are_those_at_pose_0(
    yaws: tuple[int, ...], source: str, detector: Detector
) -> None:
    def detected(image: np.ndarray, _: np.ndarray) -> np.ndarray:
        found = detector.detect(image)
        assert found is not None
        return ibug68(found.mesh)

    landmarks: Landmarks = detected if source == "detected" else lambda _, true: true
    errors = [error(person, yaw, landmarks) for person in range(6) for yaw in yaws]
    assert np.mean(errors) < {0: 0.05, 15: 0.05, 30: 0.085}[yaws[-1]]


@pytest.mark.parametrize("person", range(8))
def test_a_straight_face_differs_little_from_the_aligned_one(person: int) -> None:
    image, landmarks = seen(person, 0)
    view = frontalize(fit_camera(landmarks), 112, MARGIN)
    apart = np.abs(sample(image, view).astype(float) - sample(image, align(landmarks, 112, MARGIN)))
    assert apart[view.inside].mean() / 255 < 0.02
