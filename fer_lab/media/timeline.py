"""What frames a video has and when: timelines, frames, and the window of a video that is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True)
class Timeline:
    """The frames that a video, sequence or still has, in the order in which they are shown.

    Attributes:
        numbers: a video's frames are counted from 0; in a sequence they are the numbers of the files.
        times: seconds from the first frame.
        duration: of the whole, in seconds, the showing time of the last frame included; 0 for a still.
    """

    numbers: Sequence[int]
    times: Sequence[float]
    duration: float

    def position(self, index: int) -> float:
        """Where in the whole a frame lies, 0 (begin) to 1 (end); 0 for a still."""
        return self.times[index] / self.duration if self.duration else 0.0


@dataclass(frozen=True)
class Frame:
    """One picture of a video, sequence or still.

    Attributes:
        number: as in the timeline.
        time: seconds from the first frame.
        position: share of the duration, 0 to 1.
        image: uint8 (H, W, 3), RGB, upright.
    """

    number: int
    time: float
    position: float
    image: Image


Wanted: TypeAlias = Callable[[Timeline], Sequence[int]]
"""Chooses frames: gets the timeline, gives indexes into it (not frame numbers)."""


def every(timeline: Timeline) -> list[int]:
    """All frames."""
    return list(range(len(timeline.numbers)))


def window(timeline: Timeline, start: float = 0.5, stop: float = 0.8, keep: int | None = None) -> list[int]:
    """Indexes of the frames with ``start <= time / duration < stop`` (García Zapata 2018, sec. 6.1).

    Args:
        timeline: the frames there are; a still is always inside.
        start: begin of the window, as a share of the duration.
        stop: end of the window, as a share of the duration.
        keep: at most this many frames, evenly spread from the first to the last of the window; ``None`` keeps
            all. (The thesis keeps all; keeping fewer is ours.)
    """
    slack = 1e-9  # times come from integer clocks: a frame exactly on the limit must not depend on rounding
    inside = [
        index
        for index in range(len(timeline.numbers))
        if not timeline.duration or start - slack <= timeline.position(index) < stop - slack
    ]
    if keep is None or len(inside) <= keep:
        return inside
    return [inside[round(place)] for place in np.linspace(0, len(inside) - 1, keep)]
