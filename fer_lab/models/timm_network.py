"""Any network of timm from scratch, with a stem for small images."""

from __future__ import annotations

from typing import cast

import timm
from torch import Tensor, nn

from fer_lab.errors import ConfigError, nearest
from fer_lab.models.base import FaceModel
from fer_lab.models.layers import Head
from fer_lab.models.trunk import Trunk


class TimmTrunk(Trunk):
    """Images (B, C, S, S), float in [0, 1] -> features (B, outputs): one block, as only the whole is known of it."""

    def __init__(self, name: str, channels: int, small: bool) -> None:
        super().__init__()
        if name not in timm.list_models():
            known = nearest(name, timm.list_models())
            raise ConfigError(f"model.name={name!r} is no network of timm", expected=f"nearest: {known}")
        self.network = timm.create_model(name, pretrained=False, in_chans=channels, num_classes=0)
        self.outputs = cast(int, self.network.num_features)
        if small:
            _keep_size(self.network, name, channels)

    def blocks(self) -> list[nn.Module]:
        """The whole network."""
        return [self.network]

    def prepare(self, images: Tensor) -> Tensor:
        """To mean 0 and about unit variance (faces in grey: mean .5, deviation .25)."""
        return (images - 0.5) / 0.25


class TimmNetwork(FaceModel):
    """Images (B, C, S, S), float in [0, 1] -> logits.

    Args:
        num_classes: outputs.
        name: of the architecture in timm.
        channels: C, 1 for grey images.
        small: a first convolution of 3x3 without stride and no pooling after it, for images of about 48 px; ResNets
            and their kin only.
        dropout: before the output layer.

    Raises:
        ConfigError: no such architecture, or one without the stem that ``small`` replaces.
    """

    def __init__(self, num_classes: int, name: str, channels: int, small: bool, dropout: float) -> None:
        super().__init__()
        self.trunk = TimmTrunk(name, channels, small)
        self.head = Head(nn.Dropout(dropout), self.trunk.outputs, num_classes)


def _keep_size(network: nn.Module, name: str, channels: int) -> None:
    first = str(network.default_cfg.get("first_conv", ""))  # type: ignore[operator,union-attr]
    if not hasattr(network, "maxpool") or not first:
        raise ConfigError(f"model.small=true with {name}", expected="a ResNet", do="set model.small=false")
    width = network.get_submodule(first).get_parameter("weight").shape[0]
    convolution = nn.Conv2d(channels, width, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    network.set_submodule(first, convolution)
    network.maxpool = nn.Identity()
