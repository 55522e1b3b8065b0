"""Any network of timm from scratch, with a stem for small images."""

from __future__ import annotations

from typing import cast

import timm
from torch import Tensor, nn

from fer_lab.errors import ConfigError, nearest
from fer_lab.models.backbone import Backbone
from fer_lab.models.base import FaceModel
from fer_lab.models.layers import Head


class TimmBackbone(Backbone):
    """Images (B, C, S, S), float in [0, 1] -> features (B, outputs): one block, as only the whole is known of it."""

    def __init__(self, name: str, channels: int, stem_stride: int | None) -> None:
        super().__init__()
        if name not in timm.list_models():
            known = nearest(name, timm.list_models())
            raise ConfigError(f"model.name={name!r} is no network of timm", expected=f"nearest: {known}")
        self.network = timm.create_model(name, pretrained=False, in_chans=channels, num_classes=0)
        self.outputs = cast(int, self.network.num_features)
        if stem_stride is not None:
            _replace_stem(self.network, name, channels, stem_stride)

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
        stem_stride: of a first convolution of 3x3 with no pooling after it, for images of about 48 px (1 keeps their
            size, 2 takes a quarter of the time); None keeps the stem. ResNets and their kin only.
        dropout: before the output layer.

    Raises:
        ConfigError: no such architecture, or one without the stem that is replaced.
    """

    def __init__(self, num_classes: int, name: str, channels: int, stem_stride: int | None, dropout: float) -> None:
        super().__init__()
        self.backbone = TimmBackbone(name, channels, stem_stride)
        self.head = Head(nn.Dropout(dropout), self.backbone.outputs, num_classes)


def _replace_stem(network: nn.Module, name: str, channels: int, stride: int) -> None:
    first = str(network.default_cfg.get("first_conv", ""))  # type: ignore[operator,union-attr]
    if not hasattr(network, "maxpool") or not first:
        raise ConfigError(
            f"model.stem_stride={stride} with {name}", expected="a ResNet", do="set model.stem_stride=null"
        )
    width = network.get_submodule(first).get_parameter("weight").shape[0]
    convolution = nn.Conv2d(channels, width, 3, stride, padding=1, bias=False)
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    network.set_submodule(first, convolution)
    network.maxpool = nn.Identity()
