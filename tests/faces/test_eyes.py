"""Alignment by the centres of the eyes (Rosa Ramos 2018, sec. 7.2)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from hydra.utils import instantiate

from fer_lab.configs import compose
from fer_lab.faces import Face, FacesConfig, NoFace, detect, prepare
from fer_lab.faces import eyes as stage
from fer_lab.faces.detect import Detector
from fer_lab.faces.eyes import align_eyes, eye_centres
from fer_lab.faces.reference import landmarks_3d, pixel_centres
from fer_lab.faces.sample import sample
from fer_lab.faces.stage import find_faces

Seen = Callable[..., np.ndarray]
PLACE = (0.345, 0.275)
"""The middle of a pixel of a crop of 100 px."""


@pytest.mark.parametrize("pose", [(0, 0, 0), (20, -5, 30), (-30, 10, -100)])
def test_the_eyes_come_to_lie_where_they_are_wanted(seen: Seen, pose: tuple[int, int, int]) -> None:
    points = seen(*pose)
    crop = align_eyes(points, 100, 0, PLACE)
    np.testing.assert_allclose(crop.source[27, [34, 65]], eye_centres(points), atol=1e-3)


def test_it_is_the_rotation_that_the_thesis_gives_to_opencv(seen: Seen) -> None:
    """A rotation about the middle of the eyes, scaled, moved to where this middle is wanted."""
    points = seen(10, 5, 25)
    left, right = points[36:42].mean(0), points[42:48].mean(0)
    angle = np.degrees(np.arctan2(right[1] - left[1], right[0] - left[0]))
    scale = (1 - 2 * PLACE[0]) * 64 / np.linalg.norm(right - left)
    middle = (left + right) / 2
    turn = cv2.getRotationMatrix2D(middle.tolist(), float(angle), float(scale))
    turn[:, 2] += np.array([0.5, PLACE[1]]) * 64 - middle
    crop = align_eyes(points, 64, 0, PLACE)
    np.testing.assert_allclose(crop.source @ turn[:, :2].T + turn[:, 2], pixel_centres(64), atol=1e-3)
    assert crop.scale == pytest.approx(1 / scale)


@pytest.mark.parametrize(("margin", "area"), [(0.5, 1.5**2), (-0.5, 0.25)])
def test_a_margin_of_25_percent_in_either_reading(seen: Seen, margin: float, area: float) -> None:
    box, crop = (align_eyes(seen(), 64, given, PLACE) for given in (0, margin))
    assert (crop.scale / box.scale) ** 2 == pytest.approx(area)
    np.testing.assert_allclose(crop.source.mean((0, 1)), box.source.mean((0, 1)), atol=0.01)


def composed(*overrides: str) -> FacesConfig:
    config = compose(["cell=sase_hidden/cnn_face", "profile=smoke", "faces=eyes", *overrides])["faces"]
    found = instantiate(config)
    assert isinstance(found, FacesConfig)
    return found


def test_the_box_is_that_of_the_reference_face(seen: Seen) -> None:
    """Its 68 points fill the square that the eyes decide, from side to side or from top to bottom."""
    config, points = composed("faces.margin=0.0"), seen()
    assert config.eyes is not None
    source = align_eyes(points, 100, 0, config.eyes).source
    low, high = points.min(0), points.max(0)
    assert np.max((high - low) / (source[-1, -1] - source[0, 0])) == pytest.approx(1, abs=0.03)
    np.testing.assert_allclose((low + high) / 2, source.mean((0, 1)), atol=0.02 * (high - low).max())


def test_only_the_view_face_is_aligned_by_the_eyes(detector: Detector, turned: Callable[..., tuple]) -> None:
    image, _ = turned(roll=20)
    views = ("face", "frontal")
    plain, found = (
        prepare(image, detector, FacesConfig(views=views, size=48, eyes=eyes)) for eyes in (None, (0.35, 0.35))
    )
    assert isinstance(plain, Face)
    assert isinstance(found, Face)
    np.testing.assert_array_equal(found.views["frontal"], plain.views["frontal"])
    own = sample(image, align_eyes(found.landmarks, 48, FacesConfig.margin, (0.35, 0.35)))
    np.testing.assert_array_equal(found.views["face"], own)
    assert (own != plain.views["face"]).any()


def test_eyes_that_are_one_point_give_no_face(
    detector: Detector, turned: Callable[..., tuple], monkeypatch: pytest.MonkeyPatch
) -> None:
    def flat(mesh: np.ndarray) -> np.ndarray:
        points = landmarks_3d()[:, :2].astype(np.float32) * (5, -5) + 64
        points[36:48] = points[36]
        return points

    monkeypatch.setattr(detect, "ibug68", flat)
    image, _ = turned()
    assert isinstance(prepare(image, detector, FacesConfig(max_yaw=180)), Face)
    found = prepare(image, detector, FacesConfig(max_yaw=180, eyes=(0.35, 0.35)))
    assert found == NoFace("the eyes' centres are less than a pixel apart")


def test_a_profile_view_is_listed_with_the_reason(
    tmp_path: Path, detector: Detector, seen: Seen, turned: Callable[..., tuple], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detect, "ibug68", lambda mesh: seen(yaw=70).astype(np.float32) / 2)
    cv2.imwrite(str(tmp_path / "AF01ANHR.png"), turned()[0])
    row = {"id": "AF01ANHR", "path": "AF01ANHR.png", "kind": "image", "fps": None}
    frames, skipped = find_faces(tmp_path, [row], composed(), detector).tables()
    assert frames.empty
    expected = pd.DataFrame([("AF01ANHR", 0, "yaw beyond 60 degrees")], columns=["id", "frame", "reason"])
    pd.testing.assert_frame_equal(skipped, expected)


def test_golden_values(seen: Seen) -> None:
    """If these change, so does what a face store holds: raise ``eyes.VERSION``."""
    golden = [[17.004, 80.034], [200.902, 18.723], [78.315, 263.932], [262.213, 202.621]]
    found = align_eyes(seen(12, -5, 20), 8, 0.5, (0.28, 0.18))
    assert stage.VERSION == 1
    np.testing.assert_allclose(found.source[[0, 0, 7, 7], [0, 7, 0, 7]], golden, atol=0.01)
