"""What backbones have in common that may start from pretrained weights, whatever their architecture."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import torch
from torch import Tensor

from fer_lab.errors import ConfigError
from fer_lab.models.backbone import Backbone
from fer_lab.packages.passport import OF_LEARNED, passport

Learned = Literal["face", "imagenet", "identities", "objects", "file", "none"]


@dataclass(frozen=True)
class Weights:
    """A backbone's weights, and the contract about the input that they were trained on.

    Attributes:
        origin: in words, for records and table feet.
        identity: what was learned: ``face`` (VGG-Face), ``imagenet``, ``identities`` (of the
            generator), ``objects`` (drawn ones), ``none``; ``file`` of one that does not tell.
        path: the file; None if the backbone starts at random.
        checksum: SHA-256 of the file.
        channel_order: of the input that the first convolution expects.
        range: largest pixel value, 1 or 255.
        mean: per channel in ``channel_order``, in units of ``range``, subtracted.
        std: per channel in ``channel_order``, divided by.
        passport: the record of their passport (``packages.Passport.record``); None: that of its ``identity``, if any.
    """

    origin: str
    identity: Learned
    path: Path | None = None
    checksum: str = ""
    channel_order: Literal["RGB", "BGR"] = "RGB"
    range: float = 1.0
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.25, 0.25, 0.25)
    passport: Mapping[str, Any] | None = None

    def record(self) -> dict[str, Any]:
        """What a run's record says about them; no path, so that it is the same on every machine."""
        return {
            "origin": self.origin,
            "identity": self.identity,
            "checksum": self.checksum,
            "channel_order": self.channel_order,
            "range": self.range,
            "mean": list(self.mean),
            "std": list(self.std),
            **({"passport": dict(found)} if (found := self.passport_record()) else {}),
        }

    def passport_record(self) -> Mapping[str, Any] | None:
        """What is recorded of their passport: their own, or that of what they learned; None of a random start."""
        if self.passport or self.identity == "none":
            return self.passport
        return passport(OF_LEARNED[self.identity]).record()


class PretrainedBackbone(Backbone):
    """Images (B, 3, S, S), float RGB in [0, 1] -> features; normalised inside as its weights were made with.

    ``(x * scale - mean) / std`` per channel is set with the weights. Weights made for BGR input are turned to RGB when
    they are loaded, so that the order of channels is RGB everywhere.

    Args:
        width: multiplier of the channels; published weights are of width 1.
        image_size: S, at least 32 (all known ones halve it five times).
        weights: what ``fer_lab.models.weights.load_backbone`` is to put into it: ``embedded``, ``objects``,
            ``imagenet``, a file, or None (it starts at random).
        checksum: SHA-256 that the file must have.
        channel_order: ``RGB`` or ``BGR``, what a file expects, where the architecture's files do not agree on it.
        normalise: mean and standard deviation of each channel, RGB, in [0, 1], where a thesis prints its own; None
            takes those that the weights were made with.

    Attributes:
        first: the name, in ``kept``, of the weights that see the channels of the image.
        fetches: whether ``imagenet`` fetches the published weights; else it refuses, and names a file instead.
        published: number of features at width 1 and 224 px.

    Raises:
        ConfigError: the images are too small.
    """

    first: ClassVar[str]
    fetches: ClassVar[bool] = True
    published: int
    mean: Tensor
    scale: Tensor
    std: Tensor

    def __init__(
        self,
        width: float,
        image_size: int,
        weights: str | None,
        checksum: str | None,
        channel_order: str | None,
        normalise: Sequence[Sequence[float]] | None,
    ) -> None:
        super().__init__()
        if image_size < 32:
            raise ConfigError(
                f"backbone.image_size={image_size} is too small for {type(self).__name__}",
                expected="at least 32 (it is halved five times)",
                do="set profile.image_size to 32 or more",
            )
        self.width, self.image_size = width, image_size
        self.weights, self.checksum, self.channel_order = weights, checksum, channel_order
        self.normalised = None if normalise is None else (normalise[0], normalise[1])
        self.register_buffer("mean", torch.full((3, 1, 1), 0.5))
        self.register_buffer("scale", torch.ones(1))
        self.register_buffer("std", torch.full((3, 1, 1), 0.25))

    @property
    def architecture(self) -> str:
        """What a configuration calls it: the ``_target_`` of its conf/backbone."""
        return f"{type(self).__module__}.{type(self).__qualname__}"

    @classmethod
    @abstractmethod
    def embedded(cls, width: float, image_size: int) -> Self:
        """One of these sizes that gives features (B, F) of faces and starts from embedded weights, or is to be them."""

    @abstractmethod
    def kept(self) -> Mapping[str, Tensor]:
        """Its own tensors by the names that they have in an embedded backbone's file."""

    @abstractmethod
    def read(self, tensors: Mapping[str, Tensor], path: Path) -> Mapping[str, Tensor]:
        """The tensors of ``kept`` from any of the layouts of files that are known.

        Args:
            tensors: of a file, by their names in it.
            path: the file.

        Raises:
            StoreError: one is missing.
        """

    @abstractmethod
    def imagenet(self) -> Weights:
        """The published ImageNet weights, fetched where they are missing.

        Raises:
            ConfigError: there are none of this width, or none that can be fetched.
            StoreError: they cannot be fetched.
        """

    @abstractmethod
    def of_file(self, path: Path, checksum: str) -> Weights:
        """The contract of a file.

        Args:
            path: the file, which is there.
            checksum: its SHA-256.

        Raises:
            ConfigError: something of it has to be said and is not.
        """

    def normalise_with(self, mean: Sequence[float], std: Sequence[float], scale: float) -> None:
        """Set the normalisation; ``mean`` and ``std`` in RGB order and in units of ``scale`` (1 or 255)."""
        self.mean.copy_(torch.tensor(mean).view(3, 1, 1))
        self.std.copy_(torch.tensor(std).view(3, 1, 1))
        self.scale.fill_(scale)

    def sized(self, images: Tensor) -> Tensor:
        """Images (B, 3, S, S) as the network sees them, before they are normalised."""
        return images

    def prepare(self, images: Tensor) -> Tensor:
        """Normalise images (B, 3, S, S)."""
        return (images * self.scale - self.mean) / self.std
