"""A pretrained network whose last layers are trained on faces (Rosa Ramos 2018, sec. 8.5 and 8.8)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn

from fer_lab.errors import ConfigError
from fer_lab.models.base import FaceModel
from fer_lab.models.layers import HIDDEN, fc_head
from fer_lab.models.normed import measured, unmeasured
from fer_lab.models.pretrained import PretrainedBackbone
from fer_lab.models.standardise import Standardise

SPREAD = 0.01
"""Standard deviation of what new layers start from (sec. 8.8), as published: at width 1 and 224 px."""
Mean = Literal["channel", "pixel"]


class FineTuned(FaceModel):
    """Images (B, 3, S, S), float RGB in [0, 1] -> logits; the last convolutions and the FC layers train.

    The FC layers are new: normally distributed weights, no bias. Convolutions that train go on from the backbone's.
    Weights of a smaller network spread more, by the root of how many fewer inputs a layer has, so that what layers give
    is as large as that of the published size: 0.01 is for 25,088 inputs, of which VGG16 has 512 at width 0.25, 64 px.

    Args:
        num_classes: outputs.
        backbone: of any architecture.
        layers: FC layers: 3 (AlexNet, VGG16) or 1 (ResNet-101).
        dropout: after each hidden FC layer; the rate is not stated, that of the published networks.
        convolutions: how many of the last ones train; 0 freezes the backbone.
        mean: what is subtracted from an image: the mean of the training images, one number a ``channel`` or an image of
            ``pixel``s (sec. 7.3 says both); None: what the backbone's weights were made with. It is kept with the
            weights, as ``backbone.mean``.
        standardise: true: what the FC layers are given is first put about its mean over the training items and divided
            by its deviation, so that a learning rate means the same whatever the backbone's features are like.
        spread: standard deviation of the weights that new layers of the published size start from.
        second: neurons of the second hidden FC layer at width 1 (Athanasiadis 2022, sec. 4.4); None: as in the first.

    Raises:
        ConfigError: it has fewer convolutions, or there is no such mean.
    """

    def __init__(
        self,
        num_classes: int,
        backbone: PretrainedBackbone,
        layers: int = 3,
        dropout: float = 0.5,
        convolutions: int = 0,
        mean: Mean | None = None,
        spread: float = SPREAD,
        standardise: bool | None = None,
        second: int | None = None,
    ) -> None:
        super().__init__()
        if mean not in (None, "channel", "pixel"):
            raise ConfigError(f"model.mean={mean}", expected="channel, pixel, or null for that of the weights")
        self.backbone: PretrainedBackbone = backbone
        self.mean = mean
        if mean == "pixel":
            backbone.mean = backbone.mean.repeat(1, backbone.image_size, backbone.image_size)
        about: Mapping[str, Any] = {"layers": layers, "width": backbone.width, "dropout": dropout, "second": second}
        self.head = fc_head(backbone.outputs, num_classes, **about)
        published = [backbone.published, *[HIDDEN] * (layers - 1)]
        for layer, inputs in zip(_linear(self.head), published, strict=True):
            nn.init.normal_(layer.weight, std=spread * math.sqrt(inputs / layer.in_features))
        self.standardise = Standardise(features=backbone.outputs) if standardise else None
        self.freeze(*_frozen(backbone, convolutions))

    def forward(self, *inputs: Tensor) -> Tensor:
        """Logits (B, classes)."""
        return cast(Tensor, self.head(self._given(*inputs)))

    def features(self, *inputs: Tensor) -> Tensor:
        """What the last linear layer sees (B, F)."""
        return self.head.features(self._given(*inputs))

    def _given(self, *inputs: Tensor) -> Tensor:
        """What the FC layers are given (B, outputs)."""
        found: Tensor = self.backbone(*inputs)
        return found if self.standardise is None else self.standardise(found)

    def fit(self, inputs: Iterable[tuple[Tensor, ...]]) -> None:
        """Take the statistics of the maps, where batch norm was put back, and of the features, where they are
        standardised, unless they came with the weights."""
        standardise = self.standardise if self.standardise is not None and not self.standardise.known else None
        norms = unmeasured(self.backbone)
        if standardise is None and not norms:
            return
        with torch.no_grad(), measured(norms):
            features = torch.cat([self.backbone(images).float() for (images,) in inputs])
        if standardise is not None:
            standardise.fit(features)

    def start_from(self, *parents: Mapping[str, Tensor]) -> None:
        """Take everything that the same network has learned, the mean that it subtracts and its statistics.

        Raises:
            ConfigError: the parent has other layers, sizes or classes.
        """
        (parent,) = parents
        frozen = tuple(f"{name}." for name in self.frozen)
        own = {name: value.shape for name, value in self.state_dict().items() if not name.startswith(frozen)}
        if {name: value.shape for name, value in parent.items()} != own:
            raise ConfigError(
                "the parent's weights do not fit FineTuned", expected="the same network, of as many classes"
            )
        self.load_state_dict(parent, strict=False)
        self.mean = None
        for one in unmeasured(self.backbone):
            one.known = True
        if self.standardise is not None:
            self.standardise.known = True

    def fit_images(self, inputs: Iterable[tuple[Tensor, ...]]) -> None:
        """Take the mean of the training images, unless that of the weights is asked for."""
        if self.mean is None:
            return
        total, count = torch.zeros_like(self.backbone.mean, dtype=torch.float64), 0
        for (images,) in inputs:
            images = self.backbone.sized(images)
            found = images.double() if self.mean == "pixel" else images.double().mean(dim=(2, 3), keepdim=True)
            total, count = total + found.sum(dim=0), count + len(images)
        self.backbone.mean.copy_(total / count * self.backbone.scale)


def _linear(head: nn.Module) -> list[nn.Linear]:
    return [layer for layer in head.modules() if isinstance(layer, nn.Linear)]


def _frozen(backbone: PretrainedBackbone, convolutions: int) -> list[str]:
    """The modules that do not train: whole blocks where it is all of them, else layer by layer."""
    layers = {name: layer for name, layer in backbone.named_modules() if isinstance(layer, nn.Conv2d | nn.BatchNorm2d)}
    layers = {name: layer for name, layer in layers.items() if name.rpartition(".")[0] not in layers}  # one's own norm
    known = [name for name, layer in layers.items() if isinstance(layer, nn.Conv2d)]
    if not 0 <= convolutions <= len(known):
        raise ConfigError(f"model.convolutions={convolutions}", expected=f"0 to {len(known)}, all of the backbone's")
    trained, blocks = set(known[len(known) - convolutions :]), set(backbone.blocks())
    frozen = []
    for place in (name for name, module in backbone.named_modules() if module in blocks):
        own = [name for name in layers if name.startswith(f"{place}.")]
        frozen += [name for name in own if name not in trained] if trained.intersection(own) else [place]
    return [f"backbone.{name}" for name in frozen]
