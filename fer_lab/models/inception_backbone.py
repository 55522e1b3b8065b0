"""Inception V2, that is Inception with batch norm (Ioffe & Szegedy 2015), as TF-Slim has it, at any width.

Its names are TF-Slim's, so that the published checkpoint can be read: ``Mixed_3b/Branch_1/Conv2d_0b_3x3``. As there,
the first convolution is separable and has no batch norm, those of the others have no scale, and borders are padded as
TensorFlow's ``SAME`` does.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fer_lab.errors import ConfigError
from fer_lab.models.layers import Same, initialise
from fer_lab.models.pretrained import PretrainedBackbone, Weights
from fer_lab.models.weight_files import all_of

LEAST = 16
"""Channels of a layer at the least, as in TF-Slim."""
DEPTHWISE = 8
"""Filters of the first convolution for each channel of the image, at most."""


class Mixed(NamedTuple):
    """Channels of a module's branches: 1x1; 1x1 and 3x3; 1x1 and two 3x3; 1x1 behind a 3x3 pooling.

    A module that halves the maps has no first branch of its own, its second one ends in a stride of 2 as the third one
    does, and its pooling, of stride 2, has no convolution.
    """

    one: int
    three: tuple[int, int]
    five: tuple[int, int]
    pooled: int
    pooling: str = "average"


MIXED: Mapping[str, Mixed] = {
    "Mixed_3b": Mixed(64, (64, 64), (64, 96), 32),
    "Mixed_3c": Mixed(64, (64, 96), (64, 96), 64),
    "Mixed_4a": Mixed(0, (128, 160), (64, 96), 0, "max"),
    "Mixed_4b": Mixed(224, (64, 96), (96, 128), 128),
    "Mixed_4c": Mixed(192, (96, 128), (96, 128), 128),
    "Mixed_4d": Mixed(160, (128, 160), (128, 160), 96),
    "Mixed_4e": Mixed(96, (128, 192), (160, 192), 96),
    "Mixed_5a": Mixed(0, (128, 192), (192, 256), 0, "max"),
    "Mixed_5b": Mixed(352, (192, 320), (160, 224), 128),
    "Mixed_5c": Mixed(352, (192, 320), (192, 224), 128, "max"),
}
"""The modules in their order, at width 1 (Ioffe & Szegedy 2015, figure 5; TF-Slim's inception_v2)."""


class InceptionBackbone(PretrainedBackbone):
    """Images (B, 3, S, S), float RGB in [0, 1] -> features (B, 1024 at width 1), averaged over the last module's maps.

    Args:
        width: multiplier of all channels, of which a layer has ``LEAST`` at least.
        image_size: S, at least 32.
        weights: ``embedded``, TF-Slim's inception_v2 as safetensors, or None.
        checksum: see ``PretrainedBackbone``.
        channel_order: None; the published checkpoint sees RGB.
        normalise: see ``PretrainedBackbone``.

    Raises:
        ConfigError: the images are too small.
    """

    first = "Conv2d_1a_7x7/depthwise_weights"
    fetches = False
    published = 1024

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
        sizes = [_depth(size, width) for size in (64, 64, 192)]
        self.stem = nn.Sequential(
            OrderedDict(
                Conv2d_1a_7x7=_separable(3, sizes[0]),
                pool_1=Pool("max", 2),
                Conv2d_2b_1x1=_unit(sizes[0], sizes[1], 1),
                Conv2d_2c_3x3=_unit(sizes[1], sizes[2], 3),
                pool_2=Pool("max", 2),
            )
        )
        channels = sizes[2]
        for name, mixed in MIXED.items():
            module = Inception(channels, mixed, width)
            self.add_module(name, module)
            channels = module.outputs
        self.outputs = channels
        initialise(self)

    def blocks(self) -> list[nn.Module]:
        """What comes before the modules, and the ten modules."""
        return [self.stem, *(self.get_submodule(name) for name in MIXED)]

    def summarise(self, maps: Tensor) -> Tensor:
        """The mean of the last module's maps (B, C, s, s)."""
        return maps.mean((2, 3))

    @classmethod
    def embedded(cls, width: float, image_size: int) -> Self:
        """As it is."""
        return cls(width, image_size, "embedded")

    def kept(self) -> Mapping[str, Tensor]:
        """By TF-Slim's names, without the scope of the network: ``Mixed_3b/Branch_0/Conv2d_0a_1x1/weights``."""
        state = self.state_dict()
        return {_slim(name): value for name, value in state.items() if "." in name and not name.endswith("tracked")}

    def read(self, tensors: Mapping[str, Tensor], path: Path) -> Mapping[str, Tensor]:
        """From a file of its own, or the variables of TF-Slim's checkpoint, which lay a filter out as (h, w, in, out).

        Raises:
            StoreError: a layer is missing.
        """
        scope = "InceptionV2/"
        published = any(name.startswith(scope) for name in tensors)
        found = {name.removeprefix(scope): _turned(name, x) if published else x for name, x in tensors.items()}
        expected = "the variables of TF-Slim's inception_v2 by their names, as safetensors"
        return all_of(list(self.kept()), found, path, "Inception V2", expected)

    def imagenet(self) -> Weights:
        """None that can be fetched in a form that runs no code of theirs.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(
            "ImageNet weights of Inception V2 cannot be fetched: they are published as a TensorFlow checkpoint",
            expected="a file of its variables",
            do="save them as safetensors (docs/data.md) and set paths.inception_v2, or use source=embedded",
        )

    def of_file(self, path: Path, checksum: str) -> Weights:
        """TF-Slim's, of ImageNet: RGB in [-1, 1]."""
        half = (0.5, 0.5, 0.5)
        return Weights(f"ImageNet (TF-Slim, {path.name})", "imagenet", path, checksum, mean=half, std=half)


class Inception(nn.Module):
    """Maps (B, C, s, s) -> the branches of a module side by side (B, outputs, s, s), or (s + 1) // 2 where it halves.

    Args:
        channels: C.
        mixed: channels of its branches at width 1.
        width: multiplier.
    """

    def __init__(self, channels: int, mixed: Mixed, width: float) -> None:
        super().__init__()
        one, pooled = _depth(mixed.one, width), _depth(mixed.pooled, width)
        (three, wide), (five, far) = (tuple(_depth(size, width) for size in pair) for pair in (mixed.three, mixed.five))
        halves = not mixed.one
        step = 2 if halves else 1
        last = "Conv2d_1a_3x3" if halves else "Conv2d_0b_3x3"
        branches: list[dict[str, nn.Module]] = [
            {"Conv2d_0a_1x1": _unit(channels, three, 1), last: _unit(three, wide, 3, step)},
            {
                "Conv2d_0a_1x1": _unit(channels, five, 1),
                "Conv2d_0b_3x3": _unit(five, far, 3),
                ("Conv2d_1a_3x3" if halves else "Conv2d_0c_3x3"): _unit(far, far, 3, step),
            },
            {"pool": Pool(mixed.pooling, step)},
        ]
        if not halves:
            branches = [{"Conv2d_0a_1x1": _unit(channels, one, 1)}, *branches]
            branches[-1]["Conv2d_0b_1x1"] = _unit(channels, pooled, 1)
        for number, layers in enumerate(branches):
            self.add_module(f"Branch_{number}", nn.Sequential(OrderedDict(layers)))
        self.outputs = wide + far + (channels if halves else one + pooled)

    def forward(self, maps: Tensor) -> Tensor:
        """The branches, concatenated."""
        return torch.cat([branch(maps) for branch in self.children()], dim=1)


class Pool(nn.Module):
    """3x3 windows: the largest value, or the mean of those inside the maps."""

    def __init__(self, kind: str, stride: int) -> None:
        super().__init__()
        self.kind, self.stride = kind, stride
        self.pad = Same(3, stride, -torch.inf)

    def forward(self, maps: Tensor) -> Tensor:
        """(B, C, h, w) -> (B, C, ceil(h / stride), ceil(w / stride))."""
        if self.kind == "max":
            return F.max_pool2d(self.pad(maps), 3, self.stride)
        return F.avg_pool2d(maps, 3, 1, padding=1, count_include_pad=False)


def _depth(channels: int, width: float) -> int:
    return max(LEAST, int(channels * width))


def _unit(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Sequential:
    """Convolution, batch norm without a scale, ReLU; of even sizes and stride 2 padded as SAME."""
    convolution = nn.Conv2d(inputs, outputs, size, stride, bias=False)
    return nn.Sequential(
        OrderedDict(pad=Same(size, stride), conv=convolution, BatchNorm=_norm(outputs), relu=nn.ReLU(inplace=True))
    )


def _separable(inputs: int, outputs: int) -> nn.Sequential:
    """7x7 of stride 2: a few filters a channel, then 1x1."""
    filters = inputs * min(outputs // 3, DEPTHWISE)
    depthwise = nn.Conv2d(inputs, filters, 7, 2, groups=inputs, bias=False)
    parts = {"pad": Same(7, 2), "depthwise": depthwise, "pointwise": nn.Conv2d(filters, outputs, 1)}
    return nn.Sequential(OrderedDict(parts, relu=nn.ReLU(inplace=True)))


def _norm(channels: int) -> nn.BatchNorm2d:
    norm = nn.BatchNorm2d(channels, eps=0.001)  # TF-Slim's decay of .9997 is for more steps than are trained here
    norm.register_parameter("weight", None)
    return norm


SLIM = {
    "conv.weight": "weights",
    "depthwise.weight": "depthwise_weights",
    "pointwise.weight": "pointwise_weights",
    "pointwise.bias": "biases",
    "BatchNorm.bias": "BatchNorm/beta",
    "BatchNorm.running_mean": "BatchNorm/moving_mean",
    "BatchNorm.running_var": "BatchNorm/moving_variance",
}
"""The last two parts of a tensor's name here -> in TF-Slim."""


def _slim(name: str) -> str:
    *place, layer, kind = name.removeprefix("stem.").split(".")
    return "/".join([*place, SLIM[f"{layer}.{kind}"]])


def _turned(name: str, filters: Tensor) -> Tensor:
    """TensorFlow's filters (h, w, in, out) as (out, in, h, w); of the depthwise ones out are those of each channel."""
    if filters.dim() != 4:
        return filters
    if name.endswith("depthwise_weights"):
        return filters.permute(2, 3, 0, 1).flatten(0, 1)[:, None]
    return filters.permute(3, 2, 0, 1)
