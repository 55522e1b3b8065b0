"""Frames as the decoder gives them, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av

from fer_lab.media.container import Video, check_size
from fer_lab.media.unreadable import Unreadable

MAX_DECODED = 1e11
"""Pixels decoded from one start at most (48,000 frames of 1920 x 1080): a bound on time that is the same everywhere."""
RECORDED = ("mpeg", "mpegts")
"""Containers of broadcasts: a recording may begin between two key frames."""


def decoded(video: Video) -> Iterator[Any]:
    """Decode from where the file has been wound to.

    What cannot be decoded before the first frame of a recording is passed over.

    Raises:
        Unreadable: a frame is damaged or too large, or there is too much to decode.
        av.error.FFmpegError: a frame cannot be decoded.
    """
    pixels = 0
    for packet in video.container.demux(video.stream):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            if pixels or video.format not in RECORDED:
                raise
            continue
        for frame in frames:
            check_size(video.path, frame.width, frame.height)
            pixels += frame.width * frame.height
            if frame.is_corrupt or pixels > MAX_DECODED:
                raise Unreadable(
                    video.path, "a frame is damaged" if frame.is_corrupt else "there is too much to decode"
                )
            yield frame
