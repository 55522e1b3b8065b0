"""What a backbone is trained on before any run: images with the class that is to be told. No torch here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_lab.phases import counted
from fer_lab.processes import pool


@dataclass(frozen=True)
class Examples:
    """Images with their classes.

    Attributes:
        images: uint8 (n, S, S, 3) RGB.
        classes: int64 (n,), from 0.
        held_out: bool (n,), those that do not train.
    """

    images: NDArray[np.uint8]
    classes: NDArray[np.int64]
    held_out: NDArray[np.bool_]

    def where(self, rows: NDArray[np.bool_]) -> Examples:
        """Some of them."""
        return Examples(self.images[rows], self.classes[rows], self.held_out[rows])


def draw_each(draw: Callable[[int], NDArray[np.uint8]], classes: int, workers: int, what: str) -> NDArray[np.uint8]:
    """The images of all classes, one class behind the other.

    Args:
        draw: the images (m, S, S, 3) of a class by its number; can be sent to another process.
        classes: how many there are.
        workers: processes that share the work; the images do not depend on them.
        what: is counted, in words, while it is drawn.
    """
    if workers == 1:
        return np.concatenate([draw(number) for number in range(classes)])
    with pool(workers) as executor:
        drawn = executor.map(draw, range(classes), chunksize=5)
        return np.concatenate(list(counted("backbone", drawn, classes, f"{what} drawn")))
