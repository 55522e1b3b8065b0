"""Making embedded backbones: folded batch norm, faces that are nobody's in a twin, made once, better than chance."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from fer_lab.models import BACKBONE, CONTRACT
from fer_lab.models.pretrained import PretrainedBackbone
from fer_lab.models.vgg_backbone import VggBackbone
from fer_lab.models.vgg_face import VGGFace
from fer_lab.models.weights import load_backbone
from fer_lab.pretraining import backbone
from fer_lab.pretraining.agreement import agreement
from fer_lab.pretraining.backbone import embedded_backbone, fold_batch_norm, with_batch_norm
from fer_lab.pretraining.portraits import portraits
from fer_lab.pretraining.recipes import Identities, Objects, Recipe
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
    assert np.bincount(faces.classes).tolist() == [6, 6]
    assert np.array_equal(faces.where(faces.classes == 1).held_out, [False] * 3 + [True] * 3)
    assert faces.images.std() > 10


def test_portraits_do_not_depend_on_the_workers() -> None:
    assert np.array_equal(portraits(2, 1, 2, 32, workers=2).images, portraits(2, 1, 2, 32).images)


TINY = Identities(people=6, clips=3, frames=4, epochs=16, batch=12, workers=1, threads=1)


TINY_OBJECTS = Objects(kinds=6, drawings=30, epochs=8, batch=24, workers=1, threads=1)


def tiny(backbone: PretrainedBackbone) -> Recipe:
    return TINY_OBJECTS if backbone.weights == "objects" else TINY


@pytest.fixture(scope="session", params=["embedded", "objects"])
def made(cache: Path, request: pytest.FixtureRequest) -> VggBackbone:
    """A backbone of a size that does not ship, for which one has been trained on few people, or objects."""
    like = VggBackbone(*SIZE, weights=request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backbone, "recipe_for", tiny)
        embedded_backbone(like)
    return like


@pytest.fixture
def folder(made: VggBackbone, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where it is found again."""
    monkeypatch.setattr(backbone, "recipe_for", tiny)
    return embedded_backbone(made)


def test_the_backbone_knows_held_out_images(made: VggBackbone, folder: Path) -> None:
    contract, recipe = read_json(folder / CONTRACT), tiny(made)
    assert contract["accuracy"] > 1.5 * contract["chance"]
    assert contract["chance"] == pytest.approx(1 / recipe.classes)
    assert contract["recipe"] == asdict(recipe)
    assert {key: contract[key] for key in ("origin", "identity", "seeds")} == recipe.about()


def test_what_was_learned_is_said(made: VggBackbone, folder: Path) -> None:
    contract = read_json(folder / CONTRACT)
    if made.weights == "objects":
        assert (contract["origin"], contract["identity"]) == ("embedded: 6 kinds of drawn objects", "objects")
    else:
        assert (contract["origin"], contract["identity"]) == ("embedded: 6 generated identities", "identities")
        assert contract["seeds"] == [900_000, 900_005]


def test_it_is_made_once_and_made_again_when_damaged(made: VggBackbone, folder: Path) -> None:
    first = (folder / BACKBONE).stat().st_mtime_ns
    assert embedded_backbone(made) == folder
    assert (folder / BACKBONE).stat().st_mtime_ns == first
    whole = (folder / BACKBONE).read_bytes()
    (folder / BACKBONE).write_bytes(whole[:-4] + b"\0\0\0\0")
    assert not is_whole(folder)
    assert (embedded_backbone(made) / BACKBONE).read_bytes() == whole


def test_a_model_takes_it(made: VggBackbone, folder: Path) -> None:
    record = load_backbone(VGGFace(6, made), embedded_backbone)
    assert record.identity == {"embedded": "identities", "objects": "objects"}[str(made.weights)]
    assert record.checksum == read_json(folder / CONTRACT)["checksum"]


def test_how_far_two_backbones_agree(folder: Path) -> None:
    faces = portraits(2, 1, 4, 32)
    alike = agreement(folder, folder, VggBackbone, faces)
    assert alike.cosine == pytest.approx(1)
    assert alike.cka == pytest.approx(1)
    other = agreement(folder, shipped_backbone(VGG16, 1 / 16, 32), VggBackbone, faces)  # type: ignore[arg-type]
    assert other.cka < 0.99
