from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
import pytest

from fer_lab.faces import frontalize as stage
from fer_lab.faces.align import align
from fer_lab.faces.frontalize import fit_camera, frontalize
from fer_lab.faces.landmarks import STABLE, eye_distance
from fer_lab.faces.reference import frontal_frame, frontal_surface, landmarks_3d
from fer_lab.faces.sample import sample

Seen: TypeAlias = Callable[..., np.ndarray]
Turned: TypeAlias = Callable[..., tuple[np.ndarray, np.ndarray]]
MARGIN = 0.05


@pytest.mark.parametrize("yaw", [-40.0, -15.0, 0.0, 10.0, 35.0])
@pytest.mark.parametrize("pitch", [-25.0, 0.0, 20.0])
@pytest.mark.parametrize("roll", [-30.0, 0.0, 45.0])
def test_the_pose_of_the_reference_is_recovered(seen: Seen, yaw: float, pitch: float, roll: float) -> None:
    camera = fit_camera(seen(yaw, pitch, roll))
    np.testing.assert_allclose(camera.pose, (yaw, pitch, roll), atol=1)
    np.testing.assert_allclose(camera.project(landmarks_3d()), seen(yaw, pitch, roll), atol=0.5)


@pytest.mark.parametrize("distance", [40.0, 200.0])
def test_another_distance_than_assumed_changes_little(seen: Seen, distance: float) -> None:
    np.testing.assert_allclose(fit_camera(seen(20, 10, 5, distance=distance)).pose, (20, 10, 5), atol=3)


def test_noise_of_a_pixel_moves_the_pose_by_a_few_degrees(seen: Seen) -> None:
    noise = np.random.default_rng(0).normal(size=(50, 68, 2))
    poses = np.array([fit_camera(seen(15, -10, 5) + one).pose for one in noise])
    assert np.abs(poses - (15, -10, 5)).max() < 6
    np.testing.assert_allclose(poses.mean(0), (15, -10, 5), atol=1)


@pytest.mark.parametrize("pose", [(0, 0, 0), (25, 0, 0), (0, 18, 0), (0, 0, 30), (-20, -10, 15)])
def test_pose_means_the_same_as_in_the_truth_of_twins(turned: Turned, pose: tuple[int, int, int]) -> None:
    _, landmarks = turned(*pose)
    np.testing.assert_allclose(fit_camera(landmarks).pose, pose, atol=6)


@pytest.mark.parametrize("pose", [(0, 0, 0), (25, 5, -10)])
def test_the_map_leads_to_where_the_landmarks_are_seen(seen: Seen, pose: tuple[int, int, int]) -> None:
    landmarks, size = seen(*pose), 256
    found = frontalize(fit_camera(landmarks), size, MARGIN)
    inner = [point for point in STABLE if point > 16]  # the jaw is the mesh's own edge
    columns, rows = (frontal_frame(size, MARGIN).to_px(landmarks_3d()[inner]) - 0.5).T.astype(np.float32)
    assert found.inside[rows.round().astype(int), columns.round().astype(int)].all()
    led = cv2.remap(found.source, columns[None], rows[None], cv2.INTER_LINEAR)[0]
    np.testing.assert_allclose(led, landmarks[inner], atol=1)


def test_a_straight_face_looks_as_if_it_were_only_aligned(turned: Turned) -> None:
    image, landmarks = turned()
    frontal, aligned = frontalize(fit_camera(landmarks), 64, MARGIN), align(landmarks, 64, MARGIN)
    apart = np.linalg.norm(frontal.source - aligned.source, axis=-1)[frontal.inside] / eye_distance(landmarks)
    assert np.median(apart) < 0.02
    here, there = (sample(image, one)[frontal.inside].astype(float) for one in (frontal, aligned))
    assert np.corrcoef(here.ravel(), there.ravel())[0, 1] > 0.95


@pytest.mark.parametrize("pose", [(25, 0, 0), (-25, 0, 0), (0, 15, 0)])
def test_a_turned_face_comes_closer_to_itself_than_by_alignment(turned: Turned, pose: tuple[int, int, int]) -> None:
    mask = frontal_surface(64, MARGIN)[1]

    def views(picture: np.ndarray, landmarks: np.ndarray) -> list[np.ndarray]:
        maps = (frontalize(fit_camera(landmarks), 64, MARGIN), align(landmarks, 64, MARGIN))
        return [sample(picture, one)[mask].astype(float) for one in maps]

    straight, other = views(*turned()), views(*turned(*pose))
    frontal, aligned = (np.abs(a - b).mean() for a, b in zip(straight, other, strict=True))
    assert frontal < 0.8 * aligned


def test_what_the_mesh_lacks_is_black() -> None:
    points, mask = frontal_surface(64, MARGIN)
    assert 0.5 < mask.mean() < 0.8
    assert not mask[[0, 0, -1, -1], [0, -1, 0, -1]].any()
    np.testing.assert_array_equal(mask, mask[:, ::-1])
    np.testing.assert_allclose(points[..., 2], points[:, ::-1, 2], atol=0.05)


def test_the_surface_is_that_of_the_mesh() -> None:
    frame, (points, mask) = frontal_frame(256, MARGIN), frontal_surface(256, MARGIN)
    nose = landmarks_3d()[30]
    column, row = frame.to_px(nose).astype(int)
    np.testing.assert_allclose(points[row, column], nose, atol=0.1)
    assert points[mask][:, 2].max() == pytest.approx(nose[2], abs=0.05)
    rows, columns = np.nonzero(mask)
    np.testing.assert_allclose(frame.to_px(points[mask]), np.column_stack([columns, rows]) + 0.5)


def test_golden_values(seen: Seen) -> None:
    """If these change, so does what a face store holds: raise ``frontalize.VERSION``."""
    camera = fit_camera(seen(20, -10, 15))
    found = frontalize(camera, 8, MARGIN)
    golden = [[118.984, 64.223], [111.315, 141.291], [178.860, 127.371], [171.854, 177.189]]
    assert stage.VERSION == 3
    assert found.inside.sum() == 40
    np.testing.assert_allclose(found.source[[1, 4, 4, 6], [3, 2, 5, 4]], golden, atol=0.05)
