import pytest
import torch

from fer_lab.errors import ConfigError
from fer_lab.models.timm_network import TimmNetwork


def make(name: str = "test_resnet", small: bool = True) -> TimmNetwork:
    return TimmNetwork(7, name, channels=1, small=small, dropout=0.0)


def test_a_small_stem_keeps_the_size_of_the_first_maps() -> None:
    images = torch.rand(2, 1, 64, 64)
    sides = {small: make(small=small).trunk.network.forward_features(images).shape[-1] for small in (True, False)}
    assert sides[True] == 4 * sides[False]
    assert make()(images).shape == (2, 7)


def test_every_parameter_trains() -> None:
    model = make()
    model(torch.rand(4, 1, 48, 48)).square().sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_unknown_networks_and_other_stems_are_refused() -> None:
    with pytest.raises(ConfigError, match="resnet1888"):
        make("resnet1888")
    with pytest.raises(ConfigError, match=r"model\.small=true with test_vit"):
        make("test_vit")
