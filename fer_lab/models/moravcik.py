"""The final CNN for FER2013 (Moravčík 2021, sec. 5.2.2, Table 5.2), and with fewer blocks the nodes of the tree."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from fer_lab.errors import ConfigError
from fer_lab.models.backbone import Backbone
from fer_lab.models.base import FaceModel
from fer_lab.models.layers import Head, initialise, scaled

CHANNELS: tuple[int, ...] = (64, 128, 256, 256)


class MoravcikBackbone(Backbone):
    """Grey faces (B, 1, S, S), float in [0, 1] (the thesis's min-max scaling) -> features (B, outputs)."""

    def __init__(self, width: float, image_size: int, dropout: Sequence[float]) -> None:
        super().__init__()
        channels = [1, *(scaled(size, width) for size in CHANNELS[: len(dropout)])]
        pairs = zip(channels[:-1], channels[1:], dropout, strict=True)
        self.layers = nn.Sequential(*(_block(a, b, rate) for a, b, rate in pairs))
        self.outputs = channels[-1] * (image_size // 2 ** len(dropout)) ** 2
        initialise(self)

    def blocks(self) -> list[nn.Module]:
        """The blocks, each ending in pooling and dropout."""
        return list(self.layers)


class MoravcikCNN(FaceModel):
    """Grey faces (B, 1, S, S), S = 48 in the thesis -> logits.

    Blocks of two 3x3 convolutions, each with ReLU and then batch norm, pooling and dropout; one FC layer of 256.
    ReLU before batch norm and the dropout rates are not in the thesis; they are those of its author's public code.

    Args:
        num_classes: outputs (7).
        image_size: S, at least 16.
        width: multiplier of all channels and of the FC layer.
        dropout: rates after each block, and after the FC layer: with five rates there are four blocks, as in the final
            model; the nodes of the decision tree have two or three (Table 5.3), the first ones of the final model.

    Raises:
        ConfigError: too few or too many rates, or too small images.
    """

    def __init__(
        self,
        num_classes: int = 7,
        image_size: int = 48,
        width: float = 1.0,
        dropout: Sequence[float] = (0.2, 0.3, 0.4, 0.4, 0.5),
    ) -> None:
        super().__init__()
        if not 2 <= len(dropout) <= len(CHANNELS) + 1 or image_size < 16:
            raise ConfigError(
                f"model.dropout={list(dropout)}, model.image_size={image_size}",
                expected=f"2 to {len(CHANNELS) + 1} dropout rates and images of at least 16 px",
            )
        self.backbone = MoravcikBackbone(width, image_size, dropout[:-1])
        size = scaled(256, width)
        hidden = nn.Sequential(
            nn.Linear(self.backbone.outputs, size),
            nn.ReLU(inplace=True),
            nn.BatchNorm1d(size),
            nn.Dropout(dropout[-1]),
        )
        self.head = Head(initialise(hidden), size, num_classes)


def _block(inputs: int, outputs: int, dropout: float) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [nn.Conv2d(channels, outputs, 3, padding=1), nn.ReLU(inplace=True), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, nn.MaxPool2d(2), nn.Dropout(dropout))
