"""Pieces that several architectures share."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import cast

from torch import Tensor, nn
from torch.nn import functional as F


def scaled(channels: int, width: float) -> int:
    """A layer's channels at a width multiplier (width 1 = as published; never fewer than 4)."""
    return max(4, round(channels * width))


def initialise(module: nn.Module) -> nn.Module:
    """He initialisation of every convolution and linear layer (ReLU networks of this depth need it), zero biases."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Conv3d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return module


class Same(nn.Module):
    """Pad maps as TensorFlow's SAME does: what is odd goes to the right and to the bottom."""

    def __init__(self, size: int, stride: int, value: float = 0.0) -> None:
        super().__init__()
        self.size, self.stride, self.value = size, stride, value

    def forward(self, maps: Tensor) -> Tensor:
        """(B, C, h, w) -> padded, so that a window gives ceil(h / stride) rows and ceil(w / stride) columns."""
        missing = [max(0, (-(-side // self.stride) - 1) * self.stride + self.size - side) for side in maps.shape[-2:]]
        (top, bottom), (left, right) = ((n // 2, n - n // 2) for n in missing)
        return F.pad(maps, (left, right, top, bottom), value=self.value)


class Head(nn.Module):
    """What is trained on a backbone: hidden layers, then one linear output layer.

    Args:
        hidden: from the backbone's output to what the output layer sees (B, width).
        width: its size.
        classes: number of outputs.
    """

    def __init__(self, hidden: nn.Module, width: int, classes: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.output = nn.Linear(width, classes)
        nn.init.normal_(self.output.weight, std=0.01)
        nn.init.zeros_(self.output.bias)

    def features(self, z: Tensor) -> Tensor:
        """What the output layer sees (B, width)."""
        return cast(Tensor, self.hidden(z))

    def forward(self, z: Tensor) -> Tensor:
        """Logits (B, classes)."""
        return cast(Tensor, self.output(self.features(z)))


def fully_connected(sizes: Sequence[int], dropout: float) -> nn.Sequential:
    """Linear layers through ``sizes``, each with ReLU and dropout; empty for a single size."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.ReLU(inplace=True), nn.Dropout(dropout)]
    return cast(nn.Sequential, initialise(nn.Sequential(*layers)))


HIDDEN = 4096
"""Outputs of a hidden FC layer of AlexNet and VGG16."""


def fc_head(inputs: int, classes: int, *, layers: int, width: float, dropout: float, second: int | None = None) -> Head:
    """The FC part of VGG: 4096, 4096 (or ``second``), classes at width 1 (``layers=3``), or the last of them alone."""
    wide = [HIDDEN, second or HIDDEN, *[HIDDEN] * layers][: layers - 1]
    sizes = [inputs, *(scaled(size, width) for size in wide)]
    return Head(fully_connected(sizes, dropout), sizes[-1], classes)
