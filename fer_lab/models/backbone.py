"""Convolutions in blocks, of which the first may have been computed before."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import takewhile
from typing import ClassVar

from torch import Tensor, nn


class Backbone(nn.Module, ABC):
    """Images (B, C, S, S), float in [0, 1] -> features (B, outputs).

    Where the first blocks are frozen, what they give never changes: it can be stored and given in place of images
    (``fer_lab.datamodules.backbone_store``).

    Attributes:
        outputs: number of features.
        done: blocks that the input has been through already; 0 for images.
        precision: what it computes in, whatever the trainer's precision is; None: in the trainer's.
    """

    outputs: int
    precision: ClassVar[str | None] = None

    def __init__(self) -> None:
        super().__init__()
        self.done = 0

    @abstractmethod
    def blocks(self) -> list[nn.Module]:
        """The blocks in their order."""

    def prepare(self, images: Tensor) -> Tensor:
        """Normalise images (B, C, S, S) for the first block."""
        return images

    def summarise(self, maps: Tensor) -> Tensor:
        """Features (B, outputs) of the last block's maps (B, C, s, s)."""
        return maps.flatten(1)

    def through(self, images: Tensor, count: int) -> Tensor:
        """What the first ``count`` blocks make of images: maps (B, C, s, s)."""
        x = self.prepare(images)
        for block in self.blocks()[:count]:
            x = block(x)
        return x

    def forward(self, inputs: Tensor) -> Tensor:
        """Features (B, outputs) of images, or of the maps that the first ``done`` blocks gave."""
        x = inputs if self.done else self.prepare(inputs)
        for block in self.blocks()[self.done :]:
            x = block(x)
        return self.summarise(x)

    def frozen_blocks(self) -> int:
        """How many of the first blocks neither train nor change (dropout, batch norm) while the rest trains."""
        return len(list(takewhile(_is_frozen, self.blocks())))


def _is_frozen(block: nn.Module) -> bool:
    return not block.training and not any(parameter.requires_grad for parameter in block.parameters())
