"""ResNet-101 (He et al. 2016), its convolutions, at any width: as Caffe's models have it, or as torchvision's.

The two differ in where a module that halves the maps does so: in its first convolution (He et al., Caffe) or in its 3x3
(torchvision). Which one it is goes with the names in a file of weights.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from torch import Tensor, nn

from fer_lab.models.layers import initialise, scaled
from fer_lab.models.pretrained import PretrainedBackbone, Weights
from fer_lab.models.weight_files import all_of, caffe_weights, torchvision_weights

MODULES = (3, 4, 23, 3)
"""How many modules each stage has; the first of stages 2 to 4 halves the maps."""
WIDER = 4
"""A module's outputs by the channels inside."""
PIXEL_MEAN = (103.0626, 115.9029, 123.1516)
"""Of the training images of He et al.'s models, BGR, 0-255."""


class Bottleneck(nn.Module):
    """Maps (B, C, s, s) -> (B, 4 * inside, s / stride, s / stride): 1x1, 3x3, 1x1, added to what came in.

    Args:
        channels: C.
        inside: channels of the first two convolutions.
        stride: 2 where it halves the maps.
    """

    def __init__(self, channels: int, inside: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, inside, 1, stride, bias=False), nn.BatchNorm2d(inside)
        self.conv2, self.bn2 = nn.Conv2d(inside, inside, 3, padding=1, bias=False), nn.BatchNorm2d(inside)
        self.conv3, self.bn3 = nn.Conv2d(inside, WIDER * inside, 1, bias=False), nn.BatchNorm2d(WIDER * inside)
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Module = nn.Identity()
        if stride > 1 or channels != WIDER * inside:
            convolution = nn.Conv2d(channels, WIDER * inside, 1, stride, bias=False)
            self.downsample = nn.Sequential(convolution, nn.BatchNorm2d(WIDER * inside))

    def halve_in_the_middle(self) -> None:
        """Move the stride to the 3x3 convolution, as in torchvision."""
        self.conv1.stride, self.conv2.stride = self.conv2.stride, self.conv1.stride

    def forward(self, maps: Tensor) -> Tensor:
        """The branch and the shortcut, added."""
        x = self.relu(self.bn1(self.conv1(maps)))
        x = self.relu(self.bn2(self.conv2(x)))
        added: Tensor = self.relu(self.bn3(self.conv3(x)) + self.downsample(maps))
        return added


