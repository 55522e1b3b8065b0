from collections.abc import Callable

import numpy as np
import pytest

from fer_lab.faces.frontalize import fit_camera, frontalize
from fer_lab.faces.sample import SamplingMap, sample
from fer_lab.faces.symmetry import VERSION, mirrored_share, occlusion, soften

MARGIN = 0.05
Turned = Callable[..., tuple[np.ndarray, np.ndarray]]


def frontal_view(landmarks: np.ndarray, size: int = 64) -> SamplingMap:
    return frontalize(fit_camera(landmarks), size, MARGIN)


def difference(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b.astype(float))[where].mean())


def test_a_straight_face_is_left_alone(turned: Turned) -> None:
    image, landmarks = turned()
    view = frontal_view(landmarks)
    frontal = sample(image, view)
    assert difference(soften(frontal, view), frontal, view.inside) < 1


@pytest.mark.parametrize("yaw", [-35, -20, 20, 35])
def test_the_hidden_half_comes_from_the_other_one(turned: Turned, yaw: int) -> None:
    image, landmarks = turned(yaw)
    view = frontal_view(landmarks)
    frontal, share = sample(image, view), mirrored_share(view)
    halves = (slice(0, 32), slice(32, None))
    far, near = halves if yaw < 0 else halves[::-1]
    assert share[:, far][view.inside[:, far]].mean() > 0.25
    assert share[:, near][view.inside[:, near]].mean() < 0.02
    soft = soften(frontal, view)
    np.testing.assert_array_equal(soft[:, near][share[:, near] == 0], frontal[:, near][share[:, near] == 0])
    mirrored = difference(soft, soft[:, ::-1], view.inside)
    assert mirrored < 0.6 * difference(frontal, frontal[:, ::-1], view.inside)


@pytest.mark.parametrize("yaw", [-30, 30])
def test_a_turned_face_comes_closer_to_itself_seen_from_the_front(turned: Turned, yaw: int) -> None:
    straight, turned_ = frontal_view(turned()[1]), frontal_view(turned(yaw)[1])
    aim, frontal = sample(turned()[0], straight), sample(turned(yaw)[0], turned_)
    assert difference(soften(frontal, turned_), aim, straight.inside) < difference(frontal, aim, straight.inside)


def test_shares_are_shares_and_nothing_is_added_outside(turned: Turned) -> None:
    image, landmarks = turned(-25, 10, 20)
    view = frontal_view(landmarks)
    for values in (occlusion(view), mirrored_share(view)):
        assert values.dtype == np.float32
        assert 0 <= values.min() <= values.max() < 1
        assert (values[~view.inside] == 0).all()
    assert (soften(sample(image, view), view)[~view.inside] == 0).all()


def test_golden_values(turned: Turned) -> None:
    """If these change, so does what a face store holds: raise ``symmetry.VERSION``."""
    share = mirrored_share(frontal_view(turned(25)[1], size=16))
    assert VERSION == 1
    np.testing.assert_allclose(share[8, [2, 5, 10, 13]], [0, 0, 0.772, 0.583], atol=0.02)
