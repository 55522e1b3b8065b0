"""Pictures as they come, which figures show beside what was made of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_lab import media
from fer_lab.sources import Source


def picture_of(source: Source, name: str, number: int) -> NDArray[np.uint8]:
    """The frame of this number of a row of the index, as it comes, uint8 (H, W, 3).

    Args:
        source: the data.
        name: the row's id.
        number: of the frame.
    """
    file: Any = source.index.set_index("id").loc[name]

    def wanted(timeline: media.Timeline) -> list[int]:
        return [list(timeline.numbers).index(number)]

    return next(media.frames(source.root, file["path"], file["kind"], wanted, file["fps"])).image
