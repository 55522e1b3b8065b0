"""MobileNet (Howard et al. 2017) of faces, batch norm in its convolutions, as it comes for TensorFlow.js."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

from fer_lab.models.layers import Same, initialise
from fer_lab.models.packaged import PackagedBackbone

STEM = 32
BLOCKS: tuple[tuple[int, int], ...] = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1),
)  # fmt: skip
"""Channels and stride of the thirteen pairs of a depthwise and a pointwise convolution."""


class FaceRes(PackagedBackbone):
    """Images (B, 1 or 3, any, any), float in [0, 1] -> features (B, 1024), none negative; see ``PackagedBackbone``."""

    first = "stem.conv.weight"
    comes_with = "faceres"
    names = "stem.conv.weight to block13.pointwise.bias"

    def build(self) -> None:
        """See ``convolved``."""
        convolution = self.convolution(3, STEM, 3, 2)
        self.stem = nn.Sequential(OrderedDict(pad=Same(3, 2), conv=convolution, relu=nn.ReLU6(inplace=True)))
        channels = STEM
        for number, (wide, stride) in enumerate(BLOCKS, start=1):
            self.add_module(f"block{number}", _pair(self.convolution, channels, wide, stride))
            channels = wide
        initialise(self)

    def convolved(self) -> list[nn.Module]:
        """The first convolution, and the thirteen pairs."""
        return [self.stem, *(self.get_submodule(f"block{number}") for number in range(1, len(BLOCKS) + 1))]


def _pair(convolution: type[nn.Conv2d], channels: int, wide: int, stride: int) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        pad=Same(3, stride),
        depthwise=convolution(channels, channels, 3, stride, groups=channels),
        relu_1=nn.ReLU6(inplace=True),
        pointwise=convolution(channels, wide, 1),
        relu_2=nn.ReLU6(inplace=True),
    )
    return nn.Sequential(layers)
