"""The final CNN's convolutions with a new top, for another data set (Moravčík 2021, sec. 5.4 and 6.4.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from torch import Tensor

from fer_lab.errors import ConfigError
from fer_lab.models.base import under
from fer_lab.models.moravcik import MoravcikCNN


class MoravcikTransfer(MoravcikCNN):
    """Grey faces (B, 1, S, S) -> logits, from a ``MoravcikCNN`` that has learned another task.

    The convolutions are frozen, their batch normalisation too (whether it was is not stated). The new layers start at
    random.

    Args:
        retrain: ``output``: the output layer alone, below it everything is the parent's ("preserving features in
            convolutional layer but also last fully-connected layer"); ``fc``: the last FC layer as well.
        num_classes, image_size, width, dropout: as in ``MoravcikCNN``, those of the parent.

    Raises:
        ConfigError: another word for ``retrain``; see ``MoravcikCNN``.
    """

    def __init__(
        self,
        num_classes: int,
        retrain: Literal["output", "fc"],
        image_size: int = 48,
        width: float = 1.0,
        dropout: Sequence[float] = (0.2, 0.3, 0.4, 0.4, 0.5),
    ) -> None:
        super().__init__(num_classes, image_size, width, dropout)
        if retrain not in ("output", "fc"):
            raise ConfigError(f"model.retrain={retrain!r}", expected="output or fc")
        self.retrain = retrain
        self.freeze("backbone", *(["head.hidden"] if retrain == "output" else []))

    def start_from(self, *parents: Mapping[str, Tensor]) -> None:
        """Take the convolutions of the parent, and its FC layer where that is kept.

        Raises:
            ConfigError: the parent has other layers or other sizes.
        """
        (parent,) = parents
        try:
            self.backbone.load_state_dict(under("backbone.", parent))
            if self.retrain == "output":
                self.head.hidden.load_state_dict(under("head.hidden.", parent))
        except RuntimeError as error:
            raise ConfigError(
                f"the parent's weights do not fit {type(self).__name__}: {error}",
                expected="a MoravcikCNN of the same width, image size and number of blocks",
            ) from error


class MoravcikCopy(MoravcikCNN):
    """A ``MoravcikCNN`` as its parent left it, for direct evaluation on another data set (sec. 6.4.3)."""

    def start_from(self, *parents: Mapping[str, Tensor]) -> None:
        """Take everything of the parent.

        Raises:
            ConfigError: the parent has other layers, sizes or classes.
        """
        (parent,) = parents
        try:
            self.load_state_dict(parent)
        except RuntimeError as error:
            raise ConfigError(f"the parent's weights do not fit: {error}", expected="the same network") from error
