"""dlib's ResNet of faces (King 2017): 29 convolutions, the affine layers behind them in their weights."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from fer_lab.models.layers import initialise
from fer_lab.models.packaged import PackagedBackbone

LEVELS: tuple[tuple[int, int], ...] = ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1))
"""Channels and blocks of each level; the first block of all but the first level halves the maps."""


class Block(nn.Module):
    """Maps (B, C, s, s) -> (B, wide, s', s'): two convolutions, added to what came in.

    Where it halves, the first convolution has no border, and what came in is averaged by 2 x 2. dlib adds maps of other
    sizes and channels as if the smaller ones went on in zeros.

    Args:
        convolution: what both are.
        channels: C.
        wide: channels of both convolutions.
        halves: whether it halves.
    """

    def __init__(self, convolution: type[nn.Conv2d], channels: int, wide: int, halves: bool) -> None:
        super().__init__()
        self.first = convolution(channels, wide, 3, 2, 0) if halves else convolution(channels, wide, 3, 1, 1)
        self.second = convolution(wide, wide, 3, 1, 1)
        self.halves = halves

    def forward(self, maps: Tensor) -> Tensor:
        """The sum, rectified."""
        x = self.second(F.relu(self.first(maps)))
        shortcut = F.avg_pool2d(maps, 2) if self.halves else maps
        return F.relu(added(x, shortcut))


def added(a: Tensor, b: Tensor) -> Tensor:
    """The sum of two maps (B, C, h, w) of any sizes, the smaller one followed by zeros."""
    sizes = [max(one, other) for one, other in zip(a.shape[1:], b.shape[1:], strict=True)]
    return _filled(a, sizes) + _filled(b, sizes)


def _filled(maps: Tensor, sizes: Sequence[int]) -> Tensor:
    less = [size - own for size, own in zip(sizes, maps.shape[1:], strict=True)]
    return F.pad(maps, (0, less[2], 0, less[1], 0, less[0])) if any(less) else maps


class DlibResNet(PackagedBackbone):
    """Images (B, 1 or 3, any, any), float in [0, 1] -> pooled features (B, 256); see ``PackagedBackbone``."""

    first = "conv1.weight"
    comes_with = "dlib_resnet"
    names = "conv1.weight to conv29.bias"
    least = 103  # its convolutions that halve have no border: of fewer px nothing is left at the end

    def build(self) -> None:
        """See ``convolved``."""
        channels = LEVELS[0][0]
        layers = OrderedDict(
            conv=self.convolution(3, channels, 7, 2), relu=nn.ReLU(inplace=True), pool=nn.MaxPool2d(3, 2)
        )
        self.stem = nn.Sequential(layers)
        blocks: list[nn.Module] = []
        for level, (wide, count) in enumerate(LEVELS):
            for number in range(count):
                blocks.append(Block(self.convolution, channels, wide, number == 0 and level > 0))
                channels = wide
        self.levels = nn.Sequential(*blocks)

        initialise(self)

    def convolved(self) -> list[nn.Module]:
        """The first convolution, and the fourteen blocks."""
        return [self.stem, *self.levels]

    def _called(self, name: str) -> str:
        """``conv1`` is the stem's, then two a block."""
        *place, layer, kind = name.split(".")
        number = 1 if place[0] == "stem" else 2 * int(place[1]) + (2 if layer == "first" else 3)
        return f"conv{number}.{kind}"
