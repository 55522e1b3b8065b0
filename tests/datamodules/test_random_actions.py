"""Actions on whole batches, as images are shown: those that stored copies are made by."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from fer_lab.datamodules.random_actions import RandomActions, applied
from fer_lab.errors import ConfigError
from fer_lab.faces.actions import Action

SIDE = 48
FLIP, TURN, BLUR = Action(flip=True), Action(turn=12.0), Action(blur=0.02)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def images() -> Tensor:
    """Smooth blotches, as bytes show them; (6, 3, S, S)."""
    rough = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3), dtype=np.uint8)
    smooth = np.stack([cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for image in rough])
    return torch.from_numpy(smooth).permute(0, 3, 1, 2) / 255


@pytest.mark.parametrize("action", [FLIP, TURN, BLUR, Action(flip=True, turn=-3.0, blur=0.01)])
def test_a_batch_is_changed_as_stored_copies_are(images: Tensor, action: Action) -> None:
    shown = applied(action, images, generator()).permute(0, 2, 3, 1).numpy() * 255
    given = (images.permute(0, 2, 3, 1).numpy() * 255).round().astype(np.uint8)
    stored = np.stack([action(image, np.random.default_rng(0)) for image in given])
    assert np.abs(shown - stored).mean() < 0.7
    assert np.abs(shown - stored).max() < 4
    assert np.abs(shown - given).mean() > 2


def test_noise_has_its_size_and_stays_within_the_range() -> None:
    grey = torch.full((4, 3, SIDE, SIDE), 0.5)
    noisy = applied(Action(noise=0.05), grey, generator())
    assert float(noisy.std()) == pytest.approx(0.05, rel=0.05)
    loud = applied(Action(noise=2.0), grey, generator())
    assert (float(loud.min()), float(loud.max())) == (0, 1)


def test_a_share_of_the_items_is_changed_by_each_action_alike() -> None:
    drawn = RandomActions([FLIP, TURN, BLUR], 0.3).drawn(30_000, generator())
    assert (drawn + 1).bincount().tolist() == pytest.approx([21_000, 3_000, 3_000, 3_000], rel=0.06)


def test_items_that_are_not_drawn_stay_as_they_are(images: Tensor) -> None:
    change = RandomActions([FLIP], 0.5)
    chosen = change.drawn(len(images), generator(1))
    (shown,) = change((images,), generator(1))
    assert 0 < int((chosen < 0).sum()) < len(images)
    for before, after, number in zip(images, shown, chosen, strict=True):
        assert torch.equal(after, before if number < 0 else before.flip(-1))


def test_the_same_draw_gives_the_same_and_views_and_frames_change_alike(images: Tensor) -> None:
    change = RandomActions([Action(flip=True, turn=5.0, blur=0.01), TURN], 1.0)
    clips = images[:, :, None].repeat(1, 1, 4, 1, 1).transpose(1, 2)
    vectors = torch.rand(len(images), 5)
    one, other, clip, same = change((images, images.clone(), clips, vectors), generator(3))
    torch.testing.assert_close(one, other)
    torch.testing.assert_close(clip, one[:, None].repeat(1, 4, 1, 1, 1))
    assert same is vectors
    assert torch.equal(change((images,), generator(3))[0], one)
    assert not torch.equal(change((images,), generator(4))[0], one)


@pytest.mark.parametrize(("actions", "share", "words"), [([], 0.5, "one or more"), ([FLIP], 1.5, "0 to 1")])
def test_what_cannot_be_done(actions: list[Action], share: float, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        RandomActions(actions, share)
