"""Which faces of its video each clip is made of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def clip_places(sizes: Ints, length: int) -> Ints:
    """Cut videos into clips that do not overlap; one of fewer faces gives one clip, in which some occur repeatedly.

    García Zapata 2018, sec. 7.2.2: five sequential frames of a video. How many clips a video gives, and that every
    video with a face has one, is ours.

    Args:
        sizes: faces of each video, 1 or more, (videos,).
        length: faces of a clip.

    Returns:
        Places among the faces of all videos, one video after the other, (clips, length).
    """
    clips = np.maximum(1, sizes // length)
    number = np.arange(clips.sum()) - np.repeat(np.cumsum(clips) - clips, clips)
    begin = np.repeat(np.cumsum(sizes) - sizes, clips) + length * number
    places: Ints = begin[:, None] + np.repeat(_spread(np.minimum(sizes, length), length), clips, axis=0)
    return places


def _spread(sizes: Ints, length: int) -> Ints:
    """Of so many faces in order, those in the middles of ``length`` equal parts: (n, length)."""
    return (2 * np.arange(length) + 1) * sizes[:, None] // (2 * length)
