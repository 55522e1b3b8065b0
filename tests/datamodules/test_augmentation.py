from __future__ import annotations

import pytest
import torch

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
    amount = 20.0 if name == "rotation" else 0.2
    theta = Augmentation(**{name: amount}).matrices(500, generator())
    a, b, x, c, d, y = theta.flatten(1).T
    size = (a.square() + c.square()).sqrt()
    angle = torch.rad2deg(torch.atan2(c, a)).abs().max()
    shear = ((a * b + c * d) / size.square()).abs().max()
    shift = torch.stack([x, y]).abs().max() / 2
    found = {"rotation": angle, "shift": shift, "zoom": (size - 1).abs().max(), "shear": shear}
    for key, value in found.items():
        assert float(value) == pytest.approx(amount if key == name else 0, rel=0.02, abs=1e-4)


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
