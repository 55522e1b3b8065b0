"""Making the embedded backbone: folded batch norm, faces that are nobody's in a twin, made once, better than chance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from fer_lab.models import BACKBONE, CONTRACT
from fer_lab.models.vgg_backbone import VggBackbone
from fer_lab.models.vgg_face import VGGFace
from fer_lab.models.weights import load_backbone
from fer_lab.pretraining import backbone
from fer_lab.pretraining.agreement import agreement
from fer_lab.pretraining.backbone import Recipe, embedded_backbone, fold_batch_norm, with_batch_norm
from fer_lab.pretraining.portraits import portraits
from fer_lab.pretraining.shipped import VGG16, shipped_backbone
from fer_lab.storage import is_whole, read_json

SIZE = (1 / 8, 32)


def test_folding_leaves_the_function_and_the_architecture() -> None:
    torch.manual_seed(0)
    folded, plain = VggBackbone(1 / 16, 32), VggBackbone(1 / 16, 32)
    with_batch_norm(folded)
    folded(torch.rand(16, 3, 32, 32))
    for layer in folded.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.uniform_(layer.bias, -0.5, 0.5)
    folded.eval()
    images = torch.rand(4, 3, 32, 32)
    before = folded(images)
    fold_batch_norm(folded)
    torch.testing.assert_close(folded(images), before, rtol=1e-3, atol=1e-4)
    assert folded.state_dict().keys() == plain.state_dict().keys()


def test_portraits_are_the_same_again_and_differ_between_people() -> None:
    faces, again = portraits(2, 2, 3, 32), portraits(2, 2, 3, 32)
    assert faces.images.shape == (12, 32, 32, 3)
    assert np.array_equal(faces.images, again.images)
    assert np.bincount(faces.people).tolist() == [6, 6]
    assert np.array_equal(faces.where(faces.people == 1).clips, [0, 0, 0, 1, 1, 1])
    assert faces.images.std() > 10


def test_portraits_do_not_depend_on_the_workers() -> None:
    assert np.array_equal(portraits(2, 1, 2, 32, workers=2).images, portraits(2, 1, 2, 32).images)


TINY = Recipe(people=6, clips=3, frames=4, epochs=16, batch=12, workers=1, threads=1)


@pytest.fixture(scope="session")
def folder(cache: Path) -> Path:
    """A backbone of a size that does not ship, trained on few people."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backbone, "recipe_for", lambda _: TINY)
        return embedded_backbone(VggBackbone(*SIZE))


def test_the_backbone_knows_held_out_faces(folder: Path) -> None:
    contract = read_json(folder / CONTRACT)
    assert contract["accuracy"] > 1.5 * contract["chance"]
    assert contract["seeds"] == [900_000, 900_000 + TINY.people - 1]
    assert contract["identity"] == "identities"
    assert contract["recipe"]["people"] == TINY.people


def test_it_is_made_once_and_made_again_when_damaged(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbone, "recipe_for", lambda _: TINY)
    made = (folder / BACKBONE).stat().st_mtime_ns
    assert embedded_backbone(VggBackbone(*SIZE)) == folder
    assert (folder / BACKBONE).stat().st_mtime_ns == made
    whole = (folder / BACKBONE).read_bytes()
    (folder / BACKBONE).write_bytes(whole[:-4] + b"\0\0\0\0")
    assert not is_whole(folder)
    assert (embedded_backbone(VggBackbone(*SIZE)) / BACKBONE).read_bytes() == whole


def test_a_model_takes_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbone, "recipe_for", lambda _: TINY)
    model = VGGFace(6, VggBackbone(*SIZE, weights="embedded"))
    record = load_backbone(model, embedded_backbone)
    assert record.identity == "identities"
    assert record.checksum == read_json(folder / CONTRACT)["checksum"]


def test_how_far_two_backbones_agree(folder: Path) -> None:
    faces = portraits(2, 1, 4, 32)
    alike = agreement(folder, folder, VggBackbone, faces)
    assert alike.cosine == pytest.approx(1)
    assert alike.cka == pytest.approx(1)
    other = agreement(folder, shipped_backbone(VGG16, 1 / 16, 32), VggBackbone, faces)  # type: ignore[arg-type]
    assert other.cka < 0.99