class ResNetBackbone(PretrainedBackbone):
    """Images (B, 3, S, S), float RGB in [0, 1] -> features (B, 2048 at width 1), averaged over the last maps.

    Args:
        width: multiplier of all channels.
        image_size: S, at least 32.
        weights: ``embedded``, ``objects``, ``imagenet`` (torchvision's), a file of Caffe's layers by name, or None.
        checksum: see ``PretrainedBackbone``.
        channel_order: of what a file expects; None is BGR, as all that come from Caffe do.
        normalise: see ``PretrainedBackbone``.

    Raises:
        ConfigError: the images are too small.
    """

    first = "conv1.weight"
    published = 2048

    def __init__(
        self,
        width: float = 1.0,
        image_size: int = 224,
        weights: str | None = None,
        checksum: str | None = None,
        channel_order: str | None = None,
        normalise: Sequence[Sequence[float]] | None = None,
    ) -> None:
        super().__init__(width, image_size, weights, checksum, channel_order, normalise)
        channels = scaled(64, width)
        stem = OrderedDict(
            conv1=nn.Conv2d(3, channels, 7, 2, 3, bias=False),
            bn1=nn.BatchNorm2d(channels),
            relu=nn.ReLU(inplace=True),
            pool=nn.MaxPool2d(3, 2, ceil_mode=True),  # as Caffe: no border, rounded up
        )
        self.stem = nn.Sequential(stem)
        for stage, count in enumerate(MODULES, start=1):
            inside = scaled(64 * 2 ** (stage - 1), width)
            modules = []
            for number in range(count):
                modules.append(Bottleneck(channels, inside, 2 if number == 0 and stage > 1 else 1))
                channels = WIDER * inside
            self.add_module(f"layer{stage}", nn.Sequential(*modules))
        self.outputs = channels
        initialise(self)
        self._start_as_shortcuts()

    def _start_as_shortcuts(self) -> None:
        """Each module adds nothing at first (Goyal et al. 2017, sec. 5.1): 101 layers hardly train otherwise."""
        for module in self.modules():
            if isinstance(module, Bottleneck):
                nn.init.zeros_(module.bn3.weight)

    def blocks(self) -> list[nn.Module]:
        """What comes before the modules, and each of the 33 modules."""
        return [self.stem, *(module for stage in self._stages() for module in stage)]

    def _stages(self) -> Iterator[nn.Sequential]:
        return (getattr(self, f"layer{stage}") for stage in range(1, len(MODULES) + 1))

    def summarise(self, maps: Tensor) -> Tensor:
        """The mean of the last maps (B, C, s, s)."""
        return maps.mean((2, 3))

    @classmethod
    def embedded(cls, width: float, image_size: int) -> Self:
        """As it is."""
        return cls(width, image_size, "embedded")

    def kept(self) -> Mapping[str, Tensor]:
        """By the names of Caffe: ``conv1.weight``, ``bn2a_branch1.running_var``, ``scale5c_branch2c.bias``."""
        state = self.state_dict()
        return {caffe_name(name): value for name, value in state.items() if "." in name and "tracked" not in name}

    def read(self, tensors: Mapping[str, Tensor], path: Path) -> Mapping[str, Tensor]:
        """From Caffe's names, or torchvision's, whose arrangement it then takes.

        Raises:
            StoreError: a layer is missing.
        """
        if any(name.startswith("layer1.") for name in tensors):
            self._arrange_as_torchvision()
            layers = {name: value for name, value in tensors.items() if name.split(".")[0] != "fc"}
            tensors = {caffe_name(name): value for name, value in layers.items()}
        expected = "the layers of Caffe's ResNet-101 by their names, or torchvision's"
        return all_of(list(self.kept()), tensors, path, "ResNet-101", expected)

    def _arrange_as_torchvision(self) -> None:
        self.stem.pool = nn.MaxPool2d(3, 2, padding=1)
        for module in self.modules():
            if isinstance(module, Bottleneck):
                module.halve_in_the_middle()

    def imagenet(self) -> Weights:
        """torchvision's, fetched into the cache.

        Raises:
            ConfigError: another width than 1 is wanted.
            StoreError: it cannot be fetched.
        """
        from torchvision.models import ResNet101_Weights

        return torchvision_weights(ResNet101_Weights.IMAGENET1K_V1, self.width)

    def of_file(self, path: Path, checksum: str) -> Weights:
        """From Caffe: BGR, 0-255, less the mean of its training images."""
        return caffe_weights(path, checksum, self.channel_order, PIXEL_MEAN)


def caffe_name(name: str) -> str:
    """``layer3.1.bn2.weight`` -> ``scale4b1_branch2b.weight``; torchvision's names of stages, Caffe's of layers."""
    *place, layer, kind = name.removeprefix("stem.").split(".")
    if not place:  # conv1, bn1
        return f"{'conv1' if layer == 'conv1' else _norm(kind, '_conv1')}.{kind}"
    stage, number, *shortcut = place
    block = f"{int(stage.removeprefix('layer')) + 1}{_letter(int(stage[-1]), int(number))}"
    branch = f"{block}_branch{'1' if shortcut else '2' + 'abc'[int(layer[-1]) - 1]}"
    is_norm = layer == "1" if shortcut else layer.startswith("bn")
    return f"{_norm(kind, branch) if is_norm else 'res' + branch}.{kind}"


def _norm(kind: str, of: str) -> str:
    """Caffe keeps a batch norm's statistics and its scale in two layers."""
    return f"{'bn' if kind.startswith('running') else 'scale'}{of}"


def _letter(stage: int, number: int) -> str:
    """A module's name in its stage: a, b, c; of the long ones a, b1, b2 ..."""
    if MODULES[stage - 1] == len("abc"):
        return "abc"[number]
    return f"b{number}" if number else "a"
