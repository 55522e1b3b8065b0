"""The 13 convolutions of VGG16 (Simonyan & Zisserman 2015; VGG-Face: Parkhi et al. 2015), at any width."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

from torch import Tensor, nn

from fer_lab.errors import ConfigError
from fer_lab.models import vgg_files
from fer_lab.models.layers import initialise, scaled
from fer_lab.models.pretrained import PretrainedBackbone, Weights
from fer_lab.models.weight_files import torchvision_weights

BLOCKS: tuple[tuple[int, ...], ...] = ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3)
Pooling = Literal["none", "average", "max"]


class VggBackbone(PretrainedBackbone):
    """Images (B, 3, S, S), float RGB in [0, 1] -> globally pooled features (B, outputs).

    Args:
        width: multiplier of the channels 64..512.
        image_size: S, at least 32 (five poolings).
        pooling: what follows the last convolution's block: global ``average`` or ``max``, or ``none`` (flattened).
        weights: ``embedded``, ``objects``, ``imagenet``, a VGG-Face file, or None.
        checksum: see ``PretrainedBackbone``.
        channel_order: what a VGG-Face file expects.
        normalise: see ``PretrainedBackbone``.

    Raises:
        ConfigError: the images are too small, or the pooling is unknown.
    """

    first = "conv1_1.weight"

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
        super().__init__(width, image_size, weights, checksum, channel_order, normalise)
        if pooling not in ("none", "average", "max"):
            raise ConfigError(f"backbone.pooling={pooling!r} is unknown", expected="none, average or max")
        self.pooling = pooling
        channels = 3
        for number, block in enumerate(BLOCKS, start=1):
            sizes = [scaled(size, width) for size in block]
            self.add_module(f"block{number}", _block(number, channels, sizes))
            channels = sizes[-1]
        self.outputs = channels * (image_size // 32) ** 2 if pooling == "none" else channels
        self.published = 512 * 7**2 if pooling == "none" else 512
        initialise(self)

    def blocks(self) -> list[nn.Module]:
        """The five blocks of convolutions, each ending in a pooling."""
        return [self.get_submodule(f"block{n}") for n in range(1, len(BLOCKS) + 1)]

    def convolutions(self) -> dict[str, nn.Conv2d]:
        """The 13 convolutions by their names in the Caffe model: ``conv1_1`` .. ``conv5_3``."""
        named = (item for block in self.blocks() for item in block.named_children())
        return {name: module for name, module in named if isinstance(module, nn.Conv2d)}

    @classmethod
    def embedded(cls, width: float, image_size: int) -> Self:
        """Max-pooled."""
        return cls(width, image_size, "max", "embedded")

    def kept(self) -> Mapping[str, Tensor]:
        """``conv1_1.weight`` .. ``conv5_3.bias``."""
        layers = self.convolutions().items()
        return {f"{name}.{kind}": value for name, layer in layers for kind, value in layer.state_dict().items()}

    def read(self, tensors: Mapping[str, Tensor], path: Path) -> Mapping[str, Tensor]:
        """See ``vgg_files.convolutions``."""
        return vgg_files.convolutions(tensors, list(self.convolutions()), path)

    def imagenet(self) -> Weights:
        """torchvision's."""
        from torchvision.models import VGG16_Weights

        return torchvision_weights(VGG16_Weights.IMAGENET1K_V1, self.width)

    def of_file(self, path: Path, checksum: str) -> Weights:
        """VGG-Face."""
        return vgg_files.vgg_face(path, checksum, self.channel_order)

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
