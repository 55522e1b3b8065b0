from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hydra.utils import instantiate
from scipy.ndimage import affine_transform

from fer_lab.configs import compose
from fer_lab.datamodules.augmentation import Augmentation

IMAGES = torch.rand(8, 3, 24, 24, generator=torch.Generator().manual_seed(0))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_nothing_changes_by_default() -> None:
    assert Augmentation()((IMAGES,), generator())[0] is IMAGES


def test_a_flip_mirrors_some_items_exactly() -> None:
    (out,) = Augmentation(flip=True)((IMAGES,), generator())
    kept = [torch.allclose(a, b, atol=1e-5) for a, b in zip(out, IMAGES, strict=True)]
    flipped = [torch.allclose(a, b.flip(-1), atol=1e-5) for a, b in zip(out, IMAGES, strict=True)]
    assert [a != b for a, b in zip(kept, flipped, strict=True)] == [True] * 8
    assert 0 < sum(flipped) < 8


@pytest.mark.parametrize("name", ["rotation", "shift", "zoom", "shear"])
def test_each_parameter_has_its_effect_alone(name: str) -> None:
    amount = 20.0 if name in ("rotation", "shear") else 0.2
    theta = Augmentation(**{name: amount}).matrices(2000, generator())
    a, b, x, c, d, y = theta.flatten(1).T
    wide, high = torch.hypot(a, c), torch.hypot(b, d)
    turned, slanted = torch.rad2deg(torch.atan2(b, d)), torch.rad2deg(torch.atan2(-c, a))
    found = {
        "rotation": turned.abs().max(),
        "shift": torch.stack([x, y]).abs().max() / 2,
        "zoom": torch.stack([wide - 1, high - 1]).abs().max(),
        "shear": (slanted - turned).abs().max(),
    }
    for key, value in found.items():
        assert float(value) == pytest.approx(amount if key == name else 0, rel=0.02, abs=1e-4)


def test_width_and_height_are_zoomed_apart() -> None:
    theta = Augmentation(zoom=0.2).matrices(2000, generator())
    assert abs(float(torch.corrcoef(torch.stack([theta[:, 0, 0], theta[:, 1, 1]]))[0, 1])) < 0.1


def test_the_shear_of_a_node_is_in_degrees() -> None:
    """Moravčík 2021, Table 5.3, prints .40 for NN3: a third of a pixel over a face of 48, not 19, as a slope of .40."""
    augmentation = instantiate(compose(["cell=fer2013_tree/nn3"])["augmentation"], rotation=0, zoom=0)
    theta = augmentation.matrices(500, generator())
    assert float(theta[:, 1, 0].abs().max()) * 48 == pytest.approx(0.335, abs=0.01)


def test_the_pixels_are_those_of_the_library_that_the_amounts_are_from() -> None:
    """Keras-Preprocessing 1.1.2: rotation @ shift @ shear @ zoom on (row, column), from output to input pixels."""
    augmentation = Augmentation(rotation=30, shift=0.1, zoom=0.3, shear=20)
    (ours,) = augmentation((IMAGES,), generator(7))
    draws = (torch.rand((7, 8), generator=generator(7)).numpy() * 2 - 1).astype(float)
    for item, (angle, shear, wide, high, across, down, _) in enumerate(draws.T):
        turn, slant = math.radians(30 * angle), math.radians(20 * shear)
        rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
        sheared = np.array([[1, -math.sin(slant)], [0, math.cos(slant)]])
        linear = rotation @ sheared @ np.diag([1 + 0.3 * high, 1 + 0.3 * wide])
        moved = rotation @ np.array([0.1 * down, 0.1 * across]) * 24
        centre = np.full(2, 11.5)
        offset = centre + moved - linear @ centre
        for channel, image in enumerate(IMAGES[item].numpy()):
            theirs = affine_transform(image, linear, offset, order=1, mode="nearest")
            np.testing.assert_allclose(ours[item, channel].numpy(), theirs, atol=1e-4)


def test_places_are_exact_in_half_precision_too() -> None:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        (inside,) = Augmentation(rotation=10, shift=0.1)((IMAGES,), generator())
    assert torch.equal(inside, Augmentation(rotation=10, shift=0.1)((IMAGES,), generator())[0])


def test_a_shift_moves_the_picture_by_that_share() -> None:
    image = torch.zeros(64, 1, 40, 40)
    image[:, :, 20, 20] = 1
    (out,) = Augmentation(shift=0.25)((image,), generator())
    places = out.flatten(1).argmax(1)
    moved = torch.stack([places // 40 - 20, places % 40 - 20]).float().abs()
    assert 8 < float(moved.max()) <= 10.5


def test_a_grey_square_of_at_most_that_side_is_erased() -> None:
    white = torch.ones(64, 1, 40, 40)
    (out,) = Augmentation(erase=0.5)((white,), generator())
    erased = (out == 0.5).flatten(1).sum(1)
    assert ((out == 0.5) | (out > 0.999)).all()
    assert 0 < int((erased == 0).sum()) < 32  # a square may be too small to be seen
    assert 100 < int(erased.max()) <= 20 * 20


def test_views_and_frames_of_an_item_change_alike() -> None:
    clips = IMAGES[:, :, None].repeat(1, 1, 5, 1, 1)
    augmentation = Augmentation(flip=True, rotation=15, shift=0.1, zoom=0.1, shear=0.1)
    still, other, clip = augmentation((IMAGES, IMAGES.clone(), clips), generator())
    torch.testing.assert_close(still, other)
    torch.testing.assert_close(clip, still[:, :, None].repeat(1, 1, 5, 1, 1))


def test_what_is_no_image_passes() -> None:
    vectors, sequences = torch.rand(8, 5), torch.rand(8, 5, 7)
    out = Augmentation(flip=True, rotation=10)((IMAGES, vectors, sequences), generator())
    assert out[1] is vectors
    assert out[2] is sequences


def test_the_same_generator_state_gives_the_same_batch() -> None:
    augmentation = Augmentation(flip=True, rotation=15, shift=0.1)
    assert torch.equal(augmentation((IMAGES,), generator(3))[0], augmentation((IMAGES,), generator(3))[0])
    assert not torch.equal(augmentation((IMAGES,), generator(3))[0], augmentation((IMAGES,), generator(4))[0])
