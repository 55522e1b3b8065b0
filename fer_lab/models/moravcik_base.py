"""The base CNN for FER2013, a variant of LeNet-5 (Moravčík 2021, sec. 5.2.1, Table 5.1)."""

from __future__ import annotations

from itertools import pairwise

from torch import nn

from fer_lab.models.backbone import Backbone
from fer_lab.models.base import FaceModel
from fer_lab.models.layers import Head, initialise, scaled

CHANNELS: tuple[int, ...] = (64, 128, 160)


class BaseBackbone(Backbone):
    """Grey faces (B, 1, S, S), float in [0, 1] -> features (B, outputs)."""

    def __init__(self, width: float, image_size: int, dropout: float) -> None:
        super().__init__()
        channels = [1, *(scaled(size, width) for size in CHANNELS)]
        pairs = pairwise(channels)
        self.layers = nn.Sequential(*(_block(a, b, dropout) for a, b in pairs))
        self.outputs = channels[-1] * (image_size // 2 ** len(CHANNELS)) ** 2
        initialise(self)

    def blocks(self) -> list[nn.Module]:
        """The three blocks, each ending in pooling."""
        return list(self.layers)


class MoravcikBase(FaceModel):
    """Grey faces (B, 1, S, S), S = 48 in the thesis -> logits; 1,181,863 parameters at width 1 and S = 48.

    Three blocks of one 3x3 convolution, ReLU and pooling; one FC layer of 160. No regularisation (sec. 5.2.1).

    Args:
        num_classes: outputs (7).
        image_size: S, at least 8.
        width: multiplier of all channels and of the FC layer.
        dropout: after each block and after the FC layer; 0 in the thesis's base model.
    """

    def __init__(self, num_classes: int = 7, image_size: int = 48, width: float = 1.0, dropout: float = 0.0) -> None:
        super().__init__()
        self.backbone = BaseBackbone(width, image_size, dropout)
        size = scaled(160, width)
        hidden = nn.Sequential(nn.Linear(self.backbone.outputs, size), nn.ReLU(inplace=True), nn.Dropout(dropout))
        self.head = Head(initialise(hidden), size, num_classes)


def _block(inputs: int, outputs: int, dropout: float) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1)
    return nn.Sequential(convolution, nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Dropout(dropout))
