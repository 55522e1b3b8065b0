"""Which training items an epoch shows, where not each of them once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fer_lab.datamodules.faces import Ints
from fer_lab.errors import ConfigError

Sampling = Callable[[Ints, int], Ints]
"""From the labels of the training items (n,) and a seed to the places (m,) of those that are shown."""


@dataclass(frozen=True)
class Balanced:
    """The same number of items of each class, drawn once a run (Moravčík 2021, sec. 5.1.1).

    A class with more gives a random choice of its items; one with fewer gives all of them, and random repeats.

    Args:
        share: that number as a share of the reference class's items ("around 80% of the ... happiness class").
        reference: number of the reference class, or ``rarest``; None is the most frequent one.

    Raises:
        ConfigError: a share that is not positive.
    """

    share: float = 0.8
    reference: int | Literal["rarest"] | None = None

    def __post_init__(self) -> None:
        """Refuse what leaves nothing to train on."""
        if self.share <= 0:
            raise ConfigError(f"sampling.share={self.share}", expected="a positive number")

    def __call__(self, labels: Ints, seed: int) -> Ints:
        """Places (classes x M,) of the chosen items, class by class."""
        counts = np.bincount(labels)
        each = max(1, round(self.share * counts[self._reference(counts)]))
        draw = np.random.default_rng(seed)
        chosen = [_draw(np.flatnonzero(labels == number), each, draw) for number in np.flatnonzero(counts)]
        return np.concatenate(chosen)

    def _reference(self, counts: Ints) -> int:
        if self.reference is None:
            return int(counts.argmax())
        if self.reference == "rarest":
            return int(np.where(counts, counts, counts.max() + 1).argmin())
        if not 0 <= self.reference < len(counts):
            raise ConfigError(f"sampling.reference={self.reference}", expected=f"a class, 0 to {len(counts) - 1}")
        return self.reference


def _draw(places: Ints, count: int, draw: np.random.Generator) -> Ints:
    """``count`` of some places: without repeats as long as they last."""
    order = draw.permutation(places)
    if count <= len(order):
        return order[:count]
    return np.concatenate([order, draw.choice(places, count - len(order))])
