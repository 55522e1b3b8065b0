"""What every model of fer_lab has: a backbone, a head, parts that do not train."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, Self, cast

from torch import Tensor, nn

from fer_lab.models.backbone import Backbone
from fer_lab.models.layers import Head


class FaceModel(nn.Module):
    """A network from faces to class scores, in two parts: ``model(*inputs) == head(backbone(*inputs))``.

    Constructing one loads nothing: ``fer_lab.models.weights.load_backbone`` gives it its pretrained weights.

    Attributes:
        trains: whether there is anything in it to train; where not, ``epochs=0`` needs no parents.
        origin: what it is before it has trained, where it starts from no pretrained weights; for records and feet.
        backbone: the convolutional part; its output (B, ...) can be computed once and stored where it is frozen.
        head: what is trained on it; ``head.features(z)`` is what its last linear layer sees.
        frozen: names of the submodules whose parameters do not train and which stay in evaluation mode
            (batch norm, dropout) whatever ``train()`` says.
    """

    trains: ClassVar[bool] = True
    origin: ClassVar[str] = "random initialisation"
    backbone: nn.Module
    head: Head

    def __init__(self) -> None:
        super().__init__()
        self.frozen: tuple[str, ...] = ()

    def forward(self, *inputs: Tensor) -> Tensor:
        """Logits (B, classes)."""
        return cast(Tensor, self.head(self.backbone(*inputs)))

    @property
    def feature_size(self) -> int:
        """Size F of what the last linear layer sees."""
        return self.head.output.in_features

    def backbones(self) -> list[Backbone]:
        """The backbones that images go through, in the order of the model's inputs."""
        return [module for module in self.modules() if isinstance(module, Backbone)]

    def features(self, *inputs: Tensor) -> Tensor:
        """What the last linear layer sees (B, F); fc7 of a VGG with three FC layers."""
        return self.head.features(self.backbone(*inputs))

    def start_from(self, *parents: Mapping[str, Tensor]) -> None:
        """Take over what parent runs have learned; a model that is shown a parent's features takes no weights.

        Args:
            parents: what each parent trained, by its names in the parent's state.
        """

    def take_over(self, tensors: Mapping[str, Tensor]) -> None:
        """Take what a model wants of its backbone's file beside the convolutions; most want nothing.

        Args:
            tensors: of the file, by their names in it.
        """

    def fit_images(self, inputs: Iterable[tuple[Tensor, ...]]) -> None:
        """Take the statistics of the training images that a model needs before any goes through it; most need none.

        Args:
            inputs: as for ``fit``, but images, even where what frozen blocks give is to be stored in their place.
        """

    def fit(self, inputs: Iterable[tuple[Tensor, ...]]) -> None:
        """Take the statistics of the training items that a model needs before it trains; most need none.

        Args:
            inputs: batches of the model's inputs, each training item once, where the model is.
        """

    def facts(self) -> dict[str, float]:
        """What a run's record is to say of it beside its layers."""
        return {}

    def freeze(self, *names: str) -> None:
        """Take submodules out of training for good."""
        self.frozen += names
        for module in self.frozen_modules():
            module.requires_grad_(False)
        self.train(self.training)

    def frozen_modules(self) -> Iterator[nn.Module]:
        """The submodules that ``frozen`` names."""
        return (self.get_submodule(name) for name in self.frozen)

    def train(self, mode: bool = True) -> Self:
        """Switch to training, except what is frozen."""
        super().train(mode)
        for module in self.frozen_modules():
            module.eval()
        return self


def under(prefix: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The part of a state below a prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
