"""Inception V2: TF-Slim's sizes, its borders, and its variables read from a file."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from fer_lab.errors import ConfigError, StoreError
from fer_lab.models.inception_backbone import LEAST, InceptionBackbone, Pool, Same
from fer_lab.models.inception_v2 import InceptionV2
from fer_lab.models.weights import load_backbone

SHAPES = [(192, 28), (256, 28), (320, 28), *[(576, 14)] * 5, *[(1024, 7)] * 3]
"""Channels and side of the maps after each block at 224 px, as TF-Slim's own test has them."""


def test_it_has_as_many_variables_as_tf_slims() -> None:
    with torch.device("meta"):
        network = InceptionV2(60, InceptionBackbone())
        shapes = [tuple(network.backbone.through(torch.rand(2, 3, 224, 224), n).shape[1:3]) for n in range(1, 12)]
    assert sum(value.numel() for value in network.backbone.kept().values()) == 10_173_112  # tf-slim, inception_v2_test
    assert shapes == SHAPES
    assert {name for name, p in network.named_parameters() if p.requires_grad} == {
        "head.output.weight",
        "head.output.bias",
    }


def test_narrower_ones_keep_as_many_channels_as_tf_slims() -> None:
    widths = [unit.conv.out_channels for unit in InceptionBackbone(1 / 16, 32).modules() if hasattr(unit, "conv")]
    assert min(widths) == LEAST
    assert max(widths) == 22  # 352 / 16


@pytest.mark.parametrize(("side", "stride", "size"), [(8, 2, 3), (7, 2, 3), (8, 2, 7), (9, 2, 7), (8, 1, 3)])
def test_borders_are_those_of_tensorflow(side: int, stride: int, size: int) -> None:
    out = -(-side // stride)
    missing = max((out - 1) * stride + size - side, 0)
    expected = F.pad(torch.ones(1, 1, side, side), (missing // 2, missing - missing // 2) * 2)
    assert torch.equal(Same(size, stride)(torch.ones(1, 1, side, side)), expected)


def test_pooling_leaves_the_border_out() -> None:
    ones = torch.ones(1, 1, 4, 4)
    assert torch.equal(Pool("average", 1)(ones), ones)
    assert torch.equal(Pool("max", 2)(-ones), -ones[..., :2, :2])


@pytest.fixture
def variables() -> dict[str, Tensor]:
    """What a checkpoint of TF-Slim holds: filters as (h, w, in, out)."""
    torch.manual_seed(2)
    own = InceptionBackbone(1 / 16, 32).kept()
    found = {f"InceptionV2/{name}": _as_tensorflow(name, value) for name, value in own.items()}
    return found | {
        "InceptionV2/Logits/Conv2d_1c_1x1/weights": torch.rand(1, 1, 64, 1001),
        "global_step": torch.ones(1),
    }


def _as_tensorflow(name: str, value: Tensor) -> Tensor:
    if name.endswith("depthwise_weights"):  # (channels x filters, 1, h, w) -> (h, w, channels, filters)
        return value.unflatten(0, (3, -1))[:, :, 0].permute(2, 3, 0, 1).contiguous()
    return value.permute(2, 3, 1, 0).contiguous() if value.dim() == 4 else torch.rand_like(value) + 0.5


def test_tf_slims_variables_are_read(variables: dict[str, Tensor], tmp_path: Path) -> None:
    save_file(variables, tmp_path / "inception_v2.safetensors")
    model = InceptionV2(6, InceptionBackbone(1 / 16, 32, str(tmp_path / "inception_v2.safetensors")))
    weights = load_backbone(model)
    assert (weights.identity, weights.mean, weights.std) == ("imagenet", (0.5,) * 3, (0.5,) * 3)
    for name, value in model.backbone.kept().items():
        given = variables[f"InceptionV2/{name}"]
        if value.dim() < 4:
            assert torch.equal(value, given)
    images = torch.rand(2, 3, 32, 32)
    by_hand = _first_layer(images * 2 - 1, variables)
    stem = model.backbone.eval().stem
    torch.testing.assert_close(stem.Conv2d_1a_7x7(model.backbone.prepare(images)), by_hand)


def _first_layer(x: Tensor, variables: dict[str, Tensor]) -> Tensor:
    """Each channel with each of its filters, then a matrix over all of them, written out."""
    place = "InceptionV2/Conv2d_1a_7x7/"
    filters = variables[f"{place}depthwise_weights"]
    x = F.pad(x, (2, 3, 2, 3))
    maps = [
        F.conv2d(x[:, c : c + 1], filters[None, None, :, :, c, m], stride=2)
        for c in range(3)
        for m in range(filters.shape[3])
    ]
    mixed = torch.einsum("bchw,cd->bdhw", torch.cat(maps, 1), variables[f"{place}pointwise_weights"][0, 0])
    return F.relu(mixed + variables[f"{place}biases"].view(1, -1, 1, 1))


def test_a_file_without_a_layer_and_weights_that_cannot_be_fetched_are_refused(
    variables: dict[str, Tensor], tmp_path: Path
) -> None:
    del variables["InceptionV2/Mixed_4c/Branch_2/Conv2d_0c_3x3/weights"]
    save_file(variables, tmp_path / "x.safetensors")
    with pytest.raises(StoreError, match="Mixed_4c/Branch_2/Conv2d_0c_3x3/weights"):
        load_backbone(InceptionV2(6, InceptionBackbone(1 / 16, 32, str(tmp_path / "x.safetensors"))))
    with pytest.raises(ConfigError, match=r"paths\.inception_v2"):
        load_backbone(InceptionV2(6, InceptionBackbone(1 / 16, 32, "imagenet")))
