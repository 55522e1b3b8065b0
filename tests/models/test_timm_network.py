import pytest
import torch

from fer_lab.errors import ConfigError
from fer_lab.models.timm_network import TimmNetwork


def make(name: str = "test_resnet", stem_stride: int | None = 1) -> TimmNetwork:
    return TimmNetwork(7, name, channels=1, stem_stride=stem_stride, dropout=0.0)


def test_a_small_stem_keeps_the_size_of_the_first_maps() -> None:
    images = torch.rand(2, 1, 64, 64)
    sides = {
        stride: make(stem_stride=stride).backbone.network.forward_features(images).shape[-1] for stride in (1, 2, None)
    }
    assert sides[1] == 2 * sides[2] == 4 * sides[None]
    assert make()(images).shape == (2, 7)


def test_every_parameter_trains() -> None:
    model = make()
    model(torch.rand(4, 1, 48, 48)).square().sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_unknown_networks_and_other_stems_are_refused() -> None:
    with pytest.raises(ConfigError, match="resnet1888"):
        make("resnet1888")
    with pytest.raises(ConfigError, match=r"model\.stem_stride=1 with test_vit"):
        make("test_vit")
