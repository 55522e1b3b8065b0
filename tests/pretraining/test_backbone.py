"""The embedded backbone: folded batch norm, faces that are nobody's in a twin, made once, better than chance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from fer_lab.models.vgg_backbone import VggBackbone
from fer_lab.models.vgg_face import VGGFace
from fer_lab.models.weights import load_backbone
from fer_lab.pretraining.backbone import (
    BACKBONE,
    CONTRACT,
    SMALL,
    embedded_backbone,
    fold_batch_norm,
    with_batch_norm,
)
from fer_lab.pretraining.portraits import portraits
from fer_lab.storage import is_whole, read_json


@pytest.fixture(scope="session")
def folder() -> Path:
    return embedded_backbone(1 / 16, 32)


def test_folding_leaves_the_function_and_the_architecture() -> None:
    torch.manual_seed(0)
    backbone, plain = VggBackbone(1 / 16, 32), VggBackbone(1 / 16, 32)
    with_batch_norm(backbone)
    backbone(torch.rand(16, 3, 32, 32))
    for layer in backbone.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.uniform_(layer.bias, -0.5, 0.5)
    backbone.eval()
    images = torch.rand(4, 3, 32, 32)
    before = backbone(images)
    fold_batch_norm(backbone)
    torch.testing.assert_close(backbone(images), before, rtol=1e-3, atol=1e-4)
    assert backbone.state_dict().keys() == plain.state_dict().keys()


def test_portraits_are_the_same_again_and_differ_between_people() -> None:
    faces, again = portraits(2, 2, 3, 32), portraits(2, 2, 3, 32)
    assert faces.images.shape == (12, 32, 32, 3)
    assert np.array_equal(faces.images, again.images)
    assert np.bincount(faces.people).tolist() == [6, 6]
    assert np.array_equal(faces.where(faces.people == 1).clips, [0, 0, 0, 1, 1, 1])
    assert faces.images.std() > 10


def test_portraits_do_not_depend_on_the_workers() -> None:
    assert np.array_equal(portraits(2, 1, 2, 32, workers=2).images, portraits(2, 1, 2, 32).images)


def test_the_backbone_knows_held_out_faces(folder: Path) -> None:
    contract = read_json(folder / CONTRACT)
    assert contract["accuracy"] > 5 * contract["chance"]
    assert contract["seeds"] == [900_000, 900_000 + SMALL.people - 1]
    assert contract["identity"] == "identities"


def test_it_is_made_once_and_made_again_when_damaged(folder: Path) -> None:
    made = (folder / BACKBONE).stat().st_mtime_ns
    assert embedded_backbone(1 / 16, 32) == folder
    assert (folder / BACKBONE).stat().st_mtime_ns == made
    whole = (folder / BACKBONE).read_bytes()
    (folder / BACKBONE).write_bytes(whole[:-4] + b"\0\0\0\0")
    assert not is_whole(folder)
    assert (embedded_backbone(1 / 16, 32) / BACKBONE).read_bytes() == whole


def test_a_model_takes_it(folder: Path) -> None:
    model = VGGFace(6, VggBackbone(1 / 16, 32, weights="embedded"))
    record = load_backbone(model, embedded_backbone)
    assert record.identity == "identities"
    assert record.checksum == read_json(folder / CONTRACT)["checksum"]
    assert torch.isfinite(model(torch.rand(2, 3, 32, 32))).all()
