"""The 13 convolutions of VGG16 (Simonyan & Zisserman 2015; VGG-Face: Parkhi et al. 2015), at any width."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from fer_lab.errors import ConfigError
from fer_lab.models.backbone import Backbone
from fer_lab.models.layers import initialise, scaled

BLOCKS: tuple[tuple[int, ...], ...] = ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3)
Pooling = Literal["none", "average", "max"]


class VggBackbone(Backbone):
    """Images (B, 3, S, S), float RGB in [0, 1] -> globally pooled features (B, outputs).

    Normalisation is inside: ``(x * scale - mean) / std`` per channel, set with the weights. Weights made for BGR
    input are turned to RGB when they are loaded, so that the order of channels is RGB everywhere.

    Args:
        width: multiplier of the channels 64..512.
        image_size: S, at least 32 (five poolings).
        pooling: what follows the last convolution's block: global ``average`` or ``max``, or ``none`` (flattened).
        weights: what ``fer_lab.models.weights.load_backbone`` is to put into it: ``embedded``, ``imagenet``, a VGG-Face
            file, or None (it starts at random).
        checksum: SHA-256 that the file must have.
        channel_order: ``RGB`` or ``BGR``, what a VGG-Face file expects.
        normalise: mean and standard deviation of each channel, RGB, in [0, 1], where a thesis prints its own; None
            takes those that the weights were made with.

    Raises:
        ConfigError: the images are too small, or the pooling is unknown.
    """

    mean: Tensor
    scale: Tensor
    std: Tensor

    def __init__(
        self,
        width: float = 1.0,
        image_size: int = 224,
        pooling: Pooling = "max",
        weights: str | None = None,
        checksum: str | None = None,
        channel_order: str | None = None,
        normalise: Sequence[Sequence[float]] | None = None,
    ) -> None:
        super().__init__()
        _check(image_size, pooling)
        self.width, self.image_size, self.pooling = width, image_size, pooling
        self.weights, self.checksum, self.channel_order = weights, checksum, channel_order
        self.normalised = None if normalise is None else (normalise[0], normalise[1])
        self.register_buffer("mean", torch.full((3, 1, 1), 0.5))
        self.register_buffer("scale", torch.ones(1))
        self.register_buffer("std", torch.full((3, 1, 1), 0.25))
        channels = 3
        for number, block in enumerate(BLOCKS, start=1):
            sizes = [scaled(size, width) for size in block]
            self.add_module(f"block{number}", _block(number, channels, sizes))
            channels = sizes[-1]
        self.outputs = channels * (image_size // 32) ** 2 if pooling == "none" else channels
        initialise(self)

    def blocks(self) -> list[nn.Module]:
        """The five blocks of convolutions, each ending in a pooling."""
        return [self.get_submodule(f"block{n}") for n in range(1, len(BLOCKS) + 1)]

    def convolutions(self) -> dict[str, nn.Conv2d]:
        """The 13 convolutions by their names in the Caffe model: ``conv1_1`` .. ``conv5_3``."""
        named = (item for block in self.blocks() for item in block.named_children())
        return {name: module for name, module in named if isinstance(module, nn.Conv2d)}

    def normalise_with(self, mean: Sequence[float], std: Sequence[float], scale: float) -> None:
        """Set the normalisation; ``mean`` and ``std`` in RGB order and in units of ``scale`` (1 or 255)."""
        self.mean.copy_(torch.tensor(mean).view(3, 1, 1))
        self.std.copy_(torch.tensor(std).view(3, 1, 1))
        self.scale.fill_(scale)

    def prepare(self, images: Tensor) -> Tensor:
        """Normalise images (B, 3, S, S)."""
        return (images * self.scale - self.mean) / self.std

    def summarise(self, maps: Tensor) -> Tensor:
        """Global pooling of the last block's maps (B, C, s, s)."""
        if self.pooling == "average":
            return maps.mean((2, 3))
        return maps.amax((2, 3)) if self.pooling == "max" else maps.flatten(1)


def _block(number: int, channels: int, sizes: Sequence[int]) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for i, size in enumerate(sizes, start=1):
        layers[f"conv{number}_{i}"] = nn.Conv2d(channels, size, 3, padding=1)
        layers[f"relu{number}_{i}"] = nn.ReLU(inplace=True)
        channels = size
    layers["pool"] = nn.MaxPool2d(2)
    return nn.Sequential(layers)


def _check(image_size: int, pooling: str) -> None:
    if image_size < 32:
        raise ConfigError(
            f"backbone.image_size={image_size} is too small for VGG16",
            expected="at least 32 (five poolings halve it)",
            do="set profile.image_size to 32 or more",
        )
    if pooling not in ("none", "average", "max"):
        raise ConfigError(f"backbone.pooling={pooling!r} is unknown", expected="none, average or max")
