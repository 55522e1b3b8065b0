import numpy as np
import pytest

from fer_lab.generator import mesh


def test_mirror_is_its_own_inverse_and_keeps_the_triangles() -> None:
    assert np.array_equal(mesh.MIRROR[mesh.MIRROR], np.arange(468))
    triangles = {frozenset(face) for face in mesh.FACES.tolist()}
    assert {frozenset(mesh.MIRROR[face].tolist()) for face in mesh.FACES} == triangles


def test_mirror_swaps_the_eyes_and_keeps_the_lips() -> None:
    assert {int(mesh.MIRROR[v]) for v in mesh.RIGHT_EYE} == set(mesh.LEFT_EYE)
    for ring in (mesh.MOUTH, mesh.LIPS, mesh.OVAL):
        assert {int(mesh.MIRROR[v]) for v in ring} == set(ring)


def test_68_points_are_symmetric() -> None:
    order = [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31]
    order += [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    order += [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
    assert len(set(mesh.IBUG68)) == 68
    assert [mesh.IBUG68[i] for i in order] == mesh.MIRROR[list(mesh.IBUG68)].tolist()


def test_68_points_lie_where_ibug_puts_them() -> None:
    x, y = mesh.NEUTRAL[list(mesh.IBUG68), :2].T
    assert np.all(np.diff(x[:17]) > -0.1)  # the jaw from the image's left to its right
    assert y[8] == y.min()  # the chin
    assert y[17:27].min() > y[36:48].max() > y[30] > y[51] > y[57] > y[8]
    assert x[36] < x[39] < x[42] < x[45]
    assert x[48] < x[60] < x[64] < x[54]


def test_neutral_closes_the_mouth() -> None:
    upper, lower = list(mesh.UPPER_INNER), list(mesh.LOWER_INNER)
    gap = mesh.NEUTRAL[upper, 1] - mesh.NEUTRAL[lower, 1]
    assert (mesh.VERTICES[upper, 1] - mesh.VERTICES[lower, 1]).max() > 0.3
    assert 0 <= gap.min() <= gap.max() < 0.05


def test_neutral_is_symmetric() -> None:
    mirrored = mesh.mirror_field(mesh.NEUTRAL)
    assert np.abs(mirrored - mesh.NEUTRAL).max() < 0.05


@pytest.mark.parametrize("eye", [mesh.RIGHT_EYE, mesh.LEFT_EYE])
def test_lid_weight_stays_on_its_lid(eye: tuple[int, ...]) -> None:
    lower, upper = list(eye[1:8]), list(eye[9:16])
    for lid, moved, still in (("upper", upper, lower), ("lower", lower, upper)):
        weight = mesh.lid_weight(eye, lid, 0.35)
        assert weight[moved].max() > 0.9
        assert np.all(weight[still] == 0)
        assert 0 <= weight.min() <= weight.max() <= 1


def test_lips_are_parted_by_topology() -> None:
    assert np.all(mesh.LOWER[list(mesh.LOWER_INNER)] == 1)
    assert np.all(mesh.UPPER[list(mesh.UPPER_INNER)] == 1)


def test_smoothstep() -> None:
    assert mesh.smoothstep([-1, 0, 1, 2, 3], 0, 2).tolist() == [0, 0, 0.5, 1, 1]
    assert mesh.smoothstep([0, 2], 2, 0).tolist() == [1, 0]
