"""Standardisation of what a head is given, by statistics of the training items."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

ALIKE = 1e-6
"""A part whose deviation is a smaller share of its mean has one value, but for rounding."""


class Standardise(nn.Module):
    """Parts (B, F), side by side, each about its training mean and divided by one number, so that all weigh the same.

    Of the training items' total variance, one for each column, every part has the same share, however many columns it
    has and in whatever unit they are. What columns of a part are to each other stays: those that hardly vary, such as
    the last of principal components, are not blown up to the size of the first.

    Nothing in it trains: ``fit`` sets the statistics once, before training, and they are kept with the weights.

    Args:
        parts: name of each part -> its columns, in their order.

    Attributes:
        known: the statistics came with the weights of a network that goes on: they are not taken again.
    """

    mean: Tensor
    deviation: Tensor
    share: Tensor

    def __init__(self, **parts: int) -> None:
        super().__init__()
        self.parts = parts
        self.known = False
        total = sum(parts.values())
        shares = [math.sqrt(total / (len(parts) * columns)) for columns in parts.values() for _ in range(columns)]
        self.register_buffer("mean", torch.zeros(total))
        self.register_buffer("deviation", torch.ones(total))
        self.register_buffer("share", torch.tensor(shares), persistent=False)

    def fit(self, values: Tensor) -> None:
        """Take the statistics of the training items, (N, F): the columns' means, the deviation of each part."""
        mean = values.double().mean(dim=0)
        apart = torch.split(values.double() - mean, list(self.parts.values()), dim=1)
        deviation = torch.cat([part.square().mean().sqrt().expand(part.shape[1]) for part in apart])
        self.mean.copy_(mean)
        self.deviation.copy_(deviation.where(deviation > ALIKE * mean.abs(), 0))

    def forward(self, values: Tensor) -> Tensor:
        """The same values, standardised; 0 in a part in which all training items are alike."""
        alike = self.deviation == 0
        return (values.float() - self.mean) / self.deviation.masked_fill(alike, math.inf) * self.share

    def rms(self) -> dict[str, float]:
        """Root mean square of each part over the training items, before it is standardised."""
        squares = self.mean.double().square() + self.deviation.double().square()
        split = torch.split(squares, list(self.parts.values()))
        return {name: round(math.sqrt(part.mean()), 4) for name, part in zip(self.parts, split, strict=True)}
