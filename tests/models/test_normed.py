"""Batch norm that is put back: it changes no answer, has the statistics of the training items, and trains."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from fer_lab.errors import ConfigError
from fer_lab.models.dlib_resnet import DlibResNet
from fer_lab.models.efficientnet_lite0 import EfficientNetLite0
from fer_lab.models.faceres import FaceRes
from fer_lab.models.fine_tuned import FineTuned
from fer_lab.models.normed import NormedConv2d, unmeasured
from fer_lab.models.packaged import PackagedBackbone

SIZE = 32


def network(batch_norm: bool | None, convolutions: int = 27) -> FineTuned:
    """One with weights that are the same each time, and biases."""
    torch.manual_seed(0)
    model = FineTuned(7, FaceRes(SIZE), layers=1, convolutions=convolutions, standardise=True, dropout=0.0)
    if batch_norm is None:
        return model
    normed = FineTuned(
        7, FaceRes(SIZE, batch_norm=batch_norm), layers=1, convolutions=convolutions, standardise=True, dropout=0.0
    )
    normed.load_state_dict(model.state_dict(), strict=False)
    return normed


def batches() -> list[tuple[Tensor, ...]]:
    generator = torch.Generator().manual_seed(1)
    return [(torch.rand(count, 1, SIZE, SIZE, generator=generator),) for count in (8, 8, 3)]


def test_it_changes_no_answer_until_it_trains() -> None:
    plain, normed = network(None), network(True)
    assert isinstance(normed.backbone, FaceRes)
    assert len(unmeasured(normed)) == len([one for one in plain.modules() if isinstance(one, nn.Conv2d)]) == 27
    (images,) = batches()[0]
    with torch.no_grad():
        torch.testing.assert_close(normed.backbone.eval()(images), plain.backbone.eval()(images))
        for model in (plain, normed):
            model.train().fit(batches())
            model.eval()
        torch.testing.assert_close(normed(images), plain(images), atol=1e-4, rtol=1e-4)
        assert unmeasured(normed) == []
        assert not torch.allclose(normed.train()(images), plain(images), atol=1e-2)  # statistics of the batch now


def test_its_statistics_are_those_of_the_training_items() -> None:
    normed = network(True)
    normed.fit(batches())
    stem = normed.backbone.get_submodule("stem.conv")
    assert isinstance(stem, NormedConv2d)
    images = torch.cat([one for (one,) in batches()])
    with torch.no_grad():
        maps = nn.Conv2d.forward(stem, normed.backbone.get_submodule("stem.pad")(normed.backbone.prepare(images)))
    torch.testing.assert_close(stem.norm.running_mean, maps.mean((0, 2, 3)))
    torch.testing.assert_close(stem.norm.running_var, maps.var((0, 2, 3), correction=0), atol=1e-6, rtol=1e-4)


def test_that_of_frozen_convolutions_stays() -> None:
    normed = network(True, convolutions=2)
    normed.fit(batches())
    before = {name: value.clone() for name, value in normed.state_dict().items()}
    normed.train()
    normed(torch.rand(4, 1, SIZE, SIZE))
    moved = {name for name, value in normed.state_dict().items() if not torch.equal(value, before[name])}
    assert {name.rpartition(".")[0] for name in moved} == {
        f"backbone.block13.{kind}.norm" for kind in ("depthwise", "pointwise")
    }
    assert all(parameter.requires_grad for parameter in normed.backbone.get_submodule("block13").parameters())
    assert not any(parameter.requires_grad for parameter in normed.backbone.get_submodule("block12").parameters())


def test_a_network_that_goes_on_keeps_what_its_parent_has() -> None:
    parent, child = network(True), network(True)
    parent.fit(batches())
    child.start_from(parent.state_dict())
    child.fit([(torch.zeros(4, 1, SIZE, SIZE),)])
    for name, value in parent.state_dict().items():
        torch.testing.assert_close(child.state_dict()[name], value)


@pytest.mark.parametrize("kind", [FaceRes, DlibResNet])
def test_files_of_weights_do_not_have_it(kind: type[PackagedBackbone]) -> None:
    plain, normed = kind(kind.least), kind(kind.least, batch_norm=True)
    assert normed.kept().keys() == plain.kept().keys()
    normed.load_state_dict(plain.state_dict(), strict=False)
    images = torch.rand(2, 1, kind.least, kind.least)
    with torch.no_grad():
        torch.testing.assert_close(normed.eval()(images), plain.eval()(images))


def test_a_network_that_has_its_own_is_given_none() -> None:
    with pytest.raises(ConfigError, match=r"backbone\.batch_norm=true with EfficientNetLite0"):
        EfficientNetLite0(SIZE, batch_norm=True)
