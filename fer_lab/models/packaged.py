"""Networks whose weights come out of a package: images of any size go in, pooled features come out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fer_lab.errors import ConfigError
from fer_lab.models import MADE_HERE
from fer_lab.models.normed import NormedConv2d
from fer_lab.models.pretrained import PretrainedBackbone, Weights
from fer_lab.models.weight_files import all_of
from fer_lab.packages import Passport, passport

Pooling = Literal["average", "max"]
POOLINGS: Mapping[str, type[nn.Module]] = {"average": nn.AdaptiveAvgPool2d, "max": nn.AdaptiveMaxPool2d}


class PackagedBackbone(PretrainedBackbone):
    """Images (B, 1 or 3, any, any), float in [0, 1], grey or RGB -> pooled features (B, outputs).

    Images are brought to ``image_size`` inside, grey ones repeated in three channels. The pooling is the last block, so
    that of frozen ones features are stored, not maps.

    It computes in float32, whatever the trainer does: in bf16 the error of features is up to a third of what they
    differ by from face to face (docs/weights.md).

    Args:
        image_size: px that the network itself sees, at least ``least``; None is what its weights were made with.
        weights: the name of its passport (``comes_with``), a file of it converted, or None.
        checksum: see ``PretrainedBackbone``.
        normalise: see ``PretrainedBackbone``.
        pooling: of the last maps: ``average``, as the weights were made with, or ``max``.
        width: of FC layers that come after it, as beside other backbones; its own layers have one width.
        batch_norm: true: put back behind each convolution (``fer_lab.models.normed``), for one that is to train.

    Attributes:
        comes_with: the name of the passport of its weights.
        least: smallest side that it can see, px.
        names: of its tensors in the package's own words, for messages.
        folded: whether its package has batch norm multiplied into the convolutions, which it builds by ``convolution``.

    Raises:
        ConfigError: the images are too small, there are no such weights of it, or no such pooling.
    """

    comes_with: ClassVar[str]
    names: ClassVar[str]
    least: ClassVar[int] = 32
    folded: ClassVar[bool] = True
    fetches = False
    precision = "32-true"

    def __init__(
        self,
        image_size: int | None = None,
        weights: str | None = None,
        checksum: str | None = None,
        normalise: Sequence[Sequence[float]] | None = None,
        pooling: Pooling = "average",
        width: float = 1.0,
        batch_norm: bool | None = None,
    ) -> None:
        known = passport(self.comes_with)
        super().__init__(width, image_size or known.preprocessing["image_size"], weights, checksum, None, normalise)
        if self.image_size < self.least:
            raise ConfigError(
                f"backbone.image_size={self.image_size} is too small for {type(self).__name__}",
                expected=f"at least {self.least} px; those that it was trained on: {known.preprocessing['image_size']}",
            )
        if weights == "imagenet" or weights in MADE_HERE:
            raise ConfigError(
                f"weights={weights} with {type(self).__name__}",
                expected=f"{self.comes_with}, which come out of a package; a file of them, or null",
                do="name another backbone: backbone=vgg16",
            )
        if pooling not in POOLINGS:
            raise ConfigError(f"backbone.pooling={pooling!r} with {type(self).__name__}", expected="average or max")
        if batch_norm and not self.folded:
            raise ConfigError(f"backbone.batch_norm=true with {type(self).__name__}", expected="null: it has its own")
        self.convolution = NormedConv2d if batch_norm else nn.Conv2d
        self.outputs = self.published = int(known.features or 0)
        self.build()
        self.pool = nn.Sequential(POOLINGS[pooling](1))

    @abstractmethod
    def build(self) -> None:
        """Make its layers, at random."""

    @abstractmethod
    def convolved(self) -> list[nn.Module]:
        """The blocks in their order, but for the pooling."""

    def blocks(self) -> list[nn.Module]:
        """Those of the convolutions, and the pooling."""
        return [*self.convolved(), self.pool]

    def extra_repr(self) -> str:
        """The size that it sees, which no layer of it tells: what it makes of images is stored by that, too."""
        return f"image_size={self.image_size}"

    def sized(self, images: Tensor) -> Tensor:
        """Images (B, 3, S, S) at the size that the network sees, of such (B, 1 or 3, any, any)."""
        side = images.shape[-1]
        coloured = images.expand(-1, 3, -1, -1)
        if side == self.image_size:
            return coloured
        size = (self.image_size, self.image_size)
        return F.interpolate(coloured, size, mode="bilinear", antialias=side > self.image_size)

    def prepare(self, images: Tensor) -> Tensor:
        """Bring images to size and normalise them."""
        return super().prepare(self.sized(images))

    def forward(self, inputs: Tensor) -> Tensor:
        """Features (B, outputs), as ``Backbone`` says, in float32."""
        with torch.autocast(inputs.device.type, enabled=False):
            return super().forward(inputs.float())

    @classmethod
    def embedded(cls, width: float, image_size: int) -> Self:
        """None is made of it.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(f"there is no embedded backbone of {cls.__name__}", expected="VGG16 or another of conf/")

    def kept(self) -> Mapping[str, Tensor]:
        """All its tensors but counters, its own normalisation and batch norm that was put back."""
        own = {f"{name}." for name, _ in self.named_children()}
        back = tuple(f"{name}.norm." for name, layer in self.named_modules() if isinstance(layer, NormedConv2d))
        return {
            self._called(name): value
            for name, value in self.state_dict().items()
            if name.startswith(tuple(own)) and not name.startswith(back) and not name.endswith("tracked")
        }

    def _called(self, name: str) -> str:
        """What a tensor's name here is in its file."""
        return name

    def read(self, tensors: Mapping[str, Tensor], path: Path) -> Mapping[str, Tensor]:
        """By their own names.

        Raises:
            StoreError: a layer is missing.
        """
        expected = f"{self.names}, as fer-lab weights fetch {self.comes_with} makes it"
        return all_of(list(self.kept()), tensors, path, type(self).__name__, expected)

    def imagenet(self) -> Weights:
        """None by that name.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(f"weights=imagenet with {type(self).__name__}", expected=self.comes_with)

    def of_file(self, path: Path, checksum: str) -> Weights:
        """A file with the same preprocessing as the package's."""
        return Weights(f"{type(self).__name__} ({path.name})", "file", path, checksum, **contract(self.known()))

    @classmethod
    def known(cls) -> Passport:
        """The passport of its weights."""
        return passport(cls.comes_with)


def contract(known: Passport) -> dict[str, Any]:
    """What a passport says of the input, as ``Weights`` has it."""
    about = known.preprocessing
    return {"channel_order": about["channel_order"], "range": float(about["range"]),
            "mean": tuple(about["mean"]), "std": tuple(about["std"])}  # fmt: skip
