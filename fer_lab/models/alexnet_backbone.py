"""The five convolutions of AlexNet (Krizhevsky et al. 2012) as Caffe's `bvlc_alexnet` has them, at any width."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from torch import Tensor, nn

from fer_lab.errors import ConfigError
from fer_lab.models.layers import initialise, scaled
from fer_lab.models.pretrained import PretrainedBackbone, Weights
from fer_lab.models.weight_files import all_of, caffe_weights

CAFFE_MEAN = (104.007, 116.669, 122.679)
"""Of ImageNet's training images, BGR, 0-255, as Caffe's models subtract it."""
STRIDE, SIDE = 4, 224
"""Of the first convolution, for images of this side; smaller ones take a smaller stride, and maps keep their size."""


class AlexNetBackbone(PretrainedBackbone):
    """Images (B, 3, S, S), float RGB in [0, 1] -> the last pooling's maps, flattened (B, 9216 at width 1 and 224 px).

    Poolings round up as Caffe's do: only so 224 px give the 6 x 6 maps of the published FC layers.

    Args:
        width: multiplier of the channels 96..384.
        image_size: S, at least 32.
        weights: ``embedded``, ``objects``, a file of Caffe's layers by their names, or None.
        checksum: see ``PretrainedBackbone``.
        channel_order: of what a file expects; None is BGR, as all that come from Caffe do.
        normalise: see ``PretrainedBackbone``.

    Raises:
        ConfigError: the images are too small.
    """

    first = "conv1.weight"
    fetches = False

    def __init__(
        self,
        width: float = 1.0,
        image_size: int = SIDE,
        weights: str | None = None,
        checksum: str | None = None,
        channel_order: str | None = None,
        normalise: Sequence[Sequence[float]] | None = None,
    ) -> None:
        super().__init__(width, image_size, weights, checksum, channel_order, normalise)
        one, two, three, four, five = (2 * scaled(size // 2, width) for size in (96, 256, 384, 384, 256))
        stride = max(1, round(STRIDE * image_size / SIDE))
        self.block1 = _block("1", nn.Conv2d(3, one, 11, stride), norm=True, pool=True)
        self.block2 = _block("2", nn.Conv2d(one, two, 5, padding=2, groups=2), norm=True, pool=True)
        self.block3 = _block("3", nn.Conv2d(two, three, 3, padding=1))
        self.block4 = _block("4", nn.Conv2d(three, four, 3, padding=1, groups=2))
        self.block5 = _block("5", nn.Conv2d(four, five, 3, padding=1, groups=2), pool=True)
        self.outputs = five * _side(image_size, stride) ** 2
        self.published = 256 * _side(SIDE, STRIDE) ** 2
        initialise(self)

    def blocks(self) -> list[nn.Module]:
        """The five convolutions, each with what follows it."""
        return [self.get_submodule(f"block{number}") for number in range(1, 6)]

    @classmethod
    def embedded(cls, width: float, image_size: int) -> Self:
        """As it is."""
        return cls(width, image_size, "embedded")

    def kept(self) -> Mapping[str, Tensor]:
        """``conv1.weight`` .. ``conv5.bias``."""
        return {name.partition(".")[2]: value for name, value in self.state_dict().items() if ".conv" in name}

    def read(self, tensors: Mapping[str, Tensor], path: Path) -> Mapping[str, Tensor]:
        """By Caffe's names.

        Raises:
            StoreError: a layer is missing.
        """
        expected = "the layers of Caffe's AlexNet by their names, conv1.weight to conv5.bias"
        return all_of(list(self.kept()), tensors, path, "AlexNet", expected)

    def imagenet(self) -> Weights:
        """None that can be fetched: torchvision's AlexNet is another one (Krizhevsky 2014: 64 to 384 channels).

        Raises:
            ConfigError: always.
        """
        raise ConfigError(
            "ImageNet weights of AlexNet cannot be fetched: torchvision's is another architecture",
            expected="a file of bvlc_alexnet's layers",
            do="save them as safetensors (docs/data.md) and name the file: source.objects=<file>, or paths.alexnet "
            "where a cell starts from that; or use source=embedded",
        )

    def of_file(self, path: Path, checksum: str) -> Weights:
        """From Caffe: BGR, 0-255, less the mean of ImageNet's training images."""
        return caffe_weights(path, checksum, self.channel_order, CAFFE_MEAN)


def _block(number: str, convolution: nn.Conv2d, norm: bool = False, pool: bool = False) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict({f"conv{number}": convolution, "relu": nn.ReLU(inplace=True)})
    if norm:
        layers["norm"] = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0)
    if pool:
        layers["pool"] = nn.MaxPool2d(3, 2, ceil_mode=True)
    return nn.Sequential(layers)


def _side(image_size: int, stride: int) -> int:
    """Of the last pooling's maps."""
    side = (image_size - 11) // stride + 1
    for _ in range(3):
        side = -(-(side - 3) // 2) + 1
    return side
