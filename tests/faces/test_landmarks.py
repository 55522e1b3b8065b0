import numpy as np

from fer_lab.faces.landmarks import OUTER_EYES, STABLE, eye_distance, ibug68
from fer_lab.faces.reference import landmarks_3d

MIRRORED = [
    *range(16, -1, -1),
    *range(26, 16, -1),
    *range(27, 31),
    *range(35, 30, -1),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),
    *(64, 63, 62, 61, 60, 67, 66, 65),
]
"""The iBUG point on the other side of each."""


def test_the_68_points_are_symmetric() -> None:
    points = landmarks_3d()
    np.testing.assert_allclose(points[MIRRORED] * (-1, 1, 1), points, atol=0.02)


def test_the_68_points_are_where_ibug_has_them() -> None:
    points = landmarks_3d()
    x, y = points[:, 0], points[:, 1]
    assert points.shape == (68, 3)
    assert (np.diff(x[:17]) > -0.6).all()  # the jaw runs from the picture's left to its right
    assert y[:17].argmin() == 8  # and is lowest at the chin
    assert (np.diff(y[27:31]) < 0).all()  # down the bridge of the nose
    assert y[17:27].min() > y[36:48].max()  # brows above eyes
    assert y[48:68].max() < y[31:36].min()  # mouth under nose
    assert points[30, 2] == points[:, 2].max()  # the tip of the nose is nearest


def test_stable_points_are_as_symmetric_as_the_face() -> None:
    assert {MIRRORED[point] for point in STABLE} == set(STABLE)
    assert {MIRRORED[point] for point in OUTER_EYES} == set(OUTER_EYES)


def test_meshes_with_irises_and_batches_are_taken() -> None:
    mesh = np.arange(2 * 478 * 2, dtype=np.float32).reshape(2, 478, 2)
    points = ibug68(mesh)
    assert points.shape == (2, 68, 2)
    assert points.dtype == np.float32
    np.testing.assert_array_equal(points, ibug68(mesh[:, :468]))


def test_the_distance_of_the_eyes_is_in_the_unit_of_the_points() -> None:
    points = landmarks_3d()[:, :2]
    assert 8 < eye_distance(points) < 10  # cm
    np.testing.assert_allclose(eye_distance(np.stack([points, 3 * points])), eye_distance(points) * np.array([1, 3]))
